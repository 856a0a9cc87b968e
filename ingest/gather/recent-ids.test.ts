import { strict as assert } from 'node:assert';
import { test } from 'vitest';

import { RecentIds } from './recent-ids.ts';

test('a repeat counts inside its own request and after it is stored, not while it is on its way', () => {
  const ids = new RecentIds(16);
  const first = ids.begin();
  const second = ids.begin();
  assert.equal(ids.isRepeat(first, 1, 2, 3), false);
  assert.equal(ids.isRepeat(first, 1, 2, 3), true);
  assert.equal(ids.isRepeat(second, 1, 2, 3), false);
  ids.stored(first);
  assert.equal(ids.isRepeat(second, 1, 2, 3), true);
});

test('other content under a known id always passes, and the first content stays the known one', () => {
  const ids = new RecentIds(16);
  const request = ids.begin();
  ids.isRepeat(request, 1, 2, 3);
  assert.equal(ids.isRepeat(request, 1, 2, 4), false);
  assert.equal(ids.isRepeat(request, 1, 2, 3), true);
});

test('after a failure nothing that was remembered is trusted', () => {
  const ids = new RecentIds(16);
  const first = ids.begin();
  ids.isRepeat(first, 1, 2, 3);
  ids.failed(first);
  assert.equal(ids.isRepeat(ids.begin(), 1, 2, 3), false);
});

test('the memory is bounded: an id that lost its slot passes again', () => {
  const ids = new RecentIds(16);
  const request = ids.begin();
  ids.isRepeat(request, 7, 1, 3);
  ids.isRepeat(request, 8, 17, 3);
  assert.equal(ids.isRepeat(request, 7, 1, 3), false);
});
