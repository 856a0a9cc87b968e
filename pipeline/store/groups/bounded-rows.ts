import { sqlText } from '../../kpi/sql/literal.ts';
import { COLUMNS } from '../../model/columns.ts';
import type { EventKind } from '../../model/subsystem.ts';
import type { Exclusion } from '../../window/exclusions.ts';
import { measurementsSql } from '../bounded-events.ts';
import { countedQualitySql, excludedSql } from '../corrections/excluded-sql.ts';

/** Which rows of a kind a statement of the pipeline looks at. */
export interface RowBounds {
  readonly subsystem: string;
  /** Highest log position that counts. */
  readonly position: number;
  /**
   * Further condition on what all versions of a row have in common. Measurements: entity, property, event_time,
   * period, feed; cases: feed, case_id, opened_at; posts: platform, post_id, feed; alerts: everything.
   */
  readonly where?: string;
  /** The spans that are excluded at the position; none when left out. */
  readonly exclusions?: readonly Exclusion[];
}

/**
 * What the view of a kind shows, as it stood at a log position: facts each once, of rows the newest version, no
 * deleted post, nothing that is excluded (measurements: withdrawn). A subquery in parentheses with the columns of the
 * view and `id_hash`.
 */
export function boundedRows(kind: EventKind, bounds: RowBounds): string {
  const columns = columnsOf(kind, bounds);
  const excluded = kind === 'measurement' ? null : excludedSql(kind, bounds.exclusions ?? []);
  const where = `${conditionOf(bounds)}${excluded === null ? '' : ` AND NOT ${excluded}`}`;
  switch (kind) {
    case 'alert':
      return `(SELECT ${columns} FROM raw_alerts FINAL WHERE ${where})`;
    case 'measurement':
      return `(${measurementsSql(columns, where)})`;
    case 'case':
      return `(${newest('raw_cases', 'subsystem, feed, case_id', { columns, where })})`;
    case 'post':
      return `(${newest('raw_posts', 'platform, post_id, feed', { columns, where })} AND action != 'delete')`;
  }
}

/**
 * Every version of every row of a kind up to a log position, with the columns of `boundedRows`: what has counted, or may
 * count again. Of cases, posts and alerts excluded ones too, with `log_position` and `log_row`, which order versions;
 * measurements have the quality that they count with.
 */
export function boundedVersions(kind: EventKind, bounds: RowBounds): string {
  const columns = columnsOf(kind, bounds);
  const where = conditionOf(bounds);
  if (kind !== 'measurement') {
    return `(SELECT ${columns}, log_position, log_row FROM ${VERSIONS[kind]} FINAL WHERE ${where})`;
  }
  return `(SELECT ${columns} FROM raw_measurements FINAL WHERE ${where}
UNION ALL
SELECT ${columns} FROM raw_measurement_rows FINAL WHERE ${where})`;
}

const VERSIONS = { case: 'raw_cases', post: 'raw_posts', alert: 'raw_alerts' } as const;

/** Columns of a batch that the views leave out. */
const BOOKKEEPING = new Set(['content_hash', 'id_given']);

function columnsOf(kind: EventKind, { exclusions = [] }: RowBounds): string {
  const names = COLUMNS[kind].map(({ name }) => name).filter((name) => !BOOKKEEPING.has(name));
  return ['subsystem', ...names]
    .map((name) => {
      if (name === 'topics') return `JSONExtract(topics, 'Array(String)') AS topics`;
      return name === 'quality' ? countedQualitySql(exclusions) : name;
    })
    .join(', ');
}

function conditionOf({ subsystem, position, where }: RowBounds): string {
  const own = `subsystem = ${sqlText(subsystem)} AND log_position <= ${String(position)}`;
  return where === undefined ? own : `${own} AND (${where})`;
}

function newest(
  table: string,
  row: string,
  text: { readonly columns: string; readonly where: string },
): string {
  return `SELECT ${text.columns} FROM ${table} FINAL
WHERE ${text.where} AND (${row}, (version, log_position, log_row)) IN (
    SELECT ${row}, max((version, log_position, log_row)) FROM ${table} WHERE ${text.where} GROUP BY ${row})`;
}
