import { sqlText } from '../kpi/sql/literal.ts';

/** Which raw measurements a statement of the pipeline looks at. */
export interface EventBounds {
  readonly subsystem: string;
  /** Highest log position that counts. */
  readonly position: number;
  /** Further condition on entity, property, event_time. */
  readonly where?: string;
}

/**
 * The measurements of a subsystem as they stood at a log position: facts, each id once, and of each row the newest
 * version. Columns: entity, property, event_time, value, quality, period, feed, event_id, area.
 */
export function boundedEvents({ subsystem, position, where }: EventBounds): string {
  const columns = 'entity, property, event_time, value, quality, period, feed, event_id, area';
  const bounds = `subsystem = ${sqlText(subsystem)} AND log_position <= ${position}${where === undefined ? '' : ` AND (${where})`}`;
  const row = 'feed, entity, property, event_time, period';
  return `(SELECT ${columns} FROM raw_measurements FINAL WHERE ${bounds}
UNION ALL
SELECT ${columns} FROM raw_measurement_rows FINAL
WHERE ${bounds} AND (${row}, (version, log_position, log_row)) IN (
    SELECT ${row}, max((version, log_position, log_row)) FROM raw_measurement_rows WHERE ${bounds} GROUP BY ${row}))`;
}
