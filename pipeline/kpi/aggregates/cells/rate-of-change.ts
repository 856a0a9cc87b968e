import { HOUR_MS } from '../../../model/time.ts';
import type { CellAggregate } from '../../../window/group/aggregate.ts';
import { columnAt } from '../sample-sql.ts';
import { FIRST, LAST, PLACED_WIDTH } from './first-last.ts';
import {
  addManyPlaced,
  addPlaced,
  isNeverSql,
  isPlaced,
  mergePlaced,
  placedCellsSql,
  resetPlaced,
} from './first-last.ts';

/**
 * (last - first) / hours between them, in the samples' unit per hour: how fast a level rises over the window.
 * No value while all samples have one time. Cells: the first sample's four, the last one's four.
 */
export const rateOfChange: CellAggregate = {
  name: 'rateOfChange',
  sample: 'number',
  revision: 1,
  relativeError: 0,
  errorNote: 'exact but for the rounding of a subtraction and two divisions',
  retracts: false,
  state: 'cells',
  width: 2 * PLACED_WIDTH,
  reset(cells, at) {
    resetPlaced(FIRST, cells, at);
    resetPlaced(LAST, cells, at + PLACED_WIDTH);
  },
  add(cells, at, sample) {
    addPlaced(FIRST, cells, at, sample);
    addPlaced(LAST, cells, at + PLACED_WIDTH, sample);
  },
  addMany(cells, offset, column) {
    addManyPlaced(FIRST, cells, offset, column);
    addManyPlaced(LAST, cells, offset + PLACED_WIDTH, column);
  },
  merge(into, at, from, fromAt) {
    mergePlaced(FIRST, into, at, [from, fromAt]);
    mergePlaced(LAST, into, at + PLACED_WIDTH, [from, fromAt + PLACED_WIDTH]);
  },
  finish(cells, at) {
    if (!isPlaced(cells, at)) return NaN;
    const elapsedMs = cells[at + 4]! - cells[at]!;
    if (elapsedMs === 0) return NaN;
    return (cells[at + 7]! - cells[at + 3]!) / (elapsedMs / HOUR_MS);
  },
  partialSql: (sample) => [...placedCellsSql(FIRST, sample), ...placedCellsSql(LAST, sample)],
  finishSql(partial) {
    const [start, end] = [columnAt(partial, 0), columnAt(partial, 4)];
    const change = `${columnAt(partial, 7)} - ${columnAt(partial, 3)}`;
    const rate = `(${change}) / ((${end} - ${start}) / ${String(HOUR_MS)})`;
    return `if(${isNeverSql(start)} OR ${end} = ${start}, nan, ${rate})`;
  },
};
