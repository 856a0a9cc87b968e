import type { CellAggregate } from '../../../window/group/aggregate.ts';
import { columnAt } from '../sample-sql.ts';

/** Rows that pass the measure's test; 0 when there is none. Cells: the count. */
export const count: CellAggregate = {
  name: 'count',
  sample: 'none',
  revision: 1,
  relativeError: 0,
  errorNote: 'exact up to 2^53 rows',
  retracts: true,
  state: 'cells',
  width: 1,
  reset(cells, at) {
    cells[at] = 0;
  },
  add(cells, at) {
    cells[at] = cells[at]! + 1;
  },
  addMany(cells, offset, { length, places }) {
    for (let row = 0; row < length; row++) {
      const place = places[row]!;
      if (place >= 0) cells[place + offset] = cells[place + offset]! + 1;
    }
  },
  merge(into, at, from, fromAt) {
    into[at] = into[at]! + from[fromAt]!;
  },
  finish: (cells, at) => cells[at]!,
  partialSql: (sample) => [`toFloat64(countIf(${sample.test}))`],
  finishSql: (partial) => columnAt(partial, 0),
};
