import { strict as assert } from 'node:assert';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, test } from 'vitest';

import { startClickhouse, type TestClickhouse } from '../../../fixtures/servers/clickhouse.ts';
import { caseOf } from '../../../fixtures/streams/cases.ts';
import { seededRandom, shuffled } from '../../../fixtures/streams/disorder.ts';
import { reading } from '../../../fixtures/streams/measurement.ts';
import { familiesOf } from '../../kpi/definitions/families.ts';
import { loadDefinitions } from '../../kpi/definitions/load-definitions.ts';
import type { GroupKpi } from '../../kpi/group-kpi.ts';
import { eventsViewOf } from '../../kpi/kpi.ts';
import { defaultRegistryFolder, loadRegistry } from '../../kpi/registry/load-registry.ts';
import { decodeBatch } from '../../model/batch/batch.ts';
import { BatchBuilder } from '../../model/batch/batch-builder.ts';
import { reframe } from '../../model/batch/reframe.ts';
import type { CaseEvent, Event, MeasurementEvent } from '../../model/event.ts';
import type { Entity } from '../../model/registry.ts';
import type { EventKind } from '../../model/subsystem.ts';
import { HOUR_MS, MINUTE_MS } from '../../model/time.ts';
import { insertArrow, selectRows } from '../connect-store.ts';
import { insertColumns, TABLE_OF_KIND } from '../event-tables.ts';
import { migrate } from '../migrate.ts';
import { writeRegistries } from '../registry-tables.ts';
import { storedStates } from './state-slices.ts';

const START = Date.parse('2024-02-01T00:00:00Z');
const HOURS = 72;
const POSITION = 1;

const PACK = `- id: environment.overdue
  version: 1
  title: { vi: Quá hạn, en: Overdue }
  unit: '1'
  from: case
  by: [area]
  window: { every: 1h, lateness: 6h }
  measures:
    overdue: { count: { openedAt: { lt: now }, dueAt: { lt: now }, completedAt: { exists: false } } }
    open: { count: { completedAt: { exists: false } } }
  value: overdue
  numerator: open
  fresh: { max: 15m }
  visibility: public
  source: a test
- id: environment.online
  version: 1
  title: { vi: Hoạt động, en: Online }
  unit: '%'
  from: measurement
  by: [area]
  window: { every: 15m, within: 10m, lateness: 6h }
  measures:
    online: { count: pm25 }
    registered: { entities: { class: standard } }
  value: 100 * online / registered
  fresh: { max: 15m }
  visibility: public
  source: a test
`;

const entities: readonly (readonly [string, string, Entity['class']])[] = [
  ['s1', 'vung-tau', 'standard'],
  ['s2', 'vung-tau', 'standard'],
  ['s3', 'con-dao', 'standard'],
  ['s4', 'ba-ria', 'indicative'],
];
const bare = loadRegistry([defaultRegistryFolder()]);
const registry = {
  ...bare,
  entities: new Map(
    entities.map(([id, area, entityClass]): [string, Entity] => {
      const name = { vi: id, en: id };
      const place = { latitude: null, longitude: null, map: null };
      return [
        id,
        { id, name, area, ...place, class: entityClass, subsystem: 'environment', cadenceSeconds: 60 },
      ];
    }),
  ),
};

let engine: TestClickhouse;
let overdue: GroupKpi;
let online: GroupKpi;
const random = seededRandom(5);
const below = (bound: number): number => Math.floor(random() * bound);
const pick = <Item>(items: readonly Item[]): Item => items[below(items.length)]!;

/** Versions happen in any order: a higher one may have happened before a lower one. */
const cases: readonly CaseEvent[] = Array.from({ length: 60 }, (_, index) => {
  const openedAt = START + below(48 * 60) * MINUTE_MS;
  return Array.from({ length: 1 + below(4) }, (_, version) => {
    const eventTime = openedAt + below(30 * 4) * 15 * MINUTE_MS;
    return caseOf({
      ...{
        caseId: `case-${String(index)}`,
        eventTime,
        openedAt,
        version,
        area: pick(['vung-tau', 'ba-ria']),
      },
      ...{ dueAt: openedAt + below(20) * HOUR_MS, completedAt: below(3) === 0 ? eventTime : null },
    });
  });
}).flat();

