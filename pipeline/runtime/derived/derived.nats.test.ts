import { strict as assert } from 'node:assert';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, test } from 'vitest';

import { living, pause, PipelineStage } from '../../../fixtures/servers/pipeline-stage.ts';
import { seededRandom, shuffled } from '../../../fixtures/streams/disorder.ts';
import { reading } from '../../../fixtures/streams/measurement.ts';
import { faultsOf, verifyKpis } from '../../../scripts/verify/verify-kpis.ts';
import { loadDefinitions, type Definitions } from '../../kpi/definitions/load-definitions.ts';
import { defaultRegistryFolder, loadRegistry } from '../../kpi/registry/load-registry.ts';
import { connectLog, type LogConnection } from '../../log/jetstream/connect-log.ts';
import type { MeasurementEvent } from '../../model/event.ts';
import type { KpiValue } from '../../model/kpi-value.ts';
import { systemClock, systemTimers } from '../../time/clock.ts';
import { Processor } from '../processor.ts';

const START = Date.parse('2024-03-01T00:00:00+07:00');
const DAY_MS = 86_400_000;
const AREAS = ['vung-tau', 'ba-ria', 'con-dao'];

function entry(id: string, rest: string): string {
  return `  - id: ${id}
    version: 1
    title: { vi: Thử, en: Test }
    unit: '1'
    by: [area]
    fresh: { max: 1d }
    visibility: public
    source: test
${rest}
`;
}
const counted = (name: string): string =>
  entry(
    `tourism.${name}`,
    `    from: measurement
    window: { calendar: day, lateness: 6h }
    measures: { n: { sum: ${name} } }
    value: n`,
  );
const PACK = `kpis:
${['guests', 'locals', 'foreigners'].map(counted).join('')}${entry(
  'tourism.foreign_share',
  `    from: kpi
    window: { calendar: day }
    inputs: { part: { kpi: tourism.foreigners }, all: { kpi: tourism.guests } }
    value: 100 * part / all`,
)}${entry(
  'tourism.month',
  `    from: kpi
    window: { calendar: month }
    inputs: { all: { kpi: tourism.guests, over: sum }, share: { kpi: tourism.foreign_share, over: max } }
    value: all * share`,
)}${entry(
  'tourism.week_ago',
  `    from: kpi
    window: { calendar: day }
    inputs: { now: { kpi: tourism.guests }, past: { kpi: tourism.guests, offsets: [1w, 2w, 3w] } }
    value: zScore(now, past)`,
)}
identities:
  - id: tourism.guests_add_up
    left: tourism.locals + tourism.foreigners
    right: tourism.guests
`;

let stage: PipelineStage;
let definitions: Definitions;
const registry = loadRegistry([defaultRegistryFolder()]);
/** Properties of tests stand in no registry. */
const anyProperty = { ...registry, properties: new Map() };

beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'haidang-derived-'));
  writeFileSync(join(folder, 'tourism.yaml'), PACK);
  definitions = loadDefinitions(anyProperty, folder);
  stage = await PipelineStage.start({ measurement: 'tourism' });
}, 60_000);

afterAll(async () => {
  await stage.stop();
});

/** The guests of one day of one area: what came from the country, from abroad, and both together. */
function day(index: number, area: string): MeasurementEvent[] {
  const eventTime = START + index * DAY_MS + 3_600_000;
  const [locals, foreigners] = [100 + ((index * 37) % 23), 10 + ((index * 11) % 7)];
  const counts = { locals, foreigners, guests: locals + foreigners };
  return Object.entries(counts).map(([property, value]) =>
    reading({ entity: `hotels-${area}`, area, property, eventTime, value, unit: '1' }),
  );
}

const append = (events: readonly MeasurementEvent[], batchRows = 20): Promise<void> =>
  stage.append(events, batchRows);

