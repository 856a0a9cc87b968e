import { strict as assert } from 'node:assert';
import { pino } from 'pino';
import { afterAll, beforeAll, test } from 'vitest';

import { living, pause, PipelineStage } from '../../fixtures/servers/pipeline-stage.ts';
import { alertOf, caseOf, postOf } from '../../fixtures/streams/cases.ts';
import { seededRandom, shuffled } from '../../fixtures/streams/disorder.ts';
import { reading } from '../../fixtures/streams/measurement.ts';
import { faultsOf, verifyKpis } from '../../scripts/verify/verify-kpis.ts';
import { type Definitions, loadDefinitions } from '../kpi/definitions/load-definitions.ts';
import { eventsViewOf, isGroup } from '../kpi/kpi.ts';
import { defaultRegistryFolder, loadRegistry } from '../kpi/registry/load-registry.ts';
import { connectLog, type LogConnection } from '../log/jetstream/connect-log.ts';
import type { Event } from '../model/event.ts';
import type { Subsystem } from '../model/subsystem.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, processingTime } from '../model/time.ts';
import { packageFile } from '../store/package-file.ts';
import { systemTimers } from '../time/clock.ts';
import type { Exclusion, ExclusionMessage } from '../window/exclusions.ts';
import { Processor } from './processor.ts';

const START = Date.parse('2024-02-01T00:00:00+07:00');
const registry = loadRegistry([defaultRegistryFolder()]);
const definitions = definitionsOfTest();
const SUBSYSTEM_OF = {
  measurement: 'environment',
  case: 'citizen-reports',
  post: 'social-media',
  alert: 'information-security',
} as const satisfies Record<Event['kind'], Subsystem>;
const openedAt = Date.now();
/** A fortnight after the start, and running: there are states of two weeks, not of years. */
const clock = { now: () => processingTime(START + 14 * DAY_MS + Date.now() - openedAt) };

let stage: PipelineStage;

beforeAll(async () => {
  stage = await PipelineStage.start(SUBSYSTEM_OF);
}, 60_000);

afterAll(async () => {
  await stage.stop();
});

/** The product's stations, and groups of every kind. */
function definitionsOfTest(): Definitions {
  const { stations } = loadDefinitions(registry);
  const groups = loadDefinitions(registry, packageFile('fixtures/packs')).groups.filter(({ plan }) => {
    return plan.family.state === null;
  });
  return { stations, groups, derived: [], all: [...stations, ...groups], identities: [] };
}

const random = seededRandom(5);
const below = (bound: number): number => Math.floor(random() * bound);
const pick = <Item>(items: readonly Item[]): Item => items[below(items.length)]!;
const AREAS = ['vung-tau', 'ba-ria', 'con-dao'];

/** A reading every 20 minutes of three days; the values of a station follow from its time. */
function readings(entity: string, feed = 'test-feed'): Event[] {
  return Array.from({ length: 3 * 72 }, (_, index) => {
    const eventTime = START + index * 20 * MINUTE_MS;
    return reading({ entity, feed, eventTime, value: 20 + (index % 50) / 2, area: AREAS[index % 3]! });
  });
}

function cases(count: number): Event[] {
  return Array.from({ length: count }, (_, index) => {
    const opened = START + below(3 * 24 * 60) * MINUTE_MS;
    return Array.from({ length: 1 + below(4) }, (_, version) => {
      const eventTime = opened + version * (1 + below(20)) * HOUR_MS;
      return caseOf({
        ...{ caseId: `case-${String(index)}`, eventTime, openedAt: opened, dueAt: opened + DAY_MS, version },
        ...{ status: pick(['accepted', 'in-progress', 'completed']), area: pick(AREAS) },
        agency: pick(['so-xay-dung', 'so-tai-nguyen-moi-truong', '']),
        respondedAt: version > 0 ? opened + below(900) * MINUTE_MS : null,
        completedAt: version > 1 ? eventTime : null,
      });
    });
  }).flat();
}

function posts(count: number): Event[] {
  return Array.from({ length: count }, (_, index) => {
    const eventTime = START + below(3 * 24 * 60) * MINUTE_MS;
    return Array.from({ length: 1 + below(3) }, (_, version) =>
      postOf({
        ...{ postId: `post-${String(index)}`, eventTime: eventTime + version * HOUR_MS, version },
        action: version === 2 ? 'delete' : version === 1 ? 'edit' : 'create',
        topics: JSON.stringify([pick(['ngập', 'y tế'])]),
        sentiment: below(21) / 10 - 1,
      }),
    );
  }).flat();
}

