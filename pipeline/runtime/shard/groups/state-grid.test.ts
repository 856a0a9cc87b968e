import { strict as assert } from 'node:assert';
import { test } from 'vitest';

import { gridPointsMax } from '../../../kpi/sql/states/standing-sql.ts';
import { HOUR_MS, MINUTE_MS } from '../../../model/time.ts';
import { NOW_SQL } from '../../../window/group/group-plan.ts';
import { StateGrid } from './state-grid.ts';

const T = Date.parse('2026-11-24T00:00:00Z');
const still = { kind: 'case', test: null, slots: [], sliceMs: HOUR_MS, sliceOffsetMs: 0 } as const;
const asksTime = { ...still, test: { codes: null, sql: `due_at < ${NOW_SQL}`, bind: () => () => true } };

/** Hours after T of everything that is due, the running one marked. */
function due(grid: StateGrid, max = 1_000): string {
  const texts: string[] = [];
  while (grid.isDirty) {
    const { running, ended } = grid.take(max);
    if (running !== null) texts.push(`${String((running - T) / HOUR_MS)}*`);
    if (ended !== null)
      texts.push(`${String((ended.from - T) / HOUR_MS)}..${String((ended.last - T) / HOUR_MS)}`);
  }
  return texts.join(' ');
}

/** A grid that has heard of a row once. */
function seen(family: ConstructorParameters<typeof StateGrid>[0]): StateGrid {
  const grid = new StateGrid(family);
  grid.resume({ running: null, now: null, passed: null, waiting: null, dirty: [], seen: true });
  return grid;
}

test('nothing is told of rows that never came, until the first one does', () => {
  const grid = new StateGrid(asksTime);
  grid.onTime(T);
  grid.onTime(T + 2 * HOUR_MS);
  grid.onWatermark(T + HOUR_MS);
  assert.equal(grid.isDirty, false);
  grid.onChange(T + HOUR_MS);
  assert.equal(due(grid), '2* 1..1');
});

function started(family: typeof still | typeof asksTime = still): StateGrid {
  const grid = seen(family);
  grid.onTime(T);
  due(grid);
  return grid;
}

test('a slice that ends is told at its end, with all that ended while nothing ran', () => {
  const grid = started();
  grid.onTime(T + 20 * MINUTE_MS);
  assert.equal(due(grid), '');
  grid.onTime(T + 3 * HOUR_MS + MINUTE_MS);
  assert.equal(grid.instantOf(T + 2 * HOUR_MS), T + 3 * HOUR_MS);
  assert.equal(grid.instantOf(T + 3 * HOUR_MS), T + 3 * HOUR_MS + MINUTE_MS);
  assert.equal(due(grid), '3* 0..2');
});

test('the running slice is told at every time marker only where time can change it', () => {
  for (const [family, expected] of [
    [still, ''],
    [asksTime, '0*'],
    [{ ...still, kind: 'measurement' as const }, '0*'],
  ] as const) {
    const grid = seen(family);
    grid.onTime(T);
    due(grid);
    grid.onTime(T + MINUTE_MS);
    assert.equal(due(grid), expected);
  }
});

test('for some minutes after a change every time marker tells the running slice: events may lie ahead', () => {
  const grid = started();
  grid.onChange(T - HOUR_MS);
  assert.equal(due(grid), '0* -1..-1');
  grid.onTime(T + 5 * MINUTE_MS);
  assert.equal(due(grid), '0*');
  grid.onTime(T + 11 * MINUTE_MS);
  assert.equal(due(grid), '');
});

test('a change before the first time marker is not forgotten', () => {
  const grid = new StateGrid(still);
  grid.onChange(T - 4 * HOUR_MS);
  assert.equal(grid.isDirty, false);
  grid.onTime(T + MINUTE_MS);
  assert.equal(due(grid), '0* -4..-1');
});

test('the watermark tells the slices whose ends it passes once more, and no other', () => {
  const grid = started();
  grid.onWatermark(T - 5 * HOUR_MS - 1);
  grid.onWatermark(T - 3 * HOUR_MS + 1);
  assert.equal(due(grid), '-6..-4');
  grid.onWatermark(T - 3 * HOUR_MS + 2);
  assert.equal(due(grid), '');
});

test('what is taken in turns reaches the oldest slice though newer ones become dirty again and again', () => {
  const grid = started();
  grid.onChange(T - 9 * HOUR_MS);
  const taken: number[] = [];
  for (let round = 0; round < 5; round++) {
    taken.push((grid.take(2).ended!.last - T) / HOUR_MS);
    grid.onChange(T - 2 * HOUR_MS);
  }
  assert.deepEqual(taken, [-1, -3, -5, -7, -9]);
});

test('a change of long ago asks for the newest slices up to the bound', () => {
  const grid = started();
  grid.onChange(Date.parse('1970-02-01T00:00:00Z'));
  assert.equal(grid.since(0).length, gridPointsMax);
  assert.equal(due(grid, gridPointsMax), `0* ${String(1 - gridPointsMax)}..-1`);
});

test('it goes on where a checkpoint left off: instant, dirt, watermark', () => {
  const before = started();
  before.onTime(T + 90 * MINUTE_MS);
  before.onChange(T - 2 * HOUR_MS);
  before.onWatermark(T - 5 * HOUR_MS);
  const place = JSON.parse(JSON.stringify(before.place())) as ReturnType<StateGrid['place']>;
  const grid = new StateGrid(still);
  grid.resume(place);
  assert.equal(grid.instantOf(grid.running), T + 90 * MINUTE_MS);
  assert.equal(due(grid), '1* -2..0');
  grid.onWatermark(T - 4 * HOUR_MS);
  assert.equal(due(grid), '-5..-5');
});
