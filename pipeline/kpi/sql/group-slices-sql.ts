import type { Family } from '../../window/group/group-plan.ts';
import { groupRowsSql, keyNames, partialsSql, sliceSql } from './group-rows-sql.ts';
import { sqlText } from './literal.ts';

/** One slice of one key. */
export interface GroupSlice {
  /** Texts of the fields of `by`, in order. */
  readonly key: readonly string[];
  /** Start, milliseconds UTC. */
  readonly slice: number;
}

/** Which slices are wanted: these, or those that start in [from, to). */
export type SliceScope =
  { readonly slices: readonly GroupSlice[] } | { readonly from: number; readonly to?: number };

/**
 * Partial states of a family: `k0`, …, `slice` (start, Int64 milliseconds), `rows`, `as_of` (newest `at`), then
 * slot by slot its cells (Float64) or its box, as `partialNames` calls them.
 *
 * @param events a table expression with the columns of the kind's view and `id_hash`
 */
export function groupSlicesSql(family: Family, events: string, scope: SliceScope): string {
  const names = [...keyNames(family), 'slice'];
  const columns = [...names, 'count() AS rows', 'max(at_ms) AS as_of', ...partialsSql(family.slots)];
  return `SELECT
  ${columns.join(',\n  ')}
FROM (
  SELECT *, ${sliceSql(family)} AS slice
  FROM (
    ${groupRowsSql(family, { events, where: spanSql(family, scope) })}
  )
)
WHERE ${scopeSql(family, scope)}
GROUP BY ${names.join(', ')}`;
}

/**
 * The (key, slice) pairs that the rows matching a condition fall into: columns `k0`, …, `slice`. Over all versions of
 * the rows these are the slices that their updates make dirty.
 */
export function groupKeysSql(family: Omit<Family, 'slots'>, events: string, condition: string): string {
  const names = keyNames(family);
  const rows = groupRowsSql({ ...family, slots: [] }, { events, where: [`(${condition})`] });
  return `SELECT DISTINCT ${[...names, `${sliceSql(family)} AS slice`].join(', ')}
FROM (
    ${rows}
  )`;
}

function scopeSql(family: Pick<Family, 'by'>, scope: SliceScope): string {
  if (!('slices' in scope)) {
    const to = scope.to === undefined ? '' : ` AND slice < ${String(scope.to)}`;
    return `slice >= ${String(scope.from)}${to}`;
  }
  if (scope.slices.length === 0) return '0';
  const tuples = scope.slices.map(({ key, slice }) => `(${[...key.map(sqlText), String(slice)].join()})`);
  return `(${[...keyNames(family), 'slice'].join(', ')}) IN (${tuples.join()})`;
}

/** The span of the wanted slices as a condition on the rows: most rows of a table lie outside. */
function spanSql(family: Omit<Family, 'slots'>, scope: SliceScope): string[] {
  const span = spanOf(family, scope);
  const at = family.at.sql;
  const conditions = [`${at} >= ${String(span.from)}`];
  if (span.to !== undefined) conditions.push(`${at} < ${String(span.to)}`);
  return conditions;
}

/** From the first to the end of the last wanted slice, milliseconds UTC. */
export function spanOf(
  { sliceMs }: Pick<Family, 'sliceMs'>,
  scope: SliceScope,
): { readonly from: number; readonly to: number | undefined } {
  if (!('slices' in scope)) {
    return { from: scope.from, to: scope.to === undefined ? undefined : scope.to + sliceMs };
  }
  let from = Infinity;
  let to = -Infinity;
  for (const { slice } of scope.slices) {
    if (slice < from) from = slice;
    if (slice + sliceMs > to) to = slice + sliceMs;
  }
  return from > to ? { from: 0, to: 0 } : { from, to };
}
