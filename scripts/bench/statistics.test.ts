import { strict as assert } from 'node:assert';
import { test } from 'vitest';

import { cpuSecondsOfStat } from './cpu-seconds.ts';
import { percentile, perSecond } from './statistics.ts';

// [values, share, expected]
const cases = [
  [[7], 0.5, 7],
  [[7], 0.99, 7],
  [[3, 1, 2], 0.5, 2],
  [[4, 1, 3, 2], 0.5, 2],
  [[1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 0.9, 9],
  [[1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 0.99, 10],
  [[10, 9], 1, 10],
] as const;

for (const [values, share, expected] of cases) {
  test(`the ${share} percentile of ${values.join(' ')} is ${expected}`, () => {
    assert.equal(percentile(values, share), expected);
  });
}

test('nothing has no percentile', () => {
  assert.ok(Number.isNaN(percentile([], 0.5)));
});

test('500 events in a quarter of a second are 2,000 a second', () => {
  assert.equal(perSecond(500, 250), 2_000);
});

test('CPU time is found behind a process name with spaces and parentheses', () => {
  const stat = '42 (a (b) c) S 1 42 42 0 -1 4194560 6219 0 0 0 150 25 0 0 20 0 11 0 5555 1 2';
  assert.equal(cpuSecondsOfStat(stat), 1.75);
});
