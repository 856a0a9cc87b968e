import { strict as assert } from 'node:assert';
import { test } from 'vitest';

import { HOUR_MS } from '../../../pipeline/model/time.ts';
import { bodiesOf, pm25Events, readingsOf, type EventOrder } from './workload.ts';

const endMs = Date.UTC(2_026, 10, 20);
const spec = (order: EventOrder) => ({ name: 'w', events: 80_001, order, endMs });
const textsOf = (order: EventOrder): string[] => readingsOf(spec(order)).map((row) => JSON.stringify(row));

test('every order sends the same readings, and no two are alike', () => {
  const byTime = textsOf('by time');
  assert.equal(new Set(byTime).size, 80_001);
  byTime.sort();
  assert.deepEqual(textsOf('shuffled within 6 h').sort(), byTime);
  assert.deepEqual(textsOf('shuffled over all').sort(), byTime);
});

// [order, how far behind the newest a reading may be, how far one is at least]
const orders = [
  ['by time', 0, 0],
  ['shuffled within 6 h', 6 * HOUR_MS, 3 * HOUR_MS],
  ['shuffled over all', 7 * HOUR_MS, 6 * HOUR_MS],
] as const;

for (const [order, most, least] of orders) {
  test(`${order}: the furthest reading is ${least} to ${most} ms behind the newest`, () => {
    let newest = 0;
    let furthest = 0;
    for (const { eventTime } of readingsOf(spec(order))) {
      newest = Math.max(newest, Date.parse(eventTime));
      furthest = Math.max(furthest, newest - Date.parse(eventTime));
    }
    assert.ok(furthest >= least && furthest <= most, `${furthest}`);
    assert.ok(newest < endMs);
  });
}

test('bodies hold 1,000 rows each, the last one what is left, and as much PM2.5 as announced', () => {
  const rows = bodiesOf(spec('by time')).map((body) => JSON.parse(body.toString()) as { property: string }[]);
  assert.equal(rows.length, 81);
  assert.deepEqual([rows[0]?.length, rows[80]?.length], [1_000, 1]);
  assert.equal(rows.flat().filter((row) => row.property === 'pm25').length, pm25Events(spec('by time')));
});
