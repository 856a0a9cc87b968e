import { strict as assert } from 'node:assert';
import { test } from 'vitest';

import { hourValue } from '../../fixtures/live/kpi-values.ts';
import { ValueMap } from './value-map.ts';

const at = (hour: number): string => `2026-11-23T${String(hour).padStart(2, '0')}:00:00.000Z`;
const shown = (map: ValueMap, from?: string): (number | null)[] => [...map.values(from)].map((v) => v.value);

test('of one window the higher revision wins, in whatever order the two come', () => {
  for (const revisions of [
    [1, 2],
    [2, 1],
  ]) {
    const map = new ValueMap();
    for (const revision of revisions) {
      map.put(hourValue({ windowStart: at(5), revision, value: revision }), at(0));
    }
    assert.deepEqual(shown(map), [2]);
  }
});

test('an equal revision changes nothing', () => {
  const map = new ValueMap();
  map.put(hourValue({ windowStart: at(5), value: 1 }), at(0));
  assert.equal(map.put(hourValue({ windowStart: at(5), value: 2 }), at(0)), 'old');
  assert.deepEqual(shown(map), [1]);
});

test('samples 0 uncovers the window before, and an older revision brings nothing back', () => {
  const map = new ValueMap();
  map.put(hourValue({ windowStart: at(4), value: 4 }), at(0));
  map.put(hourValue({ windowStart: at(5), value: 5, revision: 2 }), at(0));
  map.put(hourValue({ windowStart: at(5), samples: 0, revision: 9 }), at(0));
  assert.deepEqual(shown(map), [4]);
  assert.equal(map.put(hourValue({ windowStart: at(5), value: 5, revision: 8 }), at(0)), 'old');
  assert.deepEqual(shown(map), [4]);
});

test('a higher version of the definition replaces every window of the lower one', () => {
  const map = new ValueMap();
  map.put(hourValue({ windowStart: at(4), value: 4 }), at(0));
  map.put(hourValue({ windowStart: at(3), value: 33, version: 2 }), at(0));
  assert.deepEqual(shown(map, at(0)), [33]);
  assert.equal(map.put(hourValue({ windowStart: at(6), value: 6 }), at(0)), 'old');
});

test('the latest window stays however old it is; an older one beside it passes', () => {
  const map = new ValueMap();
  const old = { windowStart: '2016-05-01T00:00:00.000Z', value: 2016 };
  assert.equal(map.put(hourValue(old), at(0)), 'changed');
  assert.equal(map.put(hourValue({ windowStart: '2015-05-01T00:00:00.000Z' }), at(0)), 'passing');
  assert.deepEqual(shown(map, at(0)), [2016]);
});

test('windows that ended before the bound are forgotten, but never the latest', () => {
  const map = new ValueMap();
  for (const hour of [1, 2, 3]) map.put(hourValue({ windowStart: at(hour), value: hour }), at(0));
  map.prune(at(20));
  assert.deepEqual(shown(map, at(0)), [3]);
});

test('history shows the windows that ended after its beginning, oldest first, and the latest', () => {
  const map = new ValueMap();
  for (const hour of [3, 1, 2]) map.put(hourValue({ windowStart: at(hour), value: hour }), at(0));
  assert.deepEqual(shown(map, at(2)), [2, 3]);
  assert.deepEqual(shown(map), [3]);
});

test('a series beyond the bound takes the place of the one that came first', () => {
  const map = new ValueMap(2);
  for (const entity of ['a', 'b', 'c']) map.put(hourValue({ windowStart: at(1), entity }), at(0));
  assert.deepEqual(
    [...map.values()].map((value) => value.entity),
    ['b', 'c'],
  );
});
