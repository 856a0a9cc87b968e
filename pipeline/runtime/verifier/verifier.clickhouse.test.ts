import { strict as assert } from 'node:assert';
import { pino } from 'pino';
import { afterAll, beforeAll, test } from 'vitest';

import { startClickhouse, type TestClickhouse } from '../../../fixtures/servers/clickhouse.ts';
import { loadDefinitions } from '../../kpi/definitions/load-definitions.ts';
import { defaultRegistryFolder, loadRegistry } from '../../kpi/registry/load-registry.ts';
import { evaluateAll, type Reading } from '../../kpi/sql/recompute-testing.ts';
import { HOUR_MS } from '../../model/time.ts';
import { migrate } from '../../store/migrate.ts';
import { systemClock, systemTimers } from '../../time/clock.ts';
import { Metrics } from '../health/metrics.ts';
import { Doubts } from './doubts.ts';
import { BackgroundVerifier } from './background-verifier.ts';
import { verifierMetrics } from './verifier-metrics.ts';

const START = Date.parse('2026-03-01T00:00:00+07:00');
const POSITION = 40;
const station = { id: 'tram', cadenceSeconds: 1_800 };
const { all, stations } = loadDefinitions(loadRegistry([defaultRegistryFolder()]));
const kpi = stations.find(({ id }) => id === 'environment.pm25_mean_1h')!;
const share = all.find(({ id }) => id === 'platform.verified_share')!;
const readings: Reading[] = Array.from({ length: 96 }, (_, index) => {
  const value = 20 + (index % 7);
  return { entity: station.id, property: 'pm25', time: START + index * 1_800_000, value, quality: 'good' };
});

let engine: TestClickhouse;
beforeAll(async () => {
  engine = await startClickhouse();
  await migrate(engine.client, { durability: 'relaxed', cluster: undefined });
  await insert(
    'raw_measurements',
    readings.map(({ entity, property, time: at, value, quality }, log_row) => ({
      ...{ subsystem: 'environment', entity, property, value, quality, feed: 'f', event_time: time(at) },
      ...{ event_id: String(at), log_position: POSITION, log_row },
    })),
  );
  await insert('raw_entities', [{ id: station.id, cadence_seconds: station.cadenceSeconds, generation: 1 }]);
  await insert('raw_kpis', [{ id: 'generation', version: 1, generation: 1 }]);
  await insert('raw_positions', [{ subsystem: 'environment', position: POSITION }]);
  await insert(
    'raw_kpi_values',
    evaluateAll(kpi, [station], readings).map(
      ({ entity, start, end, value, numerator, denominator, samples }) =>
        row({ entity, start, end, value, numerator, denominator, samples, revision: POSITION - 1 }),
    ),
  );
}, 60_000);
afterAll(async () => {
  await engine.stop();
});

const time = (ms: number): string => new Date(ms).toISOString().replace('T', ' ').replace('Z', '');

function row({
  entity,
  start,
  end,
  ...content
}: Record<string, unknown> & { start: number; end: number; entity: string }) {
  return {
    ...{ kpi: kpi.id, version: kpi.version, entity, place: `e:${entity}`, dims: '{}', attributes: '{}' },
    ...{ window_start: time(start), window_end: time(end), status: 'final', grade: 'A', state: 'none' },
    ...{ watermark: time(START + 100 * HOUR_MS), ...content },
  };
}

async function insert(table: string, values: readonly object[]): Promise<void> {
  await engine.client.insert({ table, format: 'JSONEachRow', values });
}

async function rows<Row>(query: string): Promise<Row[]> {
  return (await engine.client.query({ query, format: 'JSONEachRow' })).json<Row>();
}

function verifier(doubts: Doubts, metrics = new Metrics()): BackgroundVerifier {
  const ports = {
    read: engine.client,
    write: engine.client,
    doubts,
    clock: systemClock,
    timers: systemTimers,
  };
  const logger = pino({ level: 'silent' });
  // No waiting for a repair that nobody makes.
  const timers = { ...systemTimers, after: (_: number, run: () => void) => systemTimers.after(1, run) };
  return new BackgroundVerifier({ ...ports, timers, logger, metrics: verifierMetrics(metrics) }, () => [kpi]);
}

test('windows that equal their SQL are counted, and the share of them is a KPI of the platform', async () => {
  const metrics = new Metrics();
  const doubts = new Doubts();
  const own = verifier(doubts, metrics);
  for (let turn = 0; turn < 3; turn++) await own.turn();
  const [found] = await rows<{ matched: string; faults: string }>(
    'SELECT sum(matched) AS matched, sum(different + missing + surplus) AS faults FROM verifications',
  );
  assert.ok(Number(found?.matched) >= 24, JSON.stringify(found));
  assert.equal(Number(found?.faults), 0);
  assert.match(metrics.render(), /haidang_verified_windows_total\{verdict="matched"\} \d+/);
  const shares = await rows<{ value: number }>(share.recomputeSql({ events: '' }));
  assert.ok(shares.length > 0 && shares.every(({ value }) => value === 100), JSON.stringify(shares));
  assert.deepEqual(doubts.doubted, []);
});

test('a difference puts the definition in doubt and its values to grade D, until it agrees again', async () => {
  const start = START + 47 * HOUR_MS;
  const [before] = await rows<Record<string, number>>(
    `SELECT value, numerator, denominator, samples FROM kpi_values WHERE window_start = '${time(start)}'`,
  );
  assert.ok(before !== undefined);
  const window = { entity: station.id, start, end: start + HOUR_MS };
  await insert('raw_kpi_values', [row({ ...window, ...before, value: 99, revision: POSITION })]);
  const doubts = new Doubts();
  const own = verifier(doubts);
  await own.turn();
  assert.deepEqual(doubts.doubted, [kpi.id]);
  const [told] = await rows<{ examples: string }>(
    `SELECT examples FROM verifications WHERE different > 0 ORDER BY compared_at DESC LIMIT 1`,
  );
  assert.match(told?.examples ?? '', /"verdict":"different","key":"tram".*"stored":"99 /);
  const grades = () => rows(`SELECT DISTINCT toString(grade) AS grade FROM kpi_values`);
  assert.deepEqual(await grades(), [{ grade: 'D' }]);

  // A restart remembers which span to look at again.
  const later = verifier(new Doubts());
  const stop = new AbortController();
  const running = later.run(stop.signal);
  stop.abort();
  await running;
  await insert('raw_kpi_values', [row({ ...window, ...before, revision: POSITION })]);
  await engine.client.command({ query: 'OPTIMIZE TABLE raw_kpi_values FINAL' });
  for (let turn = 0; turn < 4; turn++) await own.turn();
  assert.deepEqual(doubts.doubted, []);
  assert.deepEqual(await grades(), [{ grade: 'A' }]);
});
