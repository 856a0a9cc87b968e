import { describe, expect, it } from 'vitest';

import type { CellAggregate } from './aggregate.ts';
import { ROWS_CELL, SliceTable } from './slice-table.ts';

const counting: CellAggregate = {
  name: 'count',
  sample: 'none',
  revision: 1,
  relativeError: 0,
  errorNote: '',
  retracts: true,
  state: 'cells',
  width: 1,
  reset: (cells, at) => {
    cells[at] = 0;
  },
  add: (cells, at) => {
    cells[at]! += 1;
  },
  merge: (into, at, from, fromAt) => {
    into[at]! += from[fromAt]!;
  },
  finish: (cells, at) => cells[at]!,
  partialSql: () => ['count()'],
  finishSql: ([name]) => name!,
};
const slot = { text: 'count', aggregate: counting, test: null, of: null };

function randomBelow(seed: number): (bound: number) => number {
  let state = seed;
  return (bound) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 4_294_967_296) * bound);
  };
}

describe('SliceTable', () => {
  it('holds what a map holds after any obtaining, counting and removing', () => {
    const table = new SliceTable([slot]);
    const model = new Map<string, number>();
    const below = randomBelow(7);
    for (let step = 0; step < 40_000; step++) {
      const group = below(60);
      const slice = below(50) - 10 + (below(2) === 0 ? 0 : 1_700_000_000);
      const name = `${String(group)} ${String(slice)}`;
      if (below(3) === 0) {
        table.remove(group, slice);
        model.delete(name);
      } else {
        const row = table.obtain(group, slice);
        table.cells[row * table.layout.width + ROWS_CELL]! += 1;
        model.set(name, (model.get(name) ?? 0) + 1);
      }
    }
    expect(table.size).toBe(model.size);
    for (const [name, count] of model) {
      const [group, slice] = name.split(' ').map(Number);
      const row = table.find(group!, slice!);
      expect(table.cells[row * table.layout.width + ROWS_CELL]).toBe(count);
    }
    for (let group = 0; group < 60; group++) {
      const held = [...model.keys()].filter((name) => name.startsWith(`${String(group)} `));
      expect(new Set(table.slicesOf(group).map((slice) => `${String(group)} ${String(slice)}`))).toEqual(
        new Set(held),
      );
    }
  });

  it('forgets the slices before one and no others', () => {
    const table = new SliceTable([slot]);
    for (let slice = 0; slice < 10; slice++) table.obtain(3, slice);
    table.obtain(4, 0);
    table.removeBefore(3, 7);
    expect(table.slicesOf(3).sort()).toEqual([7, 8, 9]);
    expect(table.slicesOf(4)).toEqual([0]);
  });
});
