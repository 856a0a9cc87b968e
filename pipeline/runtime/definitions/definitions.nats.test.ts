import { strict as assert } from 'node:assert';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, test } from 'vitest';

import { pause, PipelineStage } from '../../../fixtures/servers/pipeline-stage.ts';
import { reading } from '../../../fixtures/streams/measurement.ts';
import { faultsOf, verifyKpis } from '../../../scripts/verify/verify-kpis.ts';
import { loadDefinitions } from '../../kpi/definitions/load-definitions.ts';
import { defaultRegistryFolder, loadRegistry } from '../../kpi/registry/load-registry.ts';
import { connectLog, type LogConnection } from '../../log/jetstream/connect-log.ts';
import { BatchBuilder } from '../../model/batch/batch-builder.ts';
import { HOUR_MS, MINUTE_MS } from '../../model/time.ts';
import { systemClock, systemTimers } from '../../time/clock.ts';
import { Processor } from '../processor.ts';
import { installedPacks } from './applied-packs.ts';
import { DefinitionKeeper } from './definition-keeper.ts';
import { VersionNeededError } from './definition-errors.ts';

const START = Date.parse('2024-03-01T00:00:00+07:00');
const HOURS = 24 * 40;
const registry = loadRegistry([defaultRegistryFolder()]);
/** Few definitions: the packs of the product are tried elsewhere. */
const base = { layers: [], dropped: [] };

let stage: PipelineStage;
let home = '';

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'haidang-definitions-'));
  stage = await PipelineStage.start({ measurement: 'environment' });
}, 60_000);

afterAll(async () => {
  await stage.stop();
  rmSync(home, { recursive: true, force: true });
});

const mean = (id: string, version: number, value: string): string => `
- id: environment.${id}
  version: ${version}
  title: { vi: Trung bình, en: Mean }
  unit: ug/m3
  from: measurement
  by: [entity]
  window: { tumbling: 1h, lateness: 6h }
  measures: { mean: { mean: pm25 }, readings: { count: pm25 } }
  value: ${value}
  samples: readings
  fresh: { max: 30m }
  visibility: public
  source: a test
`;

const daily = (version: number, measure: string): string => `
- id: environment.tried_day
  version: ${version}
  title: { vi: Ngày, en: Day }
  unit: '1'
  from: measurement
  where: { property: pm25 }
  by: [area]
  at: eventTime
  window: { calendar: day, lateness: 6h }
  measures: { n: { ${measure} } }
  value: n
  fresh: { max: 30m }
  visibility: public
  source: a test
`;

/** One reading every ten minutes of each of three stations, from one hour up to another. */
async function send(from: number, to: number): Promise<void> {
  for (let hour = from; hour < to; hour += 12) {
    const builder = new BatchBuilder('measurement');
    for (let minute = 0; minute < Math.min(12, to - hour) * 60; minute += 10) {
      for (const station of ['a', 'b', 'c']) {
        const eventTime = START + hour * HOUR_MS + minute * MINUTE_MS;
        const value = 20 + ((hour * 7 + minute + station.charCodeAt(0)) % 50) / 10;
        builder.add(reading({ entity: `tram-${station}`, area: 'vung-tau', eventTime, value }));
      }
    }
    await stage.put('environment', 'measurement', builder.finish());
  }
}

interface Life {
  readonly processor: Processor;
  readonly keeper: DefinitionKeeper;
  readonly ended: Promise<unknown>;
}

/** A life of the pipeline, with the definitions that the state folder says. */
async function start(connection: LogConnection): Promise<Life> {
  const definitions = loadDefinitions(registry, installedHere());
  const processor = new Processor({
    ...{ log: connection, store: stage.clickhouse, registry, definitions },
    migration: { durability: 'relaxed', cluster: undefined },
    ...{ clock: systemClock, timers: systemTimers, logger: pino({ level: 'error' }) },
  });
  const ended = processor.run().then(
    () => 'stopped',
    () => 'crashed',
  );
  while (!processor.live) await pause(50);
  const keeper = new DefinitionKeeper({ home, registry, runner: processor, product: base });
  return { processor, keeper, ended };
}

function installedHere(): Parameters<typeof loadDefinitions>[1] {
  return installedPacks(home, base);
}

async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (let round = 0; round < 600; round++) {
    if (await isSo()) return;
    await pause(100);
  }
  assert.fail(`never: ${what}`);
}

async function stop({ processor, ended }: Life): Promise<void> {
  processor.stop();
  assert.equal(await ended, 'stopped');
}

const isDone = (life: Life): boolean => life.processor.reports().every(({ backfill }) => backfill === null);

async function count(where: string): Promise<number> {
  const [row] = await stage.rows<{ n: string }>(`SELECT count() AS n FROM kpi_values WHERE ${where}`);
  return Number(row?.n);
}

/** Everything that runs agrees with its SQL, once what was sent is stored. @returns windows compared, by KPI */
async function verified(life: Life): Promise<Readonly<Record<string, number>>> {
  await until('stored', async () => {
    const shard = life.processor.shards.find(({ subsystem }) => subsystem === 'environment')?.report();
    return shard?.unchecked === 0 && shard.dirtyEntities === 0 && (await stage.isStored());
  });
  const results = await verifyKpis(stage.clickhouse.client, {
    kpis: life.processor.definitions.all,
    ...{ from: undefined, to: undefined, entity: undefined, examplesMax: 3 },
  });
  const faulty = results.filter((one) => faultsOf(one) > 0);
  assert.deepEqual(faulty, [], JSON.stringify(faulty, null, 1));
  return Object.fromEntries(results.map(({ kpi, windows }) => [kpi, windows.matched]));
}

