import { strict as assert } from 'node:assert';
import { pino } from 'pino';
import { afterAll, beforeAll, test } from 'vitest';

import { living, pause, PipelineStage } from '../../fixtures/servers/pipeline-stage.ts';
import { seededRandom, shuffled } from '../../fixtures/streams/disorder.ts';
import { reading } from '../../fixtures/streams/measurement.ts';
import { faultsOf, verifyKpis } from '../../scripts/verify/verify-kpis.ts';
import { loadDefinitions } from '../kpi/definitions/load-definitions.ts';
import { defaultRegistryFolder, loadRegistry } from '../kpi/registry/load-registry.ts';
import { connectLog, type LogConnection } from '../log/jetstream/connect-log.ts';
import type { MeasurementEvent } from '../model/event.ts';
import { HOUR_MS } from '../model/time.ts';
import { systemClock, systemTimers } from '../time/clock.ts';
import { Processor } from './processor.ts';

const START = Date.parse('2024-03-01T00:00:00+07:00');
const TWENTY_MINUTES_MS = 20 * 60_000;

let stage: PipelineStage;

beforeAll(async () => {
  stage = await PipelineStage.start({ measurement: 'environment' });
}, 60_000);

afterAll(async () => {
  await stage.stop();
});

/** One reading every 20 minutes for `hours` hours; ids are the hash of what they say. */
function readings(entity: string, hours: number): MeasurementEvent[] {
  return Array.from({ length: hours * 3 }, (_, index) => {
    const eventTime = START + index * TWENTY_MINUTES_MS;
    return reading({ entity, eventTime, value: 20 + 15 * Math.sin(index / 7) + (index % 5) / 10 });
  });
}

const append = (events: readonly MeasurementEvent[], batchRows = 50): Promise<void> =>
  stage.append(events, batchRows);

function newProcessor(connection: LogConnection): Processor {
  return new Processor({
    log: connection,
    store: stage.clickhouse,
    migration: { durability: 'relaxed', cluster: undefined },
    registry: loadRegistry([defaultRegistryFolder()]),
    definitions: loadDefinitions(loadRegistry([defaultRegistryFolder()])),
    clock: systemClock,
    timers: systemTimers,
    logger: pino({ level: 'error' }),
  });
}

/** Runs a processor of its own while `during` runs, then stops it cleanly. */
const running = (during: (processor: Processor) => Promise<void>): Promise<void> =>
  living(newProcessor(stage.log), during);

/** Waits until everything in the log is processed, repaired and saved. */
async function settled(processor: Processor): Promise<void> {
  for (let round = 0; round < 400; round++) {
    const shard = processor.shards.find((one) => one.report().subsystem === 'environment')?.report();
    if (shard !== undefined && shard.unchecked + shard.dirtyEntities === 0) {
      if (await stage.isStored()) return;
    }
    await pause(100);
  }
  assert.fail('the pipeline did not settle');
}

/** Compares every value with its SQL. @returns how many windows were compared; a difference fails the test. */
async function verified(): Promise<number> {
  const all = { from: undefined, to: undefined, entity: undefined };
  const results = await verifyKpis(stage.clickhouse.client, {
    kpis: loadDefinitions(loadRegistry([defaultRegistryFolder()])).all,
    ...all,
    examplesMax: 3,
  });
  const faulty = results.filter((one) => faultsOf(one) > 0);
  assert.deepEqual(faulty, [], JSON.stringify(faulty, null, 1));
  return results.reduce((sum, one) => sum + one.windows.matched, 0);
}

test('shuffled, doubled and restarted input gives the values that SQL gives', async () => {
  const events = [...readings('tram-a', 60), ...readings('tram-b', 60)];
  const sent = shuffled([...events, ...events.slice(0, 90)], seededRandom(7));
  await running(async () => {
    await append(sent.slice(0, 200));
    await pause(700);
  });
  await running(async (processor) => {
    await append(sent.slice(200));
    await settled(processor);
    const [stored] = await stage.rows<{ n: string }>(
      "SELECT count() AS n FROM measurements WHERE entity LIKE 'tram-%'",
    );
    assert.equal(Number(stored?.n), events.length);
    const matched = await verified();
    assert.ok(matched > 400, `${matched} windows were compared`);
  });
}, 120_000);

