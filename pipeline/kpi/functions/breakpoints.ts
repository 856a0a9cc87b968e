import { numberAt, sqlAt } from './kpi-function.ts';
import type { KpiFunction, SqlForm, Vector } from './kpi-function.ts';

/** Breakpoints of a piecewise linear index: between `levels[i]` and the next the index runs `indices[i]`... */
export interface IndexTable {
  readonly levels: readonly number[];
  readonly indices: readonly number[];
  /** What stands at and beyond the last level: the last index, or no index at all. */
  readonly beyond: 'last index' | 'no index';
}

/**
 * Added before an index is rounded half up, so that a half that is carried as 40.49999999999999 still goes
 * up; the distance to a neighbour that does not is larger than this for any measured concentration.
 */
const ROUNDING_SLACK = 0.000000001;

/**
 * Index of a concentration, (I[i+1] - I[i]) (c - B[i]) / (B[i+1] - B[i]) + I[i], rounded half up to an integer;
 * 0 below zero.
 */
export function indexOf(table: IndexTable, c: number): number {
  if (Number.isNaN(c)) return NaN;
  const { levels, indices } = table;
  const last = levels.length - 1;
  const top = levels[last] ?? NaN;
  if (table.beyond === 'no index' ? c > top : c >= top) {
    return table.beyond === 'no index' ? NaN : (indices[last] ?? NaN);
  }
  if (c < 0) return 0;
  let i = last - 1;
  while (i > 0 && (levels[i] ?? NaN) > c) i -= 1;
  const [low, high] = [levels[i] ?? NaN, levels[i + 1] ?? NaN];
  const [from, to] = [indices[i] ?? NaN, indices[i + 1] ?? NaN];
  return Math.floor(((to - from) * (c - low)) / (high - low) + from + 0.5 + ROUNDING_SLACK);
}

/** The same in SQL, the same operations in the same order. */
export function indexSql(table: IndexTable, c: string, prefix: string): SqlForm {
  const last = table.levels.length - 1;
  const top = String(table.levels[last]);
  const [levels, indices, i] = [`${prefix}levels`, `${prefix}indices`, `${prefix}step`];
  const line =
    `(${indices}[${i} + 1] - ${indices}[${i}]) * (${c} - ${levels}[${i}])` +
    ` / (${levels}[${i} + 1] - ${levels}[${i}]) + ${indices}[${i}]`;
  const inside = `floor(${line} + 0.5 + 0.000000001)`;
  const beyond =
    table.beyond === 'no index' ? `${c} > ${top}, nan` : `${c} >= ${top}, ${String(table.indices[last])}`;
  return {
    steps: [
      { name: levels, sql: `[${table.levels.join(', ')}]` },
      { name: indices, sql: `[${table.indices.join(', ')}]` },
      { name: i, sql: `least(arrayLastIndex(b -> b <= ${c}, ${levels}), ${String(last)})` },
    ],
    result: `multiIf(isNaN(${c}), nan, ${beyond}, ${c} < 0, 0, ${inside})`,
  };
}

/** A function of one concentration that looks its index up in a table. */
export function indexFunction(
  entry: { readonly name: string; readonly source: string; readonly vectors: readonly Vector[] },
  table: IndexTable,
): KpiFunction {
  return {
    ...entry,
    kinds: ['number'],
    revision: 1,
    compute: (...args) => indexOf(table, numberAt(args, 0)),
    sql: (args, prefix) => {
      const name = `${prefix}level`;
      const form = indexSql(table, name, prefix);
      return { steps: [{ name, sql: sqlAt(args, 0) }, ...form.steps], result: form.result };
    },
  };
}
