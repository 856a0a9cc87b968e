import { strict as assert } from 'node:assert';
import { test } from 'vitest';

import { Arrivals } from './arrivals.ts';

test('a value that counts two readings carries both, and a later one only what is new', () => {
  const arrivals = new Arrivals(0);
  arrivals.sent('a', 0);
  arrivals.sent('a', 10);
  arrivals.sent('b', 15);
  arrivals.seen('a', 2, 20);
  arrivals.sent('a', 30);
  arrivals.seen('a', 2, 40);
  arrivals.seen('a', 3, 50);
  assert.deepEqual(arrivals.latenciesMs, [20, 10, 20]);
  assert.equal(arrivals.missing, 1);
});

test('an older value that comes again, and a key that nobody sent, carry nothing', () => {
  const arrivals = new Arrivals(0);
  arrivals.sent('a', 0);
  arrivals.sent('a', 1);
  arrivals.seen('a', 2, 5);
  arrivals.seen('a', 1, 9);
  arrivals.seen('other', 7, 9);
  assert.deepEqual(arrivals.latenciesMs, [5, 4]);
  assert.equal(arrivals.missing, 0);
});

test('what was sent before the measurement began is followed and does not count', () => {
  const arrivals = new Arrivals(100);
  arrivals.sent('a', 50);
  arrivals.sent('a', 120);
  arrivals.seen('a', 2, 130);
  arrivals.sent('a', 140);
  assert.deepEqual(arrivals.latenciesMs, [10]);
  assert.equal(arrivals.missing, 1);
});