const alerts = (count: number): Event[] =>
  Array.from({ length: count }, (_, index) =>
    alertOf({
      ...{ eventTime: START + below(3 * 24 * 60) * MINUTE_MS, category: pick(['malware', 'intrusion']) },
      ...{ severity: 1 + below(5), source: `10.0.0.${String(below(9))}`, signature: `rule ${String(index)}` },
    }),
  );

const append = (events: readonly Event[], batchRows = 20): Promise<void> => stage.append(events, batchRows);

async function say(message: ExclusionMessage): Promise<void> {
  const bytes = new TextEncoder().encode(JSON.stringify(message));
  for (const subsystem of Object.values(SUBSYSTEM_OF)) await stage.put(subsystem, 'control', bytes);
}

/** Excludes hours of the test's feed since the start. */
async function exclude(
  id: string,
  hours: readonly [number, number],
  of: Partial<Exclusion> = {},
): Promise<void> {
  const [from, to] = hours.map((hour) => START + hour * HOUR_MS) as [number, number];
  const span = { feed: 'test-feed', entity: '', property: '', from, to, reason: `why ${id}`, ...of };
  await say({ type: 'exclusion', id, ...span, author: 'boss', at: clock.now() });
}

const include = (id: string): Promise<void> =>
  say({ type: 'inclusion', id, feed: 'test-feed', author: 'boss', at: clock.now() });

function newProcessor(connection: LogConnection): Processor {
  return new Processor({
    ...{ log: connection, store: stage.clickhouse, registry, definitions, clock, timers: systemTimers },
    migration: { durability: 'relaxed', cluster: undefined },
    logger: pino({ level: 'error' }),
  });
}

const running = (during: () => Promise<void>): Promise<void> => living(newProcessor(stage.log), during);

/** The processor dies without a word as soon as its exclusion stands in the store: no checkpoint knows of it. */
async function crashing(id: string, during: () => Promise<void>): Promise<void> {
  const connection = await connectLog(stage.nats.url, `dies-${id}`);
  const processor = newProcessor(connection);
  const crashed = processor.run().then(
    () => 'stopped',
    () => 'crashed',
  );
  while (!processor.live) await pause(50);
  await during();
  const sql = `SELECT count() AS n FROM raw_exclusions WHERE id = '${id}' AND subsystem = 'environment'`;
  while (Number((await stage.rows<{ n: number }>(sql))[0]?.n) === 0) await pause(20);
  await connection.close();
  processor.stop();
  assert.equal(await crashed, 'crashed');
}

/** Every value equals its SQL at the stored position; what differs at rest differs. */
async function verified(): Promise<void> {
  const span = { from: undefined, to: undefined, entity: undefined };
  const ask = () => verifyKpis(stage.clickhouse.client, { kpis: definitions.all, ...span, examplesMax: 3 });
  let results = await ask();
  for (let round = 0; round < 40 && results.some((one) => faultsOf(one) > 0); round++) {
    await pause(500);
    results = await ask();
  }
  const faulty = results.filter((one) => faultsOf(one) > 0);
  assert.deepEqual(faulty, [], JSON.stringify(faulty, null, 1));
}

/** Values of a definition that are over, by key. */
async function valuesOf(kpi: string): Promise<string[]> {
  const found = await stage.rows<
    Record<string, unknown>
  >(`SELECT area, entity, toString(dims) AS dims, window_start, value, samples
FROM kpi_values WHERE kpi = '${kpi}' AND status != 'provisional'`);
  return found.map((row) => JSON.stringify(Object.values(row))).sort();
}

/** The statement that analysts are given, over the public views, gives what is published. */
async function publicSqlAgrees(): Promise<void> {
  for (const kpi of definitions.all) {
    if (isGroup(kpi) && kpi.plan.family.state !== null) continue;
    const sql = kpi.recomputeSql({ events: eventsViewOf(kpi) });
    const group = isGroup(kpi) ? `area, entity, toString(dims) AS dims` : `'' AS area, entity, '{}' AS dims`;
    const told = await stage.rows<Record<string, unknown>>(
      `SELECT ${group}, window_start, value, samples FROM (${sql})`,
    );
    const known = new Set(
      told.map((row) => JSON.stringify({ ...row, area: isGroup(kpi) ? row['area'] : '' })),
    );
    const place = isGroup(kpi) ? 'area' : `'' AS area`;
    const published = await stage.rows<
      Record<string, unknown>
    >(`SELECT ${place}, entity, toString(dims) AS dims, window_start,
  value, samples FROM kpi_values WHERE kpi = '${kpi.id}' AND status != 'provisional'`);
    for (const row of published)
      assert.ok(known.has(JSON.stringify(row)), `${kpi.id}: ${JSON.stringify(row)}`);
  }
}

