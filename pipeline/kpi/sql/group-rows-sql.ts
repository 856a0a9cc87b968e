import type { SampleSql } from '../../window/group/aggregate.ts';
import type { Family, Slot } from '../../window/group/group-plan.ts';

/** Names of the columns of the partial state of a slot: one for a box, one for each cell otherwise. */
export function partialNames({ aggregate }: Slot, index: number): readonly string[] {
  if (aggregate.state === 'box') return [`p${index}_0`];
  return Array.from({ length: aggregate.width }, (_, cell) => `p${index}_${cell}`);
}

/** The columns of the partial states of all slots, over the columns of `groupRowsSql`. */
export function partialsSql(slots: readonly Slot[]): string[] {
  return slots.flatMap((slot, index) => {
    const { aggregate } = slot;
    const sample = sampleOf(index);
    const sql = aggregate.state === 'box' ? [aggregate.partialSql(sample)] : aggregate.partialSql(sample);
    return partialNames(slot, index).map((name, cell) => `${sql[cell] ?? ''} AS ${name}`);
  });
}

/** Columns of a key, `k0`, `k1`, …, in the order of `by`. */
export function keyNames({ by }: Pick<Family, 'by'>): string[] {
  return by.map((_, index) => `k${index}`);
}

/** Start of the slice that holds a time. @param at SQL, Int64 milliseconds, not negative */
export function sliceSql(family: Pick<Family, 'sliceMs' | 'sliceOffsetMs'>, at = 'at_ms'): string {
  const { sliceMs, sliceOffsetMs } = family;
  const since = sliceOffsetMs === 0 ? at : `${at} - (${sliceOffsetMs})`;
  return `${at} - positiveModulo(${since}, ${sliceMs})`;
}

/**
 * The rows of a source that count for a family: `k0`, … (the key), `at_ms` (Int64, what places the row), `id_hash`,
 * and for each slot `t0`, … (UInt8: whether the row counts for it) and `v0`, … (its sample).
 *
 * A row with several keys stands once for each.
 */
export function groupRowsSql(
  family: Family,
  source: { readonly events: string; readonly where?: readonly string[] },
): string {
  const many = family.by.findIndex(({ isMany }) => isMany);
  const names = keyNames(family);
  const keys = family.by.map(
    ({ value }, index) => `${value.sql} AS ${index === many ? 'keys' : (names[index] ?? '')}`,
  );
  const conditions = [
    ...(source.where ?? []),
    ...(family.test === null ? [] : [`(${family.test.sql})`]),
    `isNotNull(${family.at.sql})`,
  ];
  const columns = [
    ...keys,
    `assumeNotNull(toInt64(${family.at.sql})) AS at_ms`,
    'id_hash',
    ...family.slots.flatMap(slotColumns),
  ];
  const slots = family.slots.flatMap(({ of }, index) => [...(of === null ? [] : [`v${index}`]), `t${index}`]);
  return `SELECT ${[...names, 'at_ms', 'id_hash', ...slots].join(', ')}
    FROM (
      SELECT
        ${columns.join(',\n        ')}
      FROM ${source.events}
      WHERE ${conditions.join(' AND ')}
    )${many < 0 ? '' : ` ARRAY JOIN keys AS ${names[many] ?? ''}`}`;
}

/** What a slot takes of a row. A number that is absent or not finite is no sample, nor is an empty text. */
function slotColumns({ test, of, aggregate, entities }: Slot, index: number): string[] {
  if (entities !== undefined) return [`toUInt8(0) AS t${index}`];
  const passes = test === null ? '1' : `(${test.sql})`;
  if (of === null) return [`toUInt8(${passes}) AS t${index}`];
  const isText = aggregate.sample === 'text';
  const value = isText ? of.sql : `ifNull(toFloat64(${of.sql}), nan)`;
  const isThere = isText ? `v${index} != ''` : `isFinite(v${index})`;
  return [`${value} AS v${index}`, `toUInt8(${passes} AND ${isThere}) AS t${index}`];
}

function sampleOf(index: number): SampleSql {
  return { test: `t${index}`, value: `v${index}`, time: 'at_ms', id: 'id_hash' };
}