const readings: readonly MeasurementEvent[] = Array.from({ length: 400 }, (_, index) =>
  reading({
    entity: pick(['s1', 's2', 's3', 's4']),
    eventTime: START + 5 * HOUR_MS + below(24 * 60) * MINUTE_MS,
    value: index,
    quality: below(5) === 0 ? 'suspect' : 'good',
  }),
);

beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'haidang-states-'));
  writeFileSync(join(folder, 'pack.yaml'), PACK);
  const definitions = loadDefinitions(registry, folder);
  rmSync(folder, { recursive: true });
  [overdue, online] = definitions.groups as [GroupKpi, GroupKpi];
  engine = await startClickhouse();
  await migrate(engine.client, { durability: 'relaxed', cluster: undefined });
  await writeRegistries(engine.client, { registry, definitions: definitions.all }, 1);
  await insert('case', shuffled(cases, random));
  await insert('measurement', shuffled(readings, random));
}, 60_000);

afterAll(() => engine.stop());

async function insert(kind: EventKind, events: readonly Event[]): Promise<void> {
  const builder = new BatchBuilder(kind);
  for (const event of events) builder.add(event as never);
  const batch = decodeBatch(kind, builder.finish());
  const table = TABLE_OF_KIND[kind];
  const rows = Uint32Array.from(events, (_, row) => row);
  const bytes = reframe(kind, [{ batch, subsystem: 'environment', position: POSITION, rows }]);
  await insertArrow(engine.client, { table, columns: insertColumns(table) }, bytes);
}

/** `<area> <start>` and the numbers of every state that the pipeline reads. */
async function told(kpi: GroupKpi, points: { at: number; from?: number }): Promise<Map<string, number[]>> {
  const [family] = familiesOf([kpi]);
  assert.ok(family !== undefined);
  const bounds = { subsystem: 'environment', position: POSITION };
  const states = await storedStates(engine.client, family, bounds, points);
  return new Map(
    states.map(({ key, slice, partials }) => [
      `${key.join()} ${String(slice)}`,
      partials.map((cells) => Number(cells[0])),
    ]),
  );
}

/** Open and overdue cases by area at an instant: of each case its highest version that happened before. */
function casesAt(at: number): Map<string, number[]> {
  const newest = new Map<string, CaseEvent>();
  for (const one of cases) {
    if (one.eventTime >= at) continue;
    const held = newest.get(one.caseId);
    if (held === undefined || one.version > held.version) newest.set(one.caseId, one);
  }
  const found = new Map<string, number[]>();
  for (const { area, dueAt, completedAt } of newest.values()) {
    const name = `${area} ${String(Math.floor((at - 1) / HOUR_MS) * HOUR_MS)}`;
    const [late, open] = found.get(name) ?? [0, 0];
    const isOpen = completedAt === null;
    const isLate = isOpen && dueAt !== null && dueAt < at;
    found.set(name, [late! + Number(isLate), open! + Number(isOpen)]);
  }
  return found;
}

const AREA_OF = new Map(entities.map(([id, area]) => [id, area]));
const first = Math.min(...readings.map(({ eventTime }) => eventTime));

/** Entities online of those registered, by area at an instant; nothing before anything was heard. */
function onlineAt(at: number): Map<string, number[]> {
  const slice = Math.floor((at - 1) / (15 * MINUTE_MS)) * 15 * MINUTE_MS;
  const found = new Map<string, number[]>();
  const add = (area: string, index: 0 | 1): void => {
    const counts = found.get(`${area} ${String(slice)}`) ?? [0, 0];
    counts[index]! += 1;
    found.set(`${area} ${String(slice)}`, counts);
  };
  const good = readings.filter(({ quality }) => quality === 'good');
  const isYoung = (time: number): boolean => time < at && time >= at - 10 * MINUTE_MS;
  const alive = new Set(good.filter(({ eventTime }) => isYoung(eventTime)).map(({ entity }) => entity));
  for (const entity of alive) add(AREA_OF.get(entity)!, 0);
  if (first < slice + 15 * MINUTE_MS) {
    for (const [, area, entityClass] of entities) if (entityClass === 'standard') add(area, 1);
  }
  return found;
}

