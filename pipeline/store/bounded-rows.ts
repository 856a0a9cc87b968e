import { sqlText } from '../kpi/sql/literal.ts';
import { COLUMNS } from '../model/columns.ts';
import type { EventKind } from '../model/subsystem.ts';

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
}

/**
 * What the view of a kind shows, as it stood at a log position: facts each once, of rows the newest version, no
 * deleted post. A subquery in parentheses with the columns of the view and `id_hash`.
 */
export function boundedRows(kind: EventKind, bounds: RowBounds): string {
  const columns = columnsOf(kind);
  const where = conditionOf(bounds);
  switch (kind) {
    case 'alert':
      return `(SELECT ${columns} FROM raw_alerts FINAL WHERE ${where})`;
    case 'measurement':
      return `(SELECT ${columns} FROM raw_measurements FINAL WHERE ${where}
UNION ALL
${newest('raw_measurement_rows', 'feed, entity, property, event_time, period', { columns, where })})`;
    case 'case':
      return `(${newest('raw_cases', 'subsystem, feed, case_id', { columns, where })})`;
    case 'post':
      return `(${newest('raw_posts', 'platform, post_id, feed', { columns, where })} AND action != 'delete')`;
  }
}

/** Every version of every row of a kind up to a log position, with the columns of `boundedRows`. */
export function boundedVersions(kind: EventKind, bounds: RowBounds): string {
  const columns = columnsOf(kind);
  const where = conditionOf(bounds);
  if (kind !== 'measurement') return `(SELECT ${columns} FROM ${VERSIONS[kind]} FINAL WHERE ${where})`;
  return `(SELECT ${columns} FROM raw_measurements FINAL WHERE ${where}
UNION ALL
SELECT ${columns} FROM raw_measurement_rows FINAL WHERE ${where})`;
}

const VERSIONS = { case: 'raw_cases', post: 'raw_posts', alert: 'raw_alerts' } as const;

/** Columns of a batch that the views leave out. */
const BOOKKEEPING = new Set(['content_hash', 'id_given']);

function columnsOf(kind: EventKind): string {
  const names = COLUMNS[kind].map(({ name }) => name).filter((name) => !BOOKKEEPING.has(name));
  return ['subsystem', ...names]
    .map((name) => (name === 'topics' ? `JSONExtract(topics, 'Array(String)') AS topics` : name))
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
