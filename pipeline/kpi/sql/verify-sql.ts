import type { RecomputeScope } from '../compiled-kpi.ts';
import { isDerived, isGroup, type Kpi } from '../kpi.ts';
import { sqlText, sqlTime } from './literal.ts';
import { gridPointsMax } from './states/standing-sql.ts';

/** What one comparison looks at. */
export interface VerifyScope extends RecomputeScope {
  /** Log position up to which raw rows and values are stored; `events` must be bounded by it too. */
  readonly position: number;
  /** Most examples that each verdict tells. */
  readonly examplesMax: number;
}

/**
 * What became of a window.
 *
 * - `matched`: stored and recomputed content are equal, digit for digit; or both say that there is none
 * - `different`: both exist and differ
 * - `missing`: the SQL has a value, its key's watermark has passed the window, and nothing is stored
 * - `surplus`: a value is stored, the SQL has none
 * - `provisional`: the window still runs; nothing to compare
 * - `newer`: stored content covers a position beyond the one compared at
 */
export type Verdict = 'matched' | 'different' | 'missing' | 'surplus' | 'provisional' | 'newer';

/** A window of a verdict, with both contents as text: value, numerator, denominator, samples. */
export type VerifyExample = readonly [
  /** The entity, or the area, with its dimensions behind. */
  key: string,
  windowStart: string,
  stored: string,
  recomputed: string,
  revision: number,
];

/** A row of `verifySql`. */
export interface VerifyRow {
  readonly verdict: Verdict;
  readonly windows: number;
  readonly examples: readonly VerifyExample[];
}

/** Verdicts that mean: the two do not agree. */
export const FAULTS: readonly Verdict[] = ['different', 'missing', 'surplus'];

/**
 * The statement that compares the stored values of a definition with its SQL at a log position: one row for each
 * verdict that occurs.
 *
 * A window that the SQL has and the store has not counts as missing only once the highest watermark that was
 * published for its entity or area (where there is none, for any) has passed its end: before that it is not due.
 */
export function verifySql(kpi: Kpi, scope: VerifyScope): string {
  const position = String(scope.position);
  const own = [`kpi = ${sqlText(kpi.id)}`, `version = ${String(kpi.version)}`, ...bounds(scope)];
  const published = publishedSql(kpi, scope);
  const hasPlace = isGroup(kpi) || isDerived(kpi);
  const columns = 'window_start, window_end, value, numerator, denominator, samples';
  return `WITH
  stored AS (
    SELECT ${PLACE} AS place, mapSort(JSONExtract(dims, 'Map(String, String)')) AS dimensions,
      ${columns}, status, revision, 1 AS found
    FROM raw_kpi_values FINAL
    WHERE ${own.join(' AND ')}
  ),
  recomputed AS (
    SELECT ${hasPlace ? PLACE : `concat('e:', entity)`} AS place,
      ${hasPlace ? 'mapSort(dims)' : `CAST(map(), 'Map(String, String)')`} AS dimensions,
      ${columns}, 1 AS found
    FROM (
${kpi.recomputeSql(scope)}
    )
  ),
  passed AS (
    SELECT ${PLACE} AS place, max(watermark) AS passed_to, 1 AS found
    FROM raw_kpi_values
    WHERE ${published}
    GROUP BY place
  ),
  -- No value of the subsystem at all: then every window is due.
  (SELECT if(count() = 0, toDateTime64('2200-01-01 00:00:00', 3, 'UTC'), max(passed_to)) FROM passed) AS furthest,
  compared AS (
    SELECT
      if(s.found = 1, s.place, r.place) AS place,
      if(s.found = 1, s.dimensions, r.dimensions) AS dimensions,
      if(s.found = 1, s.window_start, r.window_start) AS window_start,
      if(s.found = 1, s.window_end, r.window_end) AS window_end,
      s.found = 1 AS is_stored,
      r.found = 1 AS is_recomputed,
      s.status AS status,
      s.samples AS samples,
      s.revision AS revision,
      ${['value', 'numerator', 'denominator'].map(sameSql).join(' AND ')}
        AND s.window_end = r.window_end AND s.samples = r.samples AS is_same,
      if(is_stored, ${contentSql('s')}, '') AS stored_content,
      if(is_recomputed, ${contentSql('r')}, '') AS recomputed_content
    FROM stored AS s
    FULL OUTER JOIN recomputed AS r
      ON s.place = r.place AND s.dimensions = r.dimensions AND s.window_start = r.window_start
  )
SELECT
  multiIf(
    is_stored AND revision > ${position}, 'newer',
    is_stored AND status = 'provisional', 'provisional',
    is_stored AND samples > 0 AND NOT is_recomputed, 'surplus',
    is_stored AND NOT is_recomputed, 'matched',
    ${untoldSql(kpi)}NOT is_stored AND if(p.found = 1, p.passed_to, furthest) < window_end, 'provisional',
    NOT is_stored OR samples = 0, 'missing',
    is_same, 'matched',
    'different') AS verdict,
  count() AS windows,
  groupArray(${String(scope.examplesMax)})(
    (concat(substring(c.place, 3), if(empty(dimensions), '', concat(' ', toString(dimensions)))),
      toString(window_start), stored_content, recomputed_content, revision)) AS examples
FROM compared AS c
LEFT JOIN passed AS p ON p.place = c.place
GROUP BY verdict
ORDER BY verdict`;
}

/** States before the grid's bound are not told: whether they are stored is chance. */
function untoldSql(kpi: Kpi): string {
  if (!isGroup(kpi) || kpi.plan.family.state === null) return '';
  const reach = `toIntervalMillisecond(${String((gridPointsMax - 1) * kpi.plan.rule.sliceMs)})`;
  const newest = `(SELECT max(window_start) FROM raw_kpi_values WHERE kpi = ${sqlText(kpi.id)} AND version = ${String(kpi.version)})`;
  return `NOT is_stored AND window_start < ${newest} - ${reach}, 'provisional',
    `;
}

/** The values whose watermarks say which windows are due. */
function publishedSql(kpi: Kpi, { position, entity }: VerifyScope): string {
  // Revisions of derived values are counted apart from those of their subsystem.
  const values = isDerived(kpi)
    ? `kpi = ${sqlText(kpi.id)}`
    : `startsWith(kpi, ${sqlText(`${kpi.subsystem}.`)})`;
  const place = entity === undefined ? '' : ` AND entity = ${sqlText(entity)}`;
  return `${values} AND revision <= ${String(position)}${place}`;
}

/** The entity, or the area where there is none: as `raw_kpi_values` writes it. */
const PLACE = `if(entity = '', concat('a:', area), concat('e:', entity))`;

function bounds({ from, to, entity, area }: RecomputeScope): string[] {
  const conditions: string[] = [];
  if (from !== undefined) conditions.push(`window_start >= ${sqlTime(Date.parse(from))}`);
  if (to !== undefined) conditions.push(`window_start < ${sqlTime(Date.parse(to))}`);
  if (entity !== undefined) conditions.push(`entity = ${sqlText(entity)}`);
  if (area !== undefined) conditions.push(`area = ${sqlText(area)}`);
  return conditions;
}

function sameSql(column: string): string {
  return `ifNull(s.${column} = r.${column}, isNull(s.${column}) AND isNull(r.${column}))`;
}

function contentSql(side: 's' | 'r'): string {
  const columns = ['value', 'numerator', 'denominator'].map(
    (column) => `ifNull(toString(${side}.${column}), 'null')`,
  );
  return `concat(${columns.join(`, ' ', `)}, ' ', toString(${side}.samples))`;
}