const everything = (): Event[] => [
  ...readings('tram-a'),
  ...readings('tram-b'),
  ...cases(60),
  ...posts(60),
  ...alerts(150),
];

//  half the rows ── exclude ── the rest, late rows into the span ── undo ── exclude ▒ crash ── restart ── undo
test('excluded spans leave every value and come back, late rows and crashes between, equal to their SQL at each step', async () => {
  const bySubsystem = everything();
  const half = (part: 0 | 1): Event[] =>
    (['measurement', 'case', 'post', 'alert'] as const).flatMap((kind) => {
      const mine = shuffled(
        bySubsystem.filter((event) => event.kind === kind),
        seededRandom(3),
      );
      return part === 0 ? mine.slice(0, mine.length / 2) : mine.slice(Math.floor(mine.length / 2));
    });
  await running(async () => {
    await append(half(0));
    await exclude('station', [10, 20], { entity: 'tram-a', property: 'pm25' });
    await exclude('all', [30, 40]);
    await append(half(1));
    await stage.settled(900);
    await verified();
    await publicSqlAgrees();
    const [counts] = await stage.rows(`SELECT countIf(excluded) AS excluded, countIf(quality = 'good') AS good
FROM measurement_versions`);
    assert.deepEqual(counts, { excluded: 30 + 60, good: 2 * 216 });
    const [counted] = await stage.rows(
      "SELECT countIf(quality = 'good') AS good, count() AS all FROM measurements",
    );
    assert.deepEqual(counted, { good: 2 * 216 - 90, all: 2 * 216 });
    const [alertsLeft] = await stage.rows<{ n: number }>(
      'SELECT (SELECT count() FROM alerts) + countIf(excluded) AS n FROM alert_versions',
    );
    assert.deepEqual(alertsLeft, { n: 150 });
  });
  const without = await valuesOf('environment.pm25_mean_1h');
  assert.equal(
    without.filter((text) => text.includes('tram-a')).length,
    72 - 20,
    'ten hours of each exclusion',
  );
  await crashing('third', async () => {
    await include('all');
    await exclude('third', [35, 60]);
    await append([reading({ entity: 'tram-a', eventTime: START + 36 * HOUR_MS + 7, value: 500 })]);
  });
  await running(async () => {
    await append([reading({ entity: 'tram-a', eventTime: START + 36 * HOUR_MS + 8, value: 501 })]);
    await stage.settled(900);
    await verified();
    await publicSqlAgrees();
    await include('third');
    await include('station');
    await exclude('station', [0, 72]);
    await stage.settled(900);
    await verified();
    await publicSqlAgrees();
    const [mean] =
      await stage.rows(`SELECT samples, attributes FROM kpi_values WHERE kpi = 'environment.pm25_mean_1h'
  AND entity = 'tram-a' AND window_start = toDateTime64('${new Date(START + 36 * HOUR_MS).toISOString().slice(0, 19).replace('T', ' ')}', 3, 'UTC')`);
    assert.deepEqual(mean, { samples: 5, attributes: {} }, 'an id that was undone stays undone');
  });
  const told = await stage.rows(
    'SELECT id, active, reason, excluded_by, included_by FROM exclusions ORDER BY id',
  );
  assert.deepEqual(told, [
    { id: 'all', active: 0, reason: 'why all', excluded_by: 'boss', included_by: 'boss' },
    { id: 'station', active: 0, reason: 'why station', excluded_by: 'boss', included_by: 'boss' },
    { id: 'third', active: 0, reason: 'why third', excluded_by: 'boss', included_by: 'boss' },
  ]);
}, 240_000);

const SPAN_OF_DAY = [24, 36] as const;

/** Publishes of one station the same rows and the same exclusion, in an order of its own. */
const orders: Readonly<Record<string, (station: string, rows: readonly Event[]) => Promise<void>>> = {
  'tram-rows-first': async (entity, all) => {
    await append(all);
    await exclude(entity, SPAN_OF_DAY, { entity });
  },
  'tram-exclusion-first': async (entity, all) => {
    await exclude(entity, SPAN_OF_DAY, { entity });
    await append(all);
  },
  'tram-shuffled': async (entity, all) => {
    const mixed = shuffled(all, seededRandom(9));
    await append(mixed.slice(0, 70), 7);
    await exclude(entity, SPAN_OF_DAY, { entity });
    await append(mixed.slice(70), 7);
  },
  'tram-undone-between': async (entity, all) => {
    await exclude(`${entity}-early`, [0, 72], { entity });
    await append(all.slice(0, 150));
    await include(`${entity}-early`);
    await exclude(entity, SPAN_OF_DAY, { entity });
    await append(all.slice(150));
  },
};

