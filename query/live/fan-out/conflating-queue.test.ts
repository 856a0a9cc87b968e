import { strict as assert } from 'node:assert';
import { test } from 'vitest';

import { ConflatingQueue } from './conflating-queue.ts';

test('a newer value takes the place in line of the older one of its key, and is counted', () => {
  const queue = new ConflatingQueue<string>();
  queue.put('a', 1, 'a1');
  queue.put('b', 2, 'b1');
  queue.put('a', 3, 'a2');
  assert.equal(queue.size, 2);
  assert.deepEqual(queue.take(1), { values: ['a2'], conflated: 1 });
  assert.deepEqual(queue.take(5), { values: ['b1'], conflated: 0 });
});

test('the lowest position that waits is that of the value that is still here', () => {
  const queue = new ConflatingQueue<string>();
  assert.equal(queue.lowestSequence, undefined);
  queue.put('a', 1, 'a1');
  queue.put('b', 2, 'b1');
  queue.put('a', 3, 'a2');
  assert.equal(queue.lowestSequence, 2);
});

test('a copy holds the same values and leaves the original alone', () => {
  const queue = new ConflatingQueue<string>();
  queue.put('a', 1, 'a1');
  const copy = new ConflatingQueue<string>();
  queue.copyInto(copy);
  copy.put('a', 2, 'a2');
  assert.deepEqual(queue.take(5).values, ['a1']);
  assert.deepEqual(copy.take(5), { values: ['a2'], conflated: 1 });
});
