import type { CellAggregate } from '../../../window/group/aggregate.ts';
import { columnAt, numberSql } from '../sample-sql.ts';

/**
 * Cells: the number of samples, which tells "none" (JSON has no infinity to start from), then the extreme, 0 when
 * there is none. -0 counts as 0: the two compare equal, so which one stayed would depend on the order.
 */
function extreme(name: 'min' | 'max', isBeyond: (a: number, b: number) => boolean): CellAggregate {
  return {
    name,
    sample: 'number',
    revision: 1,
    relativeError: 0,
    errorNote: 'exact',
    retracts: false,
    state: 'cells',
    width: 2,
    reset(cells, at) {
      cells[at] = 0;
      cells[at + 1] = 0;
    },
    add(cells, at, sample) {
      if (cells[at] === 0 || isBeyond(sample.value, cells[at + 1]!)) cells[at + 1] = sample.value + 0;
      cells[at] = cells[at]! + 1;
    },
    addMany(cells, offset, { length, places, values }) {
      for (let row = 0; row < length; row++) {
        const place = places[row]!;
        const value = values[row]!;
        if (place < 0 || !Number.isFinite(value)) continue;
        const at = place + offset;
        if (cells[at] === 0 || isBeyond(value, cells[at + 1]!)) cells[at + 1] = value + 0;
        cells[at] = cells[at]! + 1;
      }
    },
    merge(into, at, from, fromAt) {
      if (from[fromAt] === 0) return;
      if (into[at] === 0 || isBeyond(from[fromAt + 1]!, into[at + 1]!)) into[at + 1] = from[fromAt + 1]!;
      into[at] = into[at]! + from[fromAt]!;
    },
    finish: (cells, at) => (cells[at] === 0 ? NaN : cells[at + 1]!),
    partialSql: (sample) => [
      `toFloat64(countIf(${sample.test}))`,
      `${name}If(${numberSql(sample)} + 0, ${sample.test}) + 0`,
    ],
    finishSql: (partial) => `if(${columnAt(partial, 0)} = 0, nan, ${columnAt(partial, 1)})`,
  };
}

/** Smallest sample, in its unit. */
export const min = extreme('min', (a, b) => a < b);

/** Largest sample, in its unit. */
export const max = extreme('max', (a, b) => a > b);
