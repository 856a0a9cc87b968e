import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startClickhouse } from '../../../fixtures/servers/clickhouse.ts';
import type { TestClickhouse } from '../../../fixtures/servers/clickhouse.ts';
import { HOUR_MS } from '../../model/time.ts';
import type { CompiledKpi } from '../compiled-kpi.ts';
import { loadDefinitions } from '../definitions/load-definitions.ts';
import { defaultRegistryFolder, loadRegistry } from '../registry/load-registry.ts';
import { evaluateAll, insertReadings } from './recompute-testing.ts';
import type { Reading, Recomputed } from './recompute-testing.ts';
import { verifySql } from './verify-sql.ts';
import type { VerifyRow } from './verify-sql.ts';

const start = Date.parse('2026-03-01T00:00:00Z');
const station = { id: 'a', cadenceSeconds: null };
const readings = Array.from({ length: 10 }, (_, hour): Reading => {
  const time = start + hour * HOUR_MS;
  return { entity: 'a', property: 'pm25', time, value: 10 + hour / 3, quality: 'good' };
});

let engine: TestClickhouse;
beforeAll(async () => {
  engine = await startClickhouse();
  await insertReadings(engine.client, [station], readings);
});
afterAll(async () => {
  await engine.stop();
});

interface Stored extends Recomputed {
  readonly status: string;
  readonly revision: number;
}

/** Stores these values, the last watermark being `hours` after the start, and compares at position 100. */
async function verify(
  kpi: CompiledKpi,
  values: readonly Stored[],
  hours: number,
): Promise<Readonly<Record<string, number>>> {
  await engine.client.command({
    query: `CREATE OR REPLACE TABLE raw_kpi_values (kpi LowCardinality(String), version UInt32,
      area LowCardinality(String), entity LowCardinality(String), dims String, window_start DateTime64(3, 'UTC'), window_end DateTime64(3, 'UTC'),
      value Nullable(Float64), numerator Nullable(Float64), denominator Nullable(Float64), samples UInt64,
      status LowCardinality(String), revision UInt64, watermark DateTime64(3, 'UTC'))
      ENGINE = ReplacingMergeTree(revision) ORDER BY (kpi, version, entity, window_start)`,
  });
  const time = (ms: number): string => new Date(ms).toISOString().replace('T', ' ').replace('Z', '');
  await engine.client.insert({
    table: 'raw_kpi_values',
    format: 'JSONEachRow',
    clickhouse_settings: { precise_float_parsing: 1 } as never,
    values: values.map(({ start: from, end, ...content }) => ({
      ...{ ...content, kpi: kpi.id, version: kpi.version, watermark: time(start + hours * HOUR_MS) },
      ...{ window_start: time(from), window_end: time(end) },
    })),
  });
  const result = await engine.client.query({
    query: verifySql(kpi, { events: 'measurements', position: 100, examplesMax: 2 }),
    format: 'JSONEachRow',
    clickhouse_settings: { output_format_json_quote_64bit_integers: 0 },
  });
  const rows = await result.json<VerifyRow>();
  return Object.fromEntries(rows.map(({ verdict, windows }) => [verdict, windows]));
}

function kpiOf(id: string): CompiledKpi {
  const kpi = loadDefinitions(loadRegistry([defaultRegistryFolder()])).stations.find((one) => one.id === id);
  if (kpi === undefined) throw new Error(`no definition ${id}`);
  return kpi;
}

describe('verifySql', () => {
  const mean = kpiOf('environment.pm25_mean_1h');
  const good = evaluateAll(mean, [station], readings).map((row): Stored => ({
    ...row,
    status: 'final',
    revision: 50,
  }));
  const first = good[0] as Stored;

  it.each([
    ['all are equal', good, { matched: 10 }],
    [
      'one digit differs',
      [{ ...first, value: 10.000000000000002 }, ...good.slice(1)],
      { different: 1, matched: 9 },
    ],
    ['the value is null', [{ ...first, value: null }, ...good.slice(1)], { different: 1, matched: 9 }],
    ['samples differ', [{ ...first, samples: 2 }, ...good.slice(1)], { different: 1, matched: 9 }],
    ['one is not stored', good.slice(1), { matched: 9, missing: 1 }],
    ['one was taken back', [{ ...first, samples: 0 }, ...good.slice(1)], { matched: 9, missing: 1 }],
    [
      'one was covered later',
      [{ ...first, value: 1, revision: 101 }, ...good.slice(1)],
      { matched: 9, newer: 1 },
    ],
    [
      'one is provisional',
      [{ ...first, value: 1, status: 'provisional' }, ...good.slice(1)],
      { matched: 9, provisional: 1 },
    ],
    [
      'one is too many',
      [...good, { ...first, start: start - HOUR_MS, end: start }],
      { matched: 10, surplus: 1 },
    ],
    [
      'an empty one is too many',
      [...good, { ...first, start: start - HOUR_MS, end: start, samples: 0 }],
      { matched: 11 },
    ],
    ['nothing is stored', [], { missing: 10 }],
  ] as const)('says so when %s', async (_, stored, expected) => {
    expect(await verify(mean, stored, 10)).toEqual(expected);
  });

  it('takes the highest revision of a window', async () => {
    const stored = [...good, { ...first, value: 99, revision: 40 }];
    expect(await verify(mean, stored, 10)).toEqual({ matched: 10 });
  });

  it('waits for a window whose end the watermark has not passed', async () => {
    expect(await verify(mean, good.slice(0, 9), 9)).toEqual({ matched: 9, provisional: 1 });
  });

  it.each(loadDefinitions(loadRegistry([defaultRegistryFolder()])).stations)('compares $id', async (kpi) => {
    const stored = evaluateAll(kpi, [station], readings).map((row): Stored => ({
      ...row,
      status: 'revised',
      revision: 100,
    }));
    const expected = stored.length === 0 ? {} : { matched: stored.length };
    expect(await verify(kpi, stored, 99)).toEqual(expected);
  });
});