test('any order of rows and exclusions gives the same values', async () => {
  await running(async () => {
    for (const [station, publish] of Object.entries(orders)) await publish(station, readings(station));
    // The watermark of every station passes its last day.
    await append(
      Object.keys(orders).map((entity) => reading({ entity, eventTime: START + 9 * DAY_MS, value: 1 })),
    );
    await stage.settled(900);
    await verified();
  });
  const values = new Map<string, string[]>();
  for (const row of await stage.rows<
    Record<string, unknown>
  >(`SELECT entity, kpi, window_start, value, numerator, denominator, samples
FROM kpi_values WHERE entity IN (${Object.keys(orders)
    .map((one) => `'${one}'`)
    .join()}) ORDER BY ALL`)) {
    const { entity, ...content } = row;
    values.set(String(entity), [...(values.get(String(entity)) ?? []), JSON.stringify(content)]);
  }
  assert.deepEqual([...values.keys()].sort(), Object.keys(orders).sort());
  const [first = []] = values.values();
  const hours = first.filter((text) => text.includes('pm25_mean_1h'));
  assert.equal(hours.length, 72 - 12 + 1);
  for (const [station, mine] of values) assert.deepEqual(mine, first, station);
}, 120_000);

//   reading 10 ── row v1: 30 replaces it ── v2 withdrawn: nothing counts ── v3: 20 counts ── the reading again, late: 20
test('a versioned row replaces the reading at its place, whichever comes first; withdrawn takes it out until a later version', async () => {
  const eventTime = START + 3 * HOUR_MS;
  const row = (entity: string, version: number, value: number, quality: 'good' | 'withdrawn' = 'good') =>
    reading({ entity, eventTime, version, value, quality, id: `${entity}-v${String(version)}` });
  const meanOf = async (entity: string): Promise<unknown[]> => {
    await stage.settled(900);
    return stage.rows(
      `SELECT value, samples FROM kpi_values WHERE kpi = 'environment.pm25_mean_1h' AND entity = '${entity}'`,
    );
  };
  await running(async () => {
    await append([reading({ entity: 'tram-x', eventTime, value: 10 })]);
    assert.deepEqual(await meanOf('tram-x'), [{ value: 10, samples: 1 }]);
    await append([row('tram-x', 1, 30)]);
    assert.deepEqual(await meanOf('tram-x'), [{ value: 30, samples: 1 }]);
    await append([row('tram-x', 2, 30, 'withdrawn')]);
    assert.deepEqual(await meanOf('tram-x'), []);
    await append([row('tram-x', 3, 20)]);
    assert.deepEqual(await meanOf('tram-x'), [{ value: 20, samples: 1 }]);
    await append([row('tram-y', 1, 30)]);
    assert.deepEqual(await meanOf('tram-y'), [{ value: 30, samples: 1 }]);
  });
  // Restarted: what memory must know of rows is read back.
  await running(async () => {
    await append([reading({ entity: 'tram-y', eventTime, value: 10 })]);
    await append([reading({ entity: 'tram-y', eventTime: eventTime + 1, value: 40 })]);
    assert.deepEqual(await meanOf('tram-y'), [{ value: 35, samples: 2 }]);
    await verified();
    await publicSqlAgrees();
  });
}, 120_000);

test('a case whose openedAt changes is quarantined as a conflict; its first version stays, whatever the version says', async () => {
  const caseId = 'moving';
  const at = (hour: number): number => START + hour * HOUR_MS;
  const version = (number: number, opened: number) =>
    caseOf({
      caseId,
      eventTime: at(number),
      openedAt: opened,
      version: number,
      id: `moving-${String(number)}`,
    });
  await running(async () => {
    await append([version(1, at(1)), version(2, at(2)), version(3, at(1))]);
    await stage.settled(900);
    await append([version(4, at(3)), version(5, at(1))]);
    await stage.settled(900);
    await verified();
  });
  const kept = await stage.rows(
    `SELECT version FROM case_versions WHERE case_id = '${caseId}' ORDER BY version`,
  );
  assert.deepEqual(kept, [{ version: 1 }, { version: 3 }, { version: 5 }]);
  const aside = await stage.rows(`SELECT code, detail LIKE 'openedAt of case moving %' AS told, count() AS n
FROM quarantine GROUP BY ALL`);
  assert.deepEqual(aside, [{ code: 'CONFLICT', told: 1, n: 2 }]);
}, 90_000);
