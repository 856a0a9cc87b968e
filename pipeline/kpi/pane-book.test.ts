import { strict as assert } from 'node:assert';
import { test } from 'vitest';

import { HOUR_MS } from '../model/time.ts';
import type { FeedSet } from '../time/watermark.ts';
import { type EntityState, newEntityState, seriesOf, sliceOf } from '../window/entity-state.ts';
import { addToSlice } from '../window/slice.ts';
import { loadDefinitions } from './definitions/load-definitions.ts';
import { defaultRegistryFolder, loadRegistry } from './registry/load-registry.ts';
import { type Pane, PaneBook, windowsOf } from './pane-book.ts';

const HOUR = Date.parse('2024-03-01T10:00:00Z') / HOUR_MS;
const LATENESS_MS = 6 * HOUR_MS;
const definitions = loadDefinitions(loadRegistry([defaultRegistryFolder()])).stations.filter(({ id }) =>
  id.includes('pm25'),
);

function station(watermarkHour: number): { entity: EntityState; set: FeedSet; book: PaneBook } {
  const set: FeedSet = { name: 'f', feeds: [], watermark: watermarkHour * HOUR_MS };
  const book = new PaneBook({ definitions, cadenceOf: () => null, latenessMs: LATENESS_MS });
  return { entity: newEntityState('tram-a', set), set, book };
}

function put(entity: EntityState, hour: number, value: number): void {
  addToSlice(sliceOf(seriesOf(entity, 'pm25'), hour), value, 1, hour * HOUR_MS + 1);
  entity.changed.add(hour);
}

const summary = (panes: readonly Pane[]): string[] =>
  panes
    .map(({ kpi, start, status, content }) => {
      return `${kpi.id.split('.')[1]} +${start / HOUR_MS - HOUR} ${status} ${content?.value ?? 'gone'}`;
    })
    .sort();

test('a running hour is provisional, becomes final when the watermark passes it, and is then left alone', () => {
  const { entity, set, book } = station(HOUR);
  put(entity, HOUR, 20);
  assert.deepEqual(summary(book.due(entity)), ['pm25_mean_1h +0 provisional 20']);
  assert.deepEqual(summary(book.due(entity)), []);
  set.watermark = (HOUR + 1) * HOUR_MS;
  assert.deepEqual(summary(book.due(entity)), ['pm25_mean_1h +0 final 20']);
  assert.deepEqual(summary(book.due(entity)), []);
  put(entity, HOUR, 40);
  assert.deepEqual(summary(book.due(entity)), ['pm25_mean_1h +0 revised 30']);
});

//   c3 c2 .. : the NowCast of hour +2 has no event of its own; it is due when the watermark passes the hour's end
test('a NowCast without its own hour waits for the watermark', () => {
  const { entity, set, book } = station(HOUR + 2);
  put(entity, HOUR, 20);
  put(entity, HOUR + 1, 20);
  const first = summary(book.due(entity));
  assert.ok(first.includes('us_nowcast_pm25 +1 final 20'), first.join());
  assert.ok(!first.some((line) => line.startsWith('us_nowcast_pm25 +2')), first.join());
  set.watermark = (HOUR + 3) * HOUR_MS;
  const then = summary(book.due(entity));
  assert.deepEqual(then, ['us_aqi_pm25 +2 final 68', 'us_nowcast_pm25 +2 final 20']);
});

test('no window with a dirty hour in its reach is published', () => {
  const { entity, book } = station(HOUR + 4);
  for (let hour = HOUR; hour < HOUR + 4; hour++) put(entity, hour, 20);
  entity.dirty.set(HOUR, 'suspected');
  const panes = summary(book.due(entity));
  assert.ok(panes.includes('pm25_mean_1h +1 final 20'));
  assert.ok(!panes.some((line) => line.includes('nowcast')), 'every NowCast here reads the dirty hour');
  assert.ok(!panes.some((line) => line.startsWith('pm25_mean_1h +0')));
});

test('a window emptied by a repair is published as gone', () => {
  const { entity, book } = station(HOUR + 2);
  put(entity, HOUR, 20);
  book.due(entity);
  assert.deepEqual(summary(book.repaired(entity, [HOUR], new Map())), ['pm25_mean_1h +0 revised gone']);
});

test('an evening hour is read by its day and by the next one, whose eight-hour means reach seven hours back', () => {
  const day = loadDefinitions(loadRegistry([defaultRegistryFolder()])).stations.find(
    ({ id }) => id === 'environment.vn_aqi_day',
  );
  assert.ok(day);
  const midnight = Date.parse('2026-03-02T00:00:00+07:00') / HOUR_MS;
  const daysOf = (hour: number): number[] =>
    [...windowsOf(day, [midnight + hour])].map((start) => start / HOUR_MS - midnight);
  assert.deepEqual(daysOf(-1), [-24, 0]);
  assert.deepEqual(daysOf(-7), [-24, 0]);
  assert.deepEqual(daysOf(-8), [-24]);
});
