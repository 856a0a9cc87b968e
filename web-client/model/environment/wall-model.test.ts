import { strict as assert } from 'node:assert';
import { test } from 'vitest';

import { hourValue } from '../../../fixtures/live/kpi-values.ts';
import type { RegistryDocument } from '../../../query/protocol/documents/registry-document.ts';
import type { LiveValue } from '../../../query/protocol/live-value.ts';
import { ValueMap } from '../../../query/protocol/value-map.ts';
import { wallModel, type WallModel } from './wall-model.ts';

// 14:20 on 23/11 in Việt Nam.
const nowMs = Date.UTC(2026, 10, 23, 7, 20);
const at = (hour: number, minute = 0): string =>
  new Date(Date.UTC(2026, 10, 23, hour - 7, minute)).toISOString();

const title = (text: string) => ({ vi: text, en: text });
const entity = (id: string, area: string, kind: 'standard' | 'indicative') => ({
  id,
  name: title(id),
  subsystem: 'environment',
  area,
  class: kind,
  cadenceSeconds: 60,
  map: null,
});
const registry: RegistryDocument = {
  province: { id: 'p', name: title('P') },
  demo: true,
  areas: [],
  entities: [
    entity('north-1', 'north', 'standard'),
    entity('north-2', 'north', 'standard'),
    entity('south-1', 'south', 'standard'),
    entity('sensor', 'south', 'indicative'),
  ],
  properties: [{ id: 'pm25', title: title('Bụi mịn PM2.5'), unit: 'ug/m3' }],
  kpis: [
    { id: 'environment.vn_aqi_hour', title: title(''), unit: '1', freshSeconds: 1_800, visibility: 'public' },
  ],
};

function index(entityId: string, hour: number, value: number, about: Partial<LiveValue> = {}): LiveValue {
  const state = value > 150 ? 'bad' : value > 100 ? 'watch' : 'good';
  return hourValue({
    kpi: 'environment.vn_aqi_hour',
    entity: entityId,
    windowStart: at(hour),
    asOf: at(hour, 59),
    status: 'final',
    value,
    state,
    attributes: { dominant: 'pm25' },
    ...about,
  });
}

function modelOf(values: readonly LiveValue[], atMs = nowMs): WallModel {
  const map = new ValueMap();
  for (const value of values) map.put(value, new Date(atMs - 26 * 3_600_000).toISOString());
  return wallModel(map.series(), { registry, nowMs: atMs, language: 'vi' });
}

test('the last complete hour is shown, the running one beside it', () => {
  const running = index('north-1', 14, 80, { status: 'provisional', asOf: at(14, 19) });
  const { standard } = modelOf([index('north-1', 13, 60), running]);
  assert.equal(standard[0]?.shown?.value, 60);
  assert.equal(standard[0]?.running?.value, 80);
  assert.equal(standard[0]?.shown?.dominant, 'PM2.5');
  assert.deepEqual(
    standard[0]?.strip.slice(-2).map((column) => column.kind),
    ['complete', 'running'],
  );
  assert.equal(standard[0]?.strip.length, 25);
});

test('a station with a running hour only shows that one, as provisional', () => {
  const { standard } = modelOf([index('north-1', 14, 80, { status: 'provisional', asOf: at(14, 19) })]);
  assert.equal(standard[0]?.shown?.status, 'provisional');
  assert.equal(standard[0]?.running, undefined);
});

test('a station is silent from the moment its promise is broken, not a millisecond before', () => {
  const values = [index('north-1', 13, 60, { asOf: at(13, 50) })];
  const promiseEndsMs = Date.parse(at(13, 50)) + 1_800_000;
  assert.equal(modelOf(values, promiseEndsMs).standard[0]?.silentSinceMs, undefined);
  assert.equal(modelOf(values, promiseEndsMs + 1).standard[0]?.silentSinceMs, Date.parse(at(13, 50)));
});

test('a station that never sent is silent, and so is one with no number at all', () => {
  const { standard, silent } = modelOf([]);
  assert.equal(standard[0]?.silentSinceMs, 'never');
  assert.equal(silent.length, 4);
});

test('an area shows its worst live station; a silent one only where no other is', () => {
  const { worstByArea, worst } = modelOf([
    index('north-1', 13, 190, { asOf: at(12) }),
    index('north-2', 13, 70),
    index('south-1', 13, 90, { asOf: at(12) }),
  ]);
  assert.equal(worstByArea.get('north')?.id, 'north-2');
  assert.equal(worstByArea.get('south')?.id, 'south-1');
  assert.equal(worst?.id, 'north-2');
});