test('the same id with other content is quarantined, sealed or hot, and changes no value', async () => {
  const first = reading({ entity: 'tram-c', eventTime: START, value: 30, id: 'one' });
  const live = reading({ entity: 'tram-c', eventTime: START + 20 * HOUR_MS, value: 10, id: 'two' });
  await running(async (processor) => {
    await append([first, live], 1);
    await append(
      [reading({ ...first, contentHash: 1, value: 99 }), reading({ ...live, contentHash: 2, value: 98 })],
      1,
    );
    // A hot event that repeats an id of a sealed one.
    await append([reading({ entity: 'tram-c', eventTime: START + 20 * HOUR_MS + 5, value: 97, id: 'one' })]);
    await settled(processor);
    const kept = await stage.rows("SELECT value FROM measurements WHERE entity = 'tram-c' ORDER BY value");
    assert.deepEqual(kept, [{ value: 10 }, { value: 30 }]);
    await verified();
  });
  const set = await stage.rows(
    "SELECT code, count() AS n FROM quarantine WHERE feed = 'test-feed' GROUP BY code",
  );
  assert.deepEqual(set, [{ code: 'CONFLICT', n: 3 }]);
}, 60_000);

test('of a versioned measurement the newest version counts, whatever the order', async () => {
  const eventTime = START + 3 * HOUR_MS;
  const version = (number: number, value: number): MeasurementEvent =>
    reading({ entity: 'tram-d', eventTime, value, version: number, id: `v${number}` });
  await running(async (processor) => {
    await append([reading({ entity: 'tram-d', eventTime: eventTime + 1, value: 10 }), version(2, 30)]);
    await append([version(1, 500)]);
    await settled(processor);
    const [hour] = await stage.rows(
      "SELECT value FROM kpi_values WHERE entity = 'tram-d' AND kpi LIKE '%mean%'",
    );
    assert.deepEqual(hour, { value: 20 });
    await append([{ ...version(3, 0), quality: 'withdrawn' }]);
    await settled(processor);
    const [then] = await stage.rows(
      "SELECT value FROM kpi_values WHERE entity = 'tram-d' AND kpi LIKE '%mean%'",
    );
    assert.deepEqual(then, { value: 10 });
    await verified();
  });
}, 60_000);

//   checkpoint ── sealed rows stored, repaired ── crash: no checkpoint ── the same rows are read again
test('rows that were stored but not yet covered by a checkpoint count once after a crash', async () => {
  await running(async (processor) => {
    await append(readings('tram-e', 48));
    await settled(processor);
  });
  const late = Array.from({ length: 40 }, (_, index) =>
    reading({ entity: 'tram-e', eventTime: START + index * TWENTY_MINUTES_MS + 7, value: 80 + index }),
  );
  const connection = await connectLog(stage.nats.url, 'crashes');
  const crashing = newProcessor(connection);
  const crashed = crashing.run().then(
    () => 'stopped',
    () => 'crashed',
  );
  while (!crashing.live) await pause(50);
  await append(late, 7);
  for (let stored = 0; stored < late.length;) {
    const found = await stage.rows<{ n: number }>(`SELECT count() AS n FROM raw_measurements WHERE value >= 80
      AND entity = 'tram-e'`);
    stored = Number(found[0]?.n);
  }
  await connection.close();
  crashing.stop();
  assert.equal(await crashed, 'crashed');
  await running(async (processor) => {
    await append([reading({ entity: 'tram-e', eventTime: START + 60 * HOUR_MS, value: 20 })]);
    await settled(processor);
    const counted = await stage.rows(
      "SELECT sum(samples) AS n FROM kpi_values WHERE entity = 'tram-e' AND kpi LIKE '%mean%'",
    );
    assert.deepEqual(counted, [{ n: 48 * 3 + late.length + 1 }]);
    await verified();
  });
}, 90_000);
