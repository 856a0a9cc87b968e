import type { CellAggregate, Sample, SampleColumn, SampleSql } from '../../../window/group/aggregate.ts';
import { columnAt, idHighSql, idLowSql, placedSql } from '../sample-sql.ts';

/** Cells of one placed sample: time, idHigh, idLow, value. */
export const PLACED_WIDTH = 4;

/** A millisecond later than any date: the time of "no first sample yet"; negated, of "no last one". */
const NEVER = 8_640_000_000_000_001;

/** Which end of the order (time, idHigh, idLow, value) is kept. The value decides only if ids ever repeat. */
export interface End {
  readonly name: 'first' | 'last';
  /** 1: the smaller place wins; -1: the larger. */
  readonly sign: 1 | -1;
}

/** The sample that comes first. */
export const FIRST: End = { name: 'first', sign: 1 };

/** The sample that comes last. */
export const LAST: End = { name: 'last', sign: -1 };

/** Makes the cells say "none". */
export function resetPlaced(end: End, cells: Float64Array, at: number): void {
  cells[at] = end.sign * NEVER;
  cells.fill(0, at + 1, at + PLACED_WIDTH);
}

/** Whether the cells hold a sample. */
export function isPlaced(cells: Float64Array, at: number): boolean {
  return Math.abs(cells[at]!) !== NEVER;
}

/** Keeps the sample if it lies nearer the end. */
export function addPlaced(end: End, cells: Float64Array, at: number, sample: Sample): void {
  const order =
    sample.time - cells[at]! ||
    sample.idHigh - cells[at + 1]! ||
    sample.idLow - cells[at + 2]! ||
    sample.value - cells[at + 3]!;
  if (order * end.sign >= 0) return;
  cells[at] = sample.time;
  cells[at + 1] = sample.idHigh;
  cells[at + 2] = sample.idLow;
  cells[at + 3] = sample.value + 0;
}

/** The same as `addPlaced` row by row. */
export function addManyPlaced(end: End, cells: Float64Array, offset: number, column: SampleColumn): void {
  const { length, places, values, times, rows, ids } = column;
  for (let row = 0; row < length; row++) {
    const value = values[row]!;
    if (places[row]! < 0 || !Number.isFinite(value)) continue;
    const at = places[row]! + offset;
    // Most rows lie clearly behind the end that is kept, or clearly before it.
    if ((times[row]! - cells[at]!) * end.sign > 0) continue;
    moved.time = times[row]!;
    moved.idHigh = ids[rows[row]! * 2 + 1]!;
    moved.idLow = ids[rows[row]! * 2]!;
    moved.value = value;
    addPlaced(end, cells, at, moved);
  }
}

const moved: Sample = { value: 0, text: '', time: 0, idHigh: 0, idLow: 0 };

/** Keeps the placed sample of another state if it lies nearer the end. */
export function mergePlaced(
  end: End,
  into: Float64Array,
  at: number,
  from: readonly [Float64Array, number],
): void {
  const [cells, fromAt] = from;
  moved.time = cells[fromAt]!;
  moved.idHigh = cells[fromAt + 1]!;
  moved.idLow = cells[fromAt + 2]!;
  moved.value = cells[fromAt + 3]!;
  addPlaced(end, into, at, moved);
}

/** SQL of the four cells. */
export function placedCellsSql(end: End, sample: SampleSql): readonly string[] {
  const kept = `${end.sign === 1 ? 'min' : 'max'}If(${placedSql(sample)}, ${sample.test})`;
  const none = `toFloat64(${end.sign === 1 ? '' : '-'}${String(NEVER)})`;
  return [
    `if(countIf(${sample.test}) = 0, ${none}, toFloat64(tupleElement(${kept}, 1)))`,
    `toFloat64(${idHighSql(`tupleElement(${kept}, 2)`)})`,
    `toFloat64(${idLowSql(`tupleElement(${kept}, 2)`)})`,
    `tupleElement(${kept}, 3) + 0`,
  ];
}

/** SQL: whether a cell of time says "none". */
export function isNeverSql(time: string): string {
  return `abs(${time}) = ${String(NEVER)}`;
}

function endOf(end: End): CellAggregate {
  return {
    name: end.name,
    sample: 'number',
    revision: 1,
    relativeError: 0,
    errorNote: 'exact; order is by time, then by the hash of the id',
    retracts: false,
    state: 'cells',
    width: PLACED_WIDTH,
    reset: (cells, at) => resetPlaced(end, cells, at),
    add: (cells, at, sample) => addPlaced(end, cells, at, sample),
    addMany: (cells, offset, column) => addManyPlaced(end, cells, offset, column),
    merge: (into, at, from, fromAt) => mergePlaced(end, into, at, [from, fromAt]),
    finish: (cells, at) => (isPlaced(cells, at) ? cells[at + 3]! : NaN),
    partialSql: (sample) => placedCellsSql(end, sample),
    finishSql: (partial) => `if(${isNeverSql(columnAt(partial, 0))}, nan, ${columnAt(partial, 3)})`,
  };
}

/** Value of the first sample by time, in its unit. */
export const first = endOf(FIRST);

/** Value of the last sample by time, in its unit. */
export const last = endOf(LAST);