function newProcessor(connection: LogConnection, of: Definitions = definitions): Processor {
  return new Processor({
    ...{ log: connection, store: stage.clickhouse, migration: { durability: 'relaxed', cluster: undefined } },
    ...{
      registry,
      definitions: of,
      clock: systemClock,
      timers: systemTimers,
      logger: pino({ level: 'error' }),
    },
  });
}

const running = (during: (processor: Processor) => Promise<void>): Promise<void> =>
  living(newProcessor(stage.log), during);

/** Waits until everything in the log is processed, and everything derived from it. */
async function settled(processor: Processor): Promise<void> {
  for (let round = 0; round < 300; round++) {
    const shard = processor.shards.find((one) => one.report().subsystem === 'tourism')?.report();
    if (shard !== undefined && shard.unchecked === 0 && (await stage.isStored())) {
      const { state } = await stage.log.manager.streams.info('KPI');
      const report = processor.derived?.report();
      const isDone = report !== undefined && report.waiting === 0 && report.recomputing === 0;
      if (isDone && report.position >= state.last_seq - 12 && (await isSaved())) return;
    }
    await pause(100);
  }
  assert.fail(`the pipeline did not settle: ${JSON.stringify(processor.derived?.report())}`);
}

/** Whether the stored position of derived values covers all of them, twice a moment apart. */
async function isSaved(): Promise<boolean> {
  const ids = definitions.derived.map(({ id }) => `'${id}'`).join();
  const isCovered = async (): Promise<boolean> => {
    const [found] = await stage.rows<{ covered: number }>(
      `SELECT (SELECT max(position) FROM raw_positions WHERE subsystem = 'derived')
        >= (SELECT max(revision) FROM raw_kpi_values WHERE kpi IN (${ids})) AS covered`,
    );
    return found?.covered === 1;
  };
  if (!(await isCovered())) return false;
  await pause(1_500);
  return isCovered();
}

async function verified(): Promise<number> {
  const all = { from: undefined, to: undefined, entity: undefined, examplesMax: 3 };
  const results = await verifyKpis(stage.clickhouse.client, { ...all, kpis: definitions.all });
  assert.deepEqual(
    results.filter((one) => faultsOf(one) > 0),
    [],
  );
  return results
    .filter(({ kpi }) => definitions.derived.some(({ id }) => id === kpi))
    .reduce((sum, one) => sum + one.windows.matched + one.windows.provisional, 0);
}

/** Every derived value that was ever published, in order. */
async function published(): Promise<KpiValue[]> {
  const abort = new AbortController();
  const values: KpiValue[] = [];
  const { state } = await stage.log.manager.streams.info('KPI');
  for await (const { sequence, message } of stage.log.kpis.read(1, abort.signal)) {
    if (message.subsystem === 'derived') values.push(...message.values);
    if (sequence >= state.last_seq) break;
  }
  abort.abort();
  return values;
}

//   half the rows ── crash ── the other half ── stop ── nothing new ── start again
test('derived values survive a crash: none is lost, none is published twice, all equal their SQL', async () => {
  const events = Array.from({ length: 60 }, (_, index) => AREAS.flatMap((area) => day(index, area))).flat();
  const sent = shuffled(events, seededRandom(11));
  const connection = await connectLog(stage.nats.url, 'crashes');
  const crashing = newProcessor(connection);
  const crashed = crashing.run().then(
    () => 'stopped',
    () => 'crashed',
  );
  while (!crashing.live) await pause(50);
  await append(sent.slice(0, 300));
  while ((crashing.derived?.report().published ?? 0) < 20) await pause(20);
  await connection.close();
  crashing.stop();
  assert.equal(await crashed, 'crashed');
  await running(async (processor) => {
    await append(sent.slice(300));
    await settled(processor);
    // Shares of 60 days, scores from the third week on, two months; of three areas each.
    assert.equal(await verified(), 3 * (60 + 46 + 2));
  });
  const before = await published();
  await running(settled);
  const after = await published();
  assert.deepEqual(after.slice(before.length), [], 'a restart repeats nothing');
  const contents = new Map<string, string>();
  for (const { kpi, area, windowStart, revision, value, samples } of after) {
    const name = `${kpi} ${area} ${windowStart} ${revision}`;
    const content = `${value} ${samples}`;
    assert.equal(contents.get(name) ?? content, content, name);
    contents.set(name, content);
  }
  const [month] = await stage.rows<{ value: number; all: number; share: number }>(
    `SELECT value, (SELECT sum(value) FROM kpi_values WHERE kpi = 'tourism.guests' AND area = 'con-dao'
        AND period LIKE '2024-03-%') AS all,
      (SELECT max(value) FROM kpi_values WHERE kpi = 'tourism.foreign_share' AND area = 'con-dao'
        AND period LIKE '2024-03-%') AS share
     FROM kpi_values WHERE kpi = 'tourism.month' AND area = 'con-dao' AND period = '2024-03'`,
  );
  assert.ok(month !== undefined && month.value === month.all * month.share, JSON.stringify(month));
}, 120_000);

