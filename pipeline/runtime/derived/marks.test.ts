import { strict as assert } from 'node:assert';
import { test } from 'vitest';

import { chunksOf, Marks } from './marks.ts';

test('a window is marked once, whatever touches it; all places take the place of some', () => {
  const marks = new Marks();
  for (const place of ['a:x', 'a:y', 'a:x']) marks.add('kpi', 1, place);
  marks.add('other', 1, 'a:x');
  assert.equal(marks.count, 3);
  marks.add('kpi', 1, 'all');
  marks.add('kpi', 1, 'a:z');
  assert.equal(marks.count, 2);
  assert.deepEqual([...marks.take('kpi')], [[1, 'all']]);
  assert.deepEqual([...marks.take('kpi')], []);
  assert.equal(marks.count, 1);
});

test('windows are cut into statements in the order of time, each naming its places', () => {
  const marked = new Map([
    [3, new Set(['a:x'])],
    [1, new Set(['a:y'])],
  ]);
  assert.deepEqual(chunksOf(marked), [{ windows: [1, 3], places: ['a:y', 'a:x'] }]);
  const many = new Map(Array.from({ length: 501 }, (_, start) => [start, 'all'] as const));
  assert.deepEqual(
    chunksOf(many).map(({ windows, places }) => [windows.length, places]),
    [
      [500, undefined],
      [1, undefined],
    ],
  );
});

test('more places than a statement may name are all places', () => {
  const places = new Set(Array.from({ length: 1_001 }, (_, index) => `e:${index}`));
  assert.deepEqual(chunksOf(new Map([[1, places]])), [{ windows: [1], places: undefined }]);
});
