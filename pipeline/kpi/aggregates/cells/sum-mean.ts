import type { CellAggregate } from '../../../window/group/aggregate.ts';
import { SCALE } from '../../../window/slice.ts';
import { addWhole, addWords, SUM_WHOLE_MAX, sumWordsSql, WORD, wholeOf } from '../exact-sum.ts';
import { columnAt } from '../sample-sql.ts';

/** Cells: the number of samples, then the words of the sum of their integers `scaled(value)`. */
const sums: Omit<CellAggregate, 'name' | 'errorNote' | 'finish' | 'finishSql'> = {
  sample: 'number',
  shares: 'sums',
  revision: 1,
  relativeError: 0,
  retracts: true,
  state: 'cells',
  width: 3,
  reset(cells, at) {
    cells.fill(0, at, at + 3);
  },
  add(cells, at, sample) {
    cells[at] = cells[at]! + 1;
    addWhole(cells, at + 1, wholeOf(sample.value, SUM_WHOLE_MAX));
  },
  addMany(cells, offset, { length, places, values }) {
    for (let row = 0; row < length; row++) {
      const place = places[row]!;
      const value = values[row]!;
      if (place < 0 || !Number.isFinite(value)) continue;
      const at = place + offset;
      cells[at] = cells[at]! + 1;
      addWhole(cells, at + 1, wholeOf(value, SUM_WHOLE_MAX));
    }
  },
  merge(into, at, from, fromAt) {
    into[at] = into[at]! + from[fromAt]!;
    addWords(into, at + 1, from[fromAt + 1]!, from[fromAt + 2]!);
  },
  partialSql: (sample) => [`toFloat64(countIf(${sample.test}))`, ...sumWordsSql(sample, SUM_WHOLE_MAX)],
};

const INPUT_NOTE = 'samples count as multiples of 0.000001 (half to even), those beyond 9.2e12 as 9.2e12';

/** Sum of the samples, in their unit. No value, rather than 0, when there is no sample: nothing was measured. */
export const sum: CellAggregate = {
  ...sums,
  name: 'sum',
  errorNote: `exact up to 2^32 samples; ${INPUT_NOTE}`,
  finish(cells, at) {
    if (cells[at] === 0) return NaN;
    return (cells[at + 1]! * WORD + cells[at + 2]!) / SCALE;
  },
  finishSql(partial) {
    const [n, high, low] = [columnAt(partial, 0), columnAt(partial, 1), columnAt(partial, 2)];
    return `if(${n} = 0, nan, (${high} * ${String(WORD)} + ${low}) / ${String(SCALE)})`;
  },
};

/** Arithmetic mean of the samples, in their unit; the same bits as `meanOf` of a slice. */
export const mean: CellAggregate = {
  ...sums,
  name: 'mean',
  errorNote: `the sum is exact up to 2^32 samples; ${INPUT_NOTE}`,
  finish(cells, at) {
    return (cells[at + 1]! * WORD + cells[at + 2]!) / cells[at]! / SCALE;
  },
  finishSql(partial) {
    const [n, high, low] = [columnAt(partial, 0), columnAt(partial, 1), columnAt(partial, 2)];
    return `(${high} * ${String(WORD)} + ${low}) / ${n} / ${String(SCALE)}`;
  },
};