function plain(states: ReadonlyMap<string, readonly number[]>): string[] {
  return [...states].map(([name, numbers]) => `${name}: ${numbers.join(' ')}`).sort();
}

function merged(maps: readonly Map<string, number[]>[]): Map<string, number[]> {
  return new Map(maps.flatMap((map) => [...map]));
}

test('a state of cases is that of their newest versions, whether one point is asked for or many', async () => {
  const ends = Array.from({ length: HOURS }, (_, hour) => START + (hour + 1) * HOUR_MS);
  const expected = merged(ends.map(casesAt));
  assert.deepEqual(plain(await told(overdue, { at: ends.at(-1)!, from: START })), plain(expected));
  for (const at of [ends[7]!, ends[30]!, ends[30]! - 13 * MINUTE_MS, ends.at(-1)!]) {
    assert.deepEqual(plain(await told(overdue, { at })), plain(casesAt(at)), String(at));
  }
});

test('the last of many points may lie inside its slice', async () => {
  const at = START + 20 * HOUR_MS + 17 * MINUTE_MS;
  const ends = [18, 19, 20].map((hour) => START + hour * HOUR_MS);
  const expected = merged([...ends, at].map(casesAt));
  assert.deepEqual(plain(await told(overdue, { at, from: START + 17 * HOUR_MS })), plain(expected));
});

test('a share of entities is 0 where all are silent, and nothing before anything was heard', async () => {
  const ends = Array.from({ length: HOURS * 4 }, (_, index) => START + (index + 1) * 15 * MINUTE_MS);
  const expected = merged(ends.map(onlineAt));
  assert.ok([...expected.values()].some(([alive]) => alive === 0));
  assert.ok([...expected.values()].some(([alive]) => alive! > 0));
  assert.deepEqual(plain(await told(online, { at: ends.at(-1)!, from: START })), plain(expected));
  for (const at of [ends[10]!, ends[40]!, ends[60]!, ends.at(-1)!]) {
    assert.deepEqual(plain(await told(online, { at })), plain(onlineAt(at)), String(at));
  }
});

test('an analyst may ask for the same states from the views', async () => {
  const span = {
    from: new Date(START).toISOString(),
    to: new Date(START + HOURS * HOUR_MS).toISOString(),
  };
  const sql = overdue.recomputeSql({ events: eventsViewOf(overdue), ...span });
  const rows = await selectRows<[string, number, number, number]>(
    engine.client,
    `SELECT area, toUnixTimestamp64Milli(window_start), value, numerator FROM (${sql})`,
  );
  const ends = Array.from({ length: HOURS }, (_, hour) => START + (hour + 1) * HOUR_MS);
  const found = new Map(
    rows.map(([area, start, value, open]) => [`${area} ${String(start)}`, [value, open]] as const),
  );
  assert.deepEqual(plain(found), plain(merged(ends.map(casesAt))));
  const shares = online.recomputeSql({ events: eventsViewOf(online), ...span, area: 'con-dao' });
  const some = await selectRows<[number, number]>(
    engine.client,
    `SELECT numerator, denominator FROM (${shares}) ORDER BY window_start`,
  );
  const expected = Array.from({ length: HOURS * 4 }, (_, index) => {
    return onlineAt(START + (index + 1) * 15 * MINUTE_MS).get(
      `con-dao ${String(START + index * 15 * MINUTE_MS)}`,
    );
  });
  assert.deepEqual(
    some.map(([alive, all]) => [alive, all]),
    expected.filter((one) => one !== undefined),
  );
});