test('a broken identity marks both sides until it holds again; a late row changes what is derived from it', async () => {
  const eventTime = START + 5 * DAY_MS + 7_200_000;
  const late = (property: string, value: number, more: Partial<MeasurementEvent> = {}): MeasurementEvent =>
    reading({ entity: 'hotels-ba-ria', area: 'ba-ria', property, eventTime, value, unit: '1', ...more });
  const marked = (): Promise<{ kpi: string; grade: string; identity: string }[]> =>
    stage.rows(`SELECT kpi, toString(grade) AS grade, attributes['identity'] AS identity FROM kpi_values
      WHERE has(mapKeys(attributes), 'identity') ORDER BY kpi`);
  await running(async (processor) => {
    assert.deepEqual(await marked(), []);
    await append([late('foreigners', 50)]);
    await settled(processor);
    assert.deepEqual(
      await marked(),
      ['tourism.foreigners', 'tourism.guests', 'tourism.locals'].map((kpi) => {
        return { kpi, grade: 'D', identity: 'tourism.guests_add_up' };
      }),
    );
    const [fault] = await stage.rows(
      `SELECT identity, area, left_value - right_value AS difference FROM identity_faults`,
    );
    assert.deepEqual(fault, { identity: 'tourism.guests_add_up', area: 'ba-ria', difference: 50 });
    await verified();
  });
  // The fault is remembered over a restart, and mended by the row that was missing.
  await running(async (processor) => {
    assert.equal(processor.derived?.report().brokenWindows, 3);
    await append([late('guests', 50)]);
    await settled(processor);
    assert.deepEqual(await marked(), []);
    assert.equal(processor.derived?.report().brokenWindows, 0);
    await verified();
  });
}, 90_000);

test('a changed definition is computed anew over everything that is stored', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'haidang-derived-'));
  const changed = PACK.replace('value: 100 * part / all', 'value: 1000 * part / all').replace(
    'id: tourism.foreign_share\n    version: 1',
    'id: tourism.foreign_share\n    version: 2',
  );
  writeFileSync(join(folder, 'tourism.yaml'), changed);
  await running(async (processor) => {
    await processor.adopt(loadDefinitions(anyProperty, folder));
    const versions = async (): Promise<number[][]> => {
      const found = await stage.rows(`SELECT version, count() AS windows FROM kpi_values
        WHERE kpi = 'tourism.foreign_share' GROUP BY version ORDER BY version`);
      return found.map((one) => Object.values(one as object).map(Number));
    };
    const expected = [
      [1, 180],
      [2, 180],
    ];
    // A history takes the time that the machine gives it.
    for (let round = 0; round < 600; round++) {
      await settled(processor);
      if (JSON.stringify(await versions()) === JSON.stringify(expected)) break;
      await pause(100);
    }
    assert.deepEqual(await versions(), expected);
  });
}, 120_000);
