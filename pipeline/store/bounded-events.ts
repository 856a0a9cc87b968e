import { sqlText } from '../kpi/sql/literal.ts';
import type { Exclusion } from '../window/exclusions.ts';
import { countedQualitySql } from './corrections/excluded-sql.ts';

/** Which raw measurements a statement of the pipeline looks at. */
export interface EventBounds {
  readonly subsystem: string;
  /** Highest log position that counts. */
  readonly position: number;
  /** Further condition on entity, property, event_time. */
  readonly where?: string;
  /** The spans that are excluded at the position; none when left out. */
  readonly exclusions?: readonly Exclusion[];
}

/**
 * The measurements of a subsystem as they count at a log position: facts, each id once, where no versioned row stands
 * in their place; of each row the newest version; what is excluded as withdrawn. Columns: entity, property, event_time,
 * value, quality, period, feed, event_id, area.
 */
export function boundedEvents({ subsystem, position, where, exclusions = [] }: EventBounds): string {
  const quality = countedQualitySql(exclusions);
  const columns = `entity, property, event_time, value, ${quality}, period, feed, event_id, area`;
  const bounds = `subsystem = ${sqlText(subsystem)} AND log_position <= ${position}${where === undefined ? '' : ` AND (${where})`}`;
  return `(${measurementsSql(columns, bounds)})`;
}

/** Facts that no row replaces, and of each row the newest version. @param bounds condition on either table */
export function measurementsSql(columns: string, bounds: string): string {
  const row = 'feed, entity, property, event_time, period';
  return `SELECT ${columns} FROM raw_measurements FINAL
WHERE ${bounds} AND (feed, entity, property, event_time) NOT IN (
    SELECT feed, entity, property, event_time FROM raw_measurement_rows WHERE ${bounds} AND period = '')
UNION ALL
SELECT ${columns} FROM raw_measurement_rows FINAL
WHERE ${bounds} AND (${row}, (version, log_position, log_row)) IN (
    SELECT ${row}, max((version, log_position, log_row)) FROM raw_measurement_rows WHERE ${bounds} GROUP BY ${row})`;
}
