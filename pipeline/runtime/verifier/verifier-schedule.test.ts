import { strict as assert } from 'node:assert';
import { test } from 'vitest';

import { DAY_MS } from '../../model/time.ts';
import { VerifierSchedule } from './verifier-schedule.ts';

const stored = { first: 0, last: 10 * DAY_MS };

test('definitions have their turn one after the other', () => {
  const schedule = new VerifierSchedule();
  assert.deepEqual(
    [1, 2, 3].map(() => schedule.next(['a', 'b'])),
    ['a', 'b', 'a'],
  );
  assert.equal(schedule.next([]), undefined);
});

//   0 d                                    9 d   10 d
//   |---------------------------------------|=====|   newest, newest, then a day further back each third turn
test('two turns of three look at the newest windows, the third goes back day by day and begins again', () => {
  const schedule = new VerifierSchedule();
  const days = Array.from({ length: 33 }, () => Math.round(schedule.spanOf('a', stored).to / DAY_MS));
  assert.deepEqual(days.slice(0, 9), [10, 10, 9, 10, 10, 8, 10, 10, 7]);
  const older = days.filter((_, index) => index % 3 === 2);
  assert.deepEqual(older, [9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 9]);
});

test('a comparison that takes long is followed by a shorter span, a quick one by a longer', () => {
  const schedule = new VerifierSchedule();
  const length = (): number => {
    const { from, to } = schedule.spanOf('a', stored);
    return (to - from) / DAY_MS;
  };
  schedule.took('a', 2_000);
  assert.equal(length(), 0.5);
  schedule.took('a', 10);
  schedule.took('a', 10);
  assert.equal(length(), 2);
  for (let times = 0; times < 20; times++) schedule.took('a', 5_000);
  assert.equal(length(), 1 / 24);
});
