import type { SampleSql } from '../../window/group/aggregate.ts';

/**
 * SQL of a sample's number, harmless where the row does not count: NULL and nan become 0 before anything is done
 * with them, for the engine computes on all rows and refuses a statement that turns nan into an integer.
 */
export function numberSql(sample: SampleSql): string {
  return `toFloat64(assumeNotNull(if(${sample.test}, ${sample.value}, 0)))`;
}

/** SQL of a sample's text; '' where the row does not count. */
export function textSql(sample: SampleSql): string {
  return `toString(assumeNotNull(if(${sample.test}, ${sample.value}, '')))`;
}

/** SQL of the place of a sample among the others and its number: a tuple (time, id, value). */
export function placedSql(sample: SampleSql): string {
  return `(toInt64(assumeNotNull(${sample.time})), toUInt64(${sample.id}), ${numberSql(sample)})`;
}

/** SQL of the upper half of an id. */
export function idHighSql(id: string): string {
  return `bitShiftRight(${id}, 32)`;
}

/** SQL of the lower half of an id. */
export function idLowSql(id: string): string {
  return `bitAnd(${id}, 4294967295)`;
}

/** Name of a partial column, by its place among the aggregate's cells. */
export function columnAt(partial: readonly string[], index: number): string {
  const name = partial[index];
  if (name === undefined) throw new TypeError(`partial column ${String(index)} is missing`);
  return name;
}
