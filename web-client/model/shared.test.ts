import { strict as assert } from 'node:assert';
import { test } from 'vitest';

import { keepFirst } from './keep-first.ts';
import { formatPassportKey, parsePassportKey } from './passport-key.ts';
import { silentSince } from './stale.ts';
import { windowText } from './time-text.ts';

test('where room is short the heaviest stay, in the order they had', () => {
  const weight = (item: number): number => item;
  assert.deepEqual(keepFirst([3, 9, 1, 7], 2, weight), [9, 7]);
  assert.deepEqual(keepFirst([7, 9, 1, 3], 2, weight), [7, 9]);
  assert.deepEqual(keepFirst([1, 2], 2, weight), [1, 2]);
});

test('a source is silent since its newest moment, not its last', () => {
  assert.equal(silentSince([500, 900, 100], 60, 960), undefined);
  assert.equal(silentSince([500, 900, 100], 60, 961), 900);
  assert.equal(silentSince([], 60, 0), 'never');
});

for (const entity of ['tram-phu-my', 'a|b', '', 'trạm "1"']) {
  test(`the mark of a passport gives its key back, also for the entity "${entity}"`, () => {
    const key = { kpi: 'environment.vn_aqi_hour', entity, windowStart: '2026-11-23T06:00:00.000Z' };
    assert.deepEqual(parsePassportKey(formatPassportKey(key)), key);
  });
}

test('a text that is no mark gives no key', () => {
  for (const text of [undefined, '', 'x', 'x|y']) assert.equal(parsePassportKey(text), undefined);
});

// [start, end, text]
const windows = [
  ['2026-11-23T06:00:00Z', '2026-11-23T07:00:00Z', '13:00-14:00 23/11/2026'],
  ['2026-11-22T17:00:00Z', '2026-11-23T17:00:00Z', '23/11/2026'],
  ['2026-10-31T17:00:00Z', '2026-11-30T17:00:00Z', '01/11/2026-30/11/2026'],
  ['2026-11-22T07:00:00Z', '2026-11-23T07:00:00Z', '14:00 22/11/2026-14:00 23/11/2026'],
] as const;
for (const [start, end, text] of windows) {
  test(`a window is written ${text}`, () => {
    assert.equal(windowText(Date.parse(start), Date.parse(end)), text);
  });
}