const pack = (text: string) => ({ packs: [{ name: 'tried.yaml', text }], drop: [] });
const kinds = (changes: readonly { readonly id: string; readonly kind: string }[]): readonly string[] =>
  changes.map(({ id, kind }) => `${id} ${kind}`).sort();

//   events    ──────────────────────────────────────────────────────────────▶ (they never stop)
//   applied        new ──┐            v2 ──┐         drop ──┐     again ──┐
//   history              └─ backfill ─ ✕ crash ─ goes on    └ stays       └─ backfill
test('definitions come, change, go and come back while events flow, and agree with their SQL each time', async () => {
  let life = await start(stage.log);
  await life.keeper.apply(pack(mean('kept_mean', 1, 'mean')));
  await send(0, HOURS - 240);
  assert.ok(((await verified(life))['environment.kept_mean'] ?? 0) > 2_000);
  const published = await stage.rows(
    "SELECT max(revision) AS r, count() AS n FROM raw_kpi_values WHERE kpi LIKE '%kept%'",
  );

  const added = await life.keeper.apply(pack(mean('tried_mean', 1, 'mean') + daily(1, 'count: {}')));
  assert.deepEqual(kinds(added), [
    'environment.kept_mean unchanged',
    'environment.tried_day new',
    'environment.tried_mean new',
  ]);
  assert.deepEqual(
    await stage.rows("SELECT max(revision) AS r, count() AS n FROM raw_kpi_values WHERE kpi LIKE '%kept%'"),
    published,
    'a definition that stays the same is published again',
  );
  await send(HOURS - 240, HOURS - 200);
  await until('backfilled', () => isDone(life));
  const first = await verified(life);
  assert.ok((first['environment.tried_mean'] ?? 0) > 2_000, JSON.stringify(first));
  assert.ok((first['environment.tried_day'] ?? 0) > 25, JSON.stringify(first));

  // The same version with another value is refused, and nothing is changed.
  const silent = pack(mean('tried_mean', 1, 'mean * 2'));
  await assert.rejects(life.keeper.apply(silent), VersionNeededError);
  assert.deepEqual(kinds(await life.keeper.compare(silent)).at(-1), 'environment.tried_mean refused');

  // A new version: a crash in the middle of its history, by taking its connection away.
  await stop(life);
  const connection = await connectLog(stage.nats.url, 'crashes');
  life = await start(connection);
  await life.keeper.apply(pack(mean('tried_mean', 2, 'mean * 2') + daily(2, 'sum: value')));
  await until(
    'some of it is there',
    async () => (await count("kpi = 'environment.tried_mean' AND version = 2")) > 0,
  );
  await connection.close();
  assert.equal(await Promise.race([life.ended, pause(20_000)]), 'crashed');
  life.processor.stop();
  life = await start(stage.log);
  await send(HOURS - 200, HOURS - 100);
  await until('the rest is computed', () => isDone(life));
  const second = await verified(life);
  assert.ok((second['environment.tried_mean'] ?? 0) > (first['environment.tried_mean'] ?? 0));
  assert.ok((await count("kpi = 'environment.tried_mean' AND version = 1")) > 2_000, 'the old version stays');
  assert.deepEqual(
    await stage.rows("SELECT DISTINCT version FROM kpi_latest WHERE kpi = 'environment.tried_mean'"),
    [{ version: 2 }],
  );

  // Dropped: no more values, its history stays. Applied again: it is told again of what it missed.
  await life.keeper.apply({ packs: [], drop: ['environment.tried_mean'] });
  await send(HOURS - 100, HOURS);
  await verified(life);
  const stood = await count("kpi = 'environment.tried_mean' AND version = 2");
  assert.deepEqual(await stage.rows("SELECT id FROM kpis WHERE id = 'environment.tried_mean'"), []);
  assert.deepEqual(await stage.rows("SELECT value FROM kpi_latest WHERE kpi = 'environment.tried_mean'"), []);
  assert.deepEqual(
    (await life.keeper.list())
      .filter(({ state }) => state === 'dropped')
      .map(({ id, version }) => [id, version]),
    [['environment.tried_mean', 2]],
  );
  await life.keeper.apply(pack(mean('tried_mean', 2, 'mean * 2')));
  await until('told again', () => isDone(life));
  const third = await verified(life);
  assert.ok((await count("kpi = 'environment.tried_mean' AND version = 2")) > stood);
  assert.ok((third['environment.tried_mean'] ?? 0) > stood - 10);
  await stop(life);
}, 240_000);

test('a backfill on demand puts back what was lost of the stored values', async () => {
  const life = await start(stage.log);
  const where = "kpi = 'environment.kept_mean' AND window_start < '2024-03-10 00:00:00'";
  const before = await count(where);
  assert.ok(before > 500);
  await stage.clickhouse.client.command({
    query: `ALTER TABLE raw_kpi_values DELETE WHERE ${where} SETTINGS mutations_sync = 2`,
  });
  assert.equal(await count(where), 0);
  life.keeper.backfill('environment.kept_mean', { from: -Infinity, to: Date.parse('2024-03-10T00:00:00Z') });
  await until('computed', () => isDone(life));
  await until('stored', async () => (await count(where)) === before);
  await verified(life);
  await stop(life);
}, 120_000);