test('attention lists the worse state first and says since when, through hours without a gap', () => {
  const { attention } = modelOf([
    index('north-1', 11, 90),
    index('north-1', 12, 110),
    index('north-1', 13, 120),
    index('north-2', 13, 160),
  ]);
  assert.deepEqual(
    attention.map(({ station, state, sinceMs }) => [station.id, state, new Date(sinceMs).toISOString()]),
    [
      ['north-2', 'bad', at(13)],
      ['north-1', 'watch', at(12)],
    ],
  );
});

test('what is not registered is a reference sensor in micrograms, never an index', () => {
  const { indicative, standard } = modelOf([
    hourValue({ entity: 'station-01', windowStart: at(14), asOf: at(14, 19), value: 35.2 }),
    index('station-01', 13, 180),
  ]);
  const unknown = indicative.find(({ id }) => id === 'station-01');
  assert.equal(unknown?.shown?.value, 35.2);
  assert.equal(unknown?.class, 'indicative');
  assert(!standard.some(({ id }) => id === 'station-01'));
});

test('the day before is the one that ended at midnight in Việt Nam, however late it is', () => {
  const day = (windowStart: string, windowEnd: string, value: number): LiveValue =>
    hourValue({ kpi: 'environment.vn_aqi_day', entity: 'north-1', windowStart, windowEnd, value });
  const { standard } = modelOf([
    day('2026-11-21T17:00:00.000Z', '2026-11-22T17:00:00.000Z', 88),
    day('2026-11-22T17:00:00.000Z', '2026-11-23T17:00:00.000Z', 44),
  ]);
  assert.deepEqual([standard[0]?.day.yesterday?.value, standard[0]?.day.today?.value], [88, 44]);
});

//   13:00 final 43 ─ 13:00-14:00 over by the clock, still provisional: a slow feed holds the watermark ─ now 14:20
test('an hour that is over by the clock is shown as provisional, not the older final one', () => {
  const values = [
    index('south-1', 12, 43),
    index('south-1', 13, 166, { status: 'provisional' }),
    index('south-1', 14, 150, { status: 'provisional', asOf: at(14, 19) }),
  ];
  const shown = modelOf(values).standard.find(({ id }) => id === 'south-1')?.shown;
  assert.deepEqual({ value: shown?.value, status: shown?.status }, { value: 166, status: 'provisional' });
});

test('a running hour worse than the complete one is in the list at once, as provisional', () => {
  const running = index('north-1', 14, 214, { status: 'provisional', asOf: at(14, 19) });
  const { attention } = modelOf([index('north-1', 13, 60), running]);
  assert.deepEqual(
    attention.map(({ state, reading, sinceMs }) => [state, reading.status, reading.value, sinceMs]),
    [['bad', 'provisional', 214, Date.parse(at(14))]],
  );
});

test('a running hour that is better than the complete one takes nothing back', () => {
  const running = index('north-1', 14, 60, { status: 'provisional', asOf: at(14, 19) });
  const { attention } = modelOf([index('north-1', 13, 160), running]);
  assert.deepEqual(
    attention.map(({ reading }) => [reading.value, reading.status]),
    [[160, 'final']],
  );
});

const yesterday = (entityId: string, value: number): LiveValue =>
  index(entityId, 0, value, {
    kpi: 'environment.vn_aqi_day',
    windowStart: '2026-11-21T17:00:00.000Z',
    windowEnd: '2026-11-22T17:00:00.000Z',
  });

test("yesterday's bad day is in the list, after what is bad now, unless the station's hour says the same", () => {
  const { attention } = modelOf([
    index('north-1', 13, 60),
    yesterday('north-1', 104),
    index('north-2', 13, 120),
    yesterday('north-2', 130),
    index('south-1', 13, 120),
    yesterday('south-1', 170),
  ]);
  assert.deepEqual(
    attention.map(({ station, about, state }) => `${station.id} ${about} ${state}`),
    ['south-1 day bad', 'north-2 hour watch', 'south-1 hour watch', 'north-1 day watch'],
  );
});

test('what only sends stands after the registered sensors, the highest first, and silent ones last', () => {
  const sends = (entityId: string, value: number, asOf = at(14, 19)): LiveValue =>
    hourValue({ entity: entityId, windowStart: at(14), asOf, value });
  const { indicative, silent } = modelOf([
    sends('station-1', 20),
    sends('station-2', 90),
    sends('station-3', 400, at(11)),
    sends('sensor', 5),
    sends('station-4', 20),
  ]);
  const order = ['sensor', 'station-2', 'station-1', 'station-4', 'station-3'];
  assert.deepEqual(
    indicative.map(({ id }) => id),
    order,
  );
  assert.deepEqual(
    silent.map(({ id }) => id),
    ['north-1', 'north-2', 'south-1', 'station-3'],
  );
});
