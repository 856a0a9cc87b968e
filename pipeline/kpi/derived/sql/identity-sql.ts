import type { Expression } from '../../definitions/expression.ts';
import type { Identity } from '../../definitions/identities.ts';
import { sqlText, sqlTime } from '../../sql/literal.ts';

/** Which windows of an identity are looked at. */
export interface IdentityScope {
  readonly versions: ReadonlyMap<string, number>;
  /** Starts of windows; left out: all. */
  readonly windows?: readonly number[];
  /** `e:<entity>` or `a:<area>`; left out: all. */
  readonly places?: readonly string[];
}

/**
 * The statement that checks an identity: one row for each key and window in which every KPI has a final value.
 * Columns: `place, area, entity, dims, window_start, window_end` (milliseconds), `left_value, right_value, is_fault`.
 * A side without a number (a division by zero) is no fault.
 */
export function identitySql(identity: Identity, { versions, windows, places }: IdentityScope): string {
  const { kpis, tolerance } = identity;
  const column = new Map(kpis.map((id, index) => [id, `k_${index}`]));
  const known = kpis.map((id) => `(${sqlText(id)}, ${versions.get(id) ?? 0})`);
  const conditions = [`(kpi, version) IN (${known.join(', ')})`, 'samples > 0', `status != 'provisional'`];
  if (windows !== undefined) conditions.push(`window_start IN (${windows.map(sqlTime).join(', ')})`);
  if (places !== undefined) conditions.push(`place IN (${places.map(sqlText).join(', ')})`);
  const values = kpis.map((id, index) => `anyIf(value, kpi = ${sqlText(id)}) AS k_${index}`);
  return `SELECT place, area, entity, dims, toUnixTimestamp64Milli(window_start) AS start_ms,
  toUnixTimestamp64Milli(window_end) AS end_ms, left_value, right_value,
  toUInt8(ifNull(abs(left_value - right_value) > ${tolerance}, 0)) AS is_fault
FROM (
  SELECT *, ${sideSql(identity.left, column)} AS left_value, ${sideSql(identity.right, column)} AS right_value
  FROM (
    SELECT place, max(area) AS area, max(entity) AS entity, dims, window_start, window_end,
      ${values.join(', ')}
    FROM raw_kpi_values FINAL
    WHERE ${conditions.join(' AND ')}
    GROUP BY place, dims, window_start, window_end
    HAVING uniqExact(kpi) = ${kpis.length}
  )
)`;
}

function sideSql(expression: Expression, column: ReadonlyMap<string, string>): string {
  switch (expression.kind) {
    case 'number':
      return `toFloat64(${expression.value})`;
    case 'name':
      return column.get(expression.name) ?? 'NULL';
    case 'call':
      throw new TypeError(`${expression.name}() stands in an identity`);
    case 'binary':
      return `(${sideSql(expression.left, column)} ${expression.operator} ${sideSql(expression.right, column)})`;
  }
}
