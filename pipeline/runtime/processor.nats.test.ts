import { createHash } from 'node:crypto';
import { strict as assert } from 'node:assert';
import { pino } from 'pino';
import { afterAll, beforeAll, test } from 'vitest';

import { startClickhouse, type TestClickhouse } from '../../fixtures/servers/clickhouse.ts';
import { type NatsFixture, startNats } from '../../fixtures/servers/nats.ts';
import { loadDefinitions } from '../kpi/definitions/load-definitions.ts';
import { defaultRegistryFolder, loadRegistry } from '../kpi/registry/load-registry.ts';
import { connectLog, type LogConnection } from '../log/jetstream/connect-log.ts';
import { BatchBuilder } from '../model/batch/batch-builder.ts';
import type { MeasurementEvent } from '../model/event.ts';
import { systemClock, systemTimers } from '../time/clock.ts';
import { Processor } from './processor.ts';

const HOUR_MS = 3_600_000;
const START = Date.parse('2024-03-01T00:00:00+07:00');

let nats: NatsFixture;
let clickhouse: TestClickhouse;
let log: LogConnection;

beforeAll(async () => {
  [nats, clickhouse] = await Promise.all([startNats(), startClickhouse()]);
  log = await connectLog(nats.url, 'test');
}, 60_000);

afterAll(async () => {
  await log.close();
  await Promise.all([nats.stop(), clickhouse.stop()]);
});

/** One reading every 20 minutes for `hours` hours; ids are the hash of what they say. */
function readings(entity: string, hours: number): MeasurementEvent[] {
  return Array.from({ length: hours * 3 }, (_, index) => {
    const eventTime = START + index * 20 * 60_000;
    return reading({ entity, eventTime, value: 20 + 15 * Math.sin(index / 7) + (index % 5) / 10 });
  });
}

function reading(
  given: Pick<MeasurementEvent, 'entity' | 'eventTime' | 'value'> & Partial<MeasurementEvent>,
): MeasurementEvent {
  const { entity, eventTime, value } = given;
  const content = createHash('sha256').update(`${entity} ${eventTime} ${value}`).digest();
  const id = given.id ?? content.toString('base64url').slice(0, 22);
  const idHash = createHash('sha256').update(`feed ${id}`).digest();
  return {
    kind: 'measurement',
    idHashHigh: idHash.readUInt32LE(0),
    idHashLow: idHash.readUInt32LE(4),
    contentHash: content.readUInt32LE(0),
    idGiven: given.id === undefined ? 0 : 1,
    feed: 'test-feed',
    area: 'vung-tau',
    receivedAt: eventTime + 1_000,
    latitude: null,
    longitude: null,
    extra: '',
    property: 'pm25',
    unit: 'ug/m3',
    quality: 'good',
    version: 0,
    period: '',
    ...given,
    id,
  };
}

async function append(events: readonly MeasurementEvent[], batchRows = 50): Promise<void> {
  for (let at = 0; at < events.length; at += batchRows) {
    const builder = new BatchBuilder('measurement');
    for (const event of events.slice(at, at + batchRows)) builder.add(event);
    const messageId = `${Math.random()}`;
    await log.events.append({
      subsystem: 'environment',
      kind: 'measurement',
      bytes: builder.finish(),
      messageId,
    });
  }
}

function processor(): Processor {
  return new Processor({
    log,
    store: clickhouse,
    migration: { durability: 'relaxed', cluster: undefined },
    registry: loadRegistry([defaultRegistryFolder()]),
    definitions: loadDefinitions(),
    clock: systemClock,
    timers: systemTimers,
    logger: pino({ level: 'warn' }),
  });
}

async function rows<Row>(query: string): Promise<Row[]> {
  const result = await clickhouse.client.query({ query, format: 'JSONEachRow' });
  return result.json<Row>();
}

/** Waits until the pipeline has stored `count` raw rows and has nothing left to repair. */
async function settled(running: Processor, count: number): Promise<void> {
  for (let round = 0; round < 300; round++) {
    const shard = running.shards.find((one) => one.report().subsystem === 'environment')?.report();
    const stored = await rows<{ n: string }>('SELECT count() AS n FROM raw_measurements FINAL').catch(
      () => [],
    );
    const calm = shard !== undefined && shard.unchecked === 0 && shard.dirtyEntities === 0;
    if (calm && Number(stored[0]?.n) === count && shard.savedPosition === shard.position) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  assert.fail(`the pipeline did not settle at ${count} rows`);
}

async function differences(): Promise<unknown[]> {
  const found: unknown[] = [];
  for (const kpi of loadDefinitions()) {
    const sql = kpi.recomputeSql({ events: 'measurements' });
    found.push(
      ...(await rows(
        `SELECT '${kpi.id}' AS kpi, e.entity, e.window_start, e.value AS expected, v.value AS got, v.samples, e.samples AS s
FROM (${sql}) AS e FULL OUTER JOIN (SELECT * FROM kpi_values WHERE kpi = '${kpi.id}' AND status != 'provisional') AS v
ON e.entity = v.entity AND e.window_start = v.window_start
WHERE (e.value != v.value OR e.samples != v.samples OR e.numerator != v.numerator)
  AND NOT (v.samples = 0 AND e.window_end > now64() ) LIMIT 5`,
      )),
    );
  }
  return found;
}

test('shuffled, doubled and restarted input gives the values that SQL gives', async () => {
  const events = [...readings('tram-a', 60), ...readings('tram-b', 60)];
  const shuffled = [...events, ...events.slice(0, 90)]
    .map((event, index) => ({ event, key: createHash('sha256').update(`seed ${index}`).digest('hex') }))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .map(({ event }) => event);
  const first = processor();
  const firstEnd = first.run();
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  await append(shuffled.slice(0, 200));
  await new Promise((resolve) => setTimeout(resolve, 700));
  first.stop();
  await firstEnd;
  const second = processor();
  const secondEnd = second.run();
  await append(shuffled.slice(200));
  await settled(second, events.length);
  console.log(
    await rows(
      'SELECT kpi, status, count(), min(window_start), max(window_start) FROM kpi_values GROUP BY kpi, status ORDER BY kpi',
    ),
  );
  console.log(await rows('SELECT * FROM feeds'), await rows('SELECT count() FROM late_events'));
  assert.deepEqual(await differences(), []);
  second.stop();
  await secondEnd;
}, 120_000);
