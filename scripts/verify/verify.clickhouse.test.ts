import { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import { startClickhouse } from '../../fixtures/servers/clickhouse.ts';
import type { TestClickhouse } from '../../fixtures/servers/clickhouse.ts';
import { loadDefinitions } from '../../pipeline/kpi/definitions/load-definitions.ts';
import { defaultRegistryFolder, loadRegistry } from '../../pipeline/kpi/registry/load-registry.ts';
import { evaluateAll, recomputed } from '../../pipeline/kpi/sql/recompute-testing.ts';
import type { Reading } from '../../pipeline/kpi/sql/recompute-testing.ts';
import { HOUR_MS } from '../../pipeline/model/time.ts';
import { migrate } from '../../pipeline/store/migrate.ts';
import { addVerifyCommand } from './verify-command.ts';
import { faultsOf, verifyKpis } from './verify-kpis.ts';
import { exampleTable, verdictLine, verdictTable } from './verify-report.ts';

const start = Date.parse('2025-12-20T17:00:00Z');
const station = { id: 'vung-tau-1', cadenceSeconds: 1_800 };
const position = 70;
const definitions = loadDefinitions(loadRegistry([defaultRegistryFolder()])).stations;

/** 200 days, so that several spans and two yearly partitions are compared. */
const readings: Reading[] = ['pm25', 'pm10', 'o3'].flatMap((property) =>
  Array.from({ length: 200 * 48 }, (_, i): Reading => {
    const value = Math.round((40 + 30 * ((i * 7919) % 13)) * 10 + ((i * 104_729) % 7)) / 10;
    return {
      entity: station.id,
      property,
      time: start + i * 1_800_000,
      value,
      quality: i % 29 === 0 ? 'bad' : 'good',
    };
  }),
);

let engine: TestClickhouse;
beforeAll(async () => {
  engine = await startClickhouse();
  await migrate(engine.client, { durability: 'relaxed', cluster: undefined });
  await insertRaw(readings, position - 10);
  await insertRaw([{ ...(readings[0] as Reading), time: start + 60_000, value: 9_999 }], position + 1);
  await insert('raw_entities', [{ id: station.id, cadence_seconds: station.cadenceSeconds, generation: 1 }]);
  await insert('raw_kpis', [{ id: 'generation', version: 1, generation: 1 }]);
  await insert('raw_positions', [{ subsystem: 'environment', position }]);
  for (const kpi of definitions) {
    const values = evaluateAll(kpi, [station], readings);
    expect(values.length, kpi.id).toBeGreaterThan(150);
    await insert(
      'raw_kpi_values',
      values.map(({ entity, start: from, end, ...content }) => ({
        ...{ kpi: kpi.id, version: kpi.version, entity, place: `e:${entity}`, dims: '{}', ...content },
        ...{ window_start: time(from), window_end: time(end), status: 'final', revision: position },
        watermark: time(start + 300 * 24 * HOUR_MS),
      })),
    );
  }
});
afterAll(async () => {
  await engine.stop();
});

const time = (ms: number): string => new Date(ms).toISOString().replace('T', ' ').replace('Z', '');

async function insert(table: string, values: readonly object[]): Promise<void> {
  const clickhouse_settings = { input_format_skip_unknown_fields: 1 } as const;
  await engine.client.insert({ table, format: 'JSONEachRow', values, clickhouse_settings });
}

async function insertRaw(rows: readonly Reading[], log_position: number): Promise<void> {
  await insert(
    'raw_measurements',
    rows.map(({ entity, property, time: at, value, quality }, log_row) => ({
      ...{ subsystem: 'environment', entity, property, value, quality, feed: 'f', event_time: time(at) },
      ...{ event_id: `${property}-${String(at)}`, log_position, log_row },
    })),
  );
}

const everything = { from: undefined, to: undefined, entity: undefined, examplesMax: 3 };

describe('haidang verify over the real tables', () => {
  it('finds every KPI equal at the position, though a later event is stored already', async () => {
    const results = await verifyKpis(engine.client, { ...everything, kpis: definitions });
    expect(exampleTable(results).rows).toEqual([]);
    expect(results.map(faultsOf)).toEqual(definitions.map(() => 0));
    for (const { kpi, windows } of results) expect(windows.matched, kpi).toBeGreaterThan(150);
    expect(verdictTable(results).rows.map((row) => row.slice(3))).toEqual(
      [...definitions, 'total'].map(() => ['0', '0', '0', '0', '0']),
    );
  });

  it('tells which window differs, and both contents', async () => {
    const kpis = definitions.filter((kpi) => kpi.id === 'environment.pm25_mean_1h');
    const from = start + HOUR_MS;
    await insert('raw_kpi_values', [
      {
        ...{
          kpi: 'environment.pm25_mean_1h',
          version: 1,
          entity: station.id,
          place: `e:${station.id}`,
          dims: '{}',
        },
        ...{
          window_start: time(from),
          window_end: time(from + HOUR_MS),
          status: 'revised',
          watermark: time(from),
        },
        ...{ value: 1.5, numerator: 3, denominator: 2, samples: 2, revision: position },
      },
    ]);
    await engine.client.command({ query: 'OPTIMIZE TABLE raw_kpi_values FINAL' });
    const results = await verifyKpis(engine.client, { ...everything, kpis });
    expect(verdictLine(results)).toMatch(/^1 of \d+ windows do not agree with their SQL$/);
    expect(exampleTable(results).rows[0]?.slice(0, 5)).toEqual([
      ...['environment.pm25_mean_1h', 'different', station.id, time(from), '1.5 3 2 2'],
    ]);
    const later = await verifyKpis(engine.client, { ...everything, kpis, from: from + HOUR_MS });
    expect(verdictLine(later)).toMatch(/all equal/);
  });

  it('prints a table as a command, and its exit code says whether all agree', async () => {
    vi.stubEnv('HAIDANG_HOME', engine.home);
    vi.stubEnv('CLICKHOUSE_URL', engine.url);
    vi.stubEnv('CLICKHOUSE_USER', engine.user);
    vi.stubEnv('CLICKHOUSE_PASSWORD', engine.password);
    vi.stubEnv('CLICKHOUSE_DATABASE', engine.database);
    const run = async (...args: readonly string[]): Promise<string> => {
      const written = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
      const program = new Command('haidang').exitOverride();
      addVerifyCommand(program);
      await program.parseAsync(['node', 'haidang', 'verify', ...args]);
      const text = written.mock.calls.map(([chunk]) => String(chunk)).join('');
      written.mockRestore();
      return text;
    };
    const ids = ['environment.us_aqi_pm25', 'environment.vn_aqi_day'];
    const text = await run(
      '--kpi',
      ...ids,
      '--from',
      '2026-01-01',
      '--to',
      '2026-01-11',
      '--entity',
      station.id,
    );
    expect(text).toMatch(/^kpi +position +matched +different/);
    expect(text).toMatch(/environment\.us_aqi_pm25 +70 +240 +0/);
    expect(text).toMatch(/environment\.vn_aqi_day +70 +10 +0/);
    expect(text).toMatch(/250 windows compared, all equal to their SQL over the raw events, digit for digit/);
    expect(process.exitCode).toBeUndefined();
    await expect(run('--kpi', 'environment.unknown')).rejects.toThrow(
      'no KPI environment.unknown; there are',
    );
    const wrong = await run('--kpi', 'environment.pm25_mean_1h', '--to', '2025-12-25T00:00:00Z');
    const exitCode = process.exitCode;
    process.exitCode = undefined;
    vi.unstubAllEnvs();
    expect(wrong).toMatch(
      /environment\.pm25_mean_1h +different +vung-tau-1 +2025-12-20 18:00:00\.000 +1\.5 3 2 2/,
    );
    expect(wrong).toMatch(/1 of \d+ windows do not agree with their SQL/);
    expect(exitCode).toBe(1);
  });

  it('gives analysts a statement that runs over the views', async () => {
    for (const kpi of definitions) {
      const rows = await recomputed(engine.client, kpi, { events: 'measurements', entity: station.id });
      expect(rows.length, kpi.id).toBeGreaterThan(150);
    }
  });
});
