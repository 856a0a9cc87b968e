import type { ClickHouseClient } from '@clickhouse/client';
import { DAY_MS, HOUR_MS, hourStart, localDayStart } from '../../model/time.ts';
import { addToSlice, emptySlice } from '../../window/slice.ts';
import type { Slice } from '../../window/slice.ts';
import type { CompiledKpi, RecomputeScope, WindowInput } from '../compiled-kpi.ts';

/** An entity of a test. */
export interface Station {
  readonly id: string;
  readonly cadenceSeconds: number | null;
}

/** A reading of a test. */
export interface Reading {
  readonly entity: string;
  readonly property: string;
  readonly time: number;
  readonly value: number;
  readonly quality: string;
}

/** One recomputed window, the content that two sides are compared by. */
export interface Recomputed {
  readonly entity: string;
  readonly start: number;
  readonly end: number;
  readonly value: number | null;
  readonly numerator: number | null;
  readonly denominator: number | null;
  readonly samples: number;
}

/** Fills `measurements` and `entities` of a test's engine with exactly these rows. */
export async function insertReadings(
  client: ClickHouseClient,
  stations: readonly Station[],
  readings: readonly Reading[],
): Promise<void> {
  await client.command({
    query: `CREATE OR REPLACE TABLE measurements (subsystem String, entity LowCardinality(String),
      property LowCardinality(String), event_time DateTime64(3, 'UTC'), value Float64,
      quality LowCardinality(String), period String) ENGINE = Memory`,
  });
  await client.command({
    query: `CREATE OR REPLACE TABLE entities (id String, cadence_seconds Nullable(UInt32)) ENGINE = Memory`,
  });
  // Bit patterns, so that no parser of decimals stands between the two sides.
  await client.command({
    query: `CREATE OR REPLACE TABLE incoming (entity String, property String, time Int64, bits UInt64,
      quality String) ENGINE = Memory`,
  });
  await client.insert({
    table: 'incoming',
    format: 'JSONEachRow',
    values: readings.map(({ entity, property, time, value, quality }) => {
      const bits = new BigUint64Array(Float64Array.of(value).buffer)[0]?.toString() ?? '0';
      return { entity, property, time: String(time), bits, quality };
    }),
  });
  await client.command({
    query: `INSERT INTO measurements SELECT 'environment', entity, property,
      fromUnixTimestamp64Milli(time, 'UTC'), reinterpretAsFloat64(bits), quality, '' FROM incoming
      UNION ALL SELECT 'health', entity, property, fromUnixTimestamp64Milli(time, 'UTC'), 1, quality, ''
      FROM incoming LIMIT 5
      UNION ALL SELECT 'environment', entity, property, fromUnixTimestamp64Milli(time, 'UTC'), 1, quality, '2026-03'
      FROM incoming LIMIT 5`,
  });
  await client.insert({
    table: 'entities',
    format: 'JSONEachRow',
    values: stations.map(({ id, cadenceSeconds }) => ({ id, cadence_seconds: cadenceSeconds })),
  });
}

/** What the definition's SQL gives, ordered. */
export async function recomputed(
  client: ClickHouseClient,
  kpi: CompiledKpi,
  scope: RecomputeScope,
): Promise<Recomputed[]> {
  const result = await client.query({
    query: `SELECT entity, toUnixTimestamp64Milli(window_start) AS start, toUnixTimestamp64Milli(window_end) AS end,
      value, numerator, denominator, samples FROM (${kpi.recomputeSql(scope)}) ORDER BY entity, start`,
    format: 'JSONEachRow',
    clickhouse_settings: { output_format_json_quote_64bit_integers: 0 },
  });
  return await result.json<Recomputed>();
}

/** What the definition gives for every window that any reading could touch, each as complete. */
export function evaluateAll(
  kpi: CompiledKpi,
  stations: readonly Station[],
  readings: readonly Reading[],
): Recomputed[] {
  const slices = slicesOf(readings);
  const times = readings.map((reading) => reading.time);
  const first = times.reduce((a, b) => Math.min(a, b), Infinity);
  const last = times.reduce((a, b) => Math.max(a, b), -Infinity);
  const size = kpi.window === 'day' ? DAY_MS : HOUR_MS;
  const rows: Recomputed[] = [];
  for (const station of [...stations].sort((a, b) => (a.id < b.id ? -1 : 1))) {
    for (let start = localDayStart(first); start <= last + 2 * DAY_MS; start += size) {
      const input = windowInput(station, slices, { start, end: start + size });
      const content = kpi.evaluate(input);
      if (content === null) continue;
      const { value, numerator, denominator, samples } = content;
      rows.push({ entity: station.id, start, end: start + size, value, numerator, denominator, samples });
    }
  }
  return rows;
}

type Slices = ReadonlyMap<string, ReadonlyMap<string, ReadonlyMap<number, Slice>>>;

/** Folds readings into slices: entity, property, hour in milliseconds. */
export function slicesOf(readings: readonly Reading[]): Slices {
  const entities = new Map<string, Map<string, Map<number, Slice>>>();
  for (const { entity, property, time, value, quality } of readings) {
    const own = entities.get(entity) ?? new Map<string, Map<number, Slice>>();
    const series = own.get(property) ?? new Map<number, Slice>();
    const slice = series.get(hourStart(time)) ?? emptySlice();
    addToSlice(slice, value, quality === 'good' ? 1 : 0, time);
    entities.set(entity, own.set(property, series.set(hourStart(time), slice)));
  }
  return entities;
}

/** A window over slices as the pipeline hands it to a definition. */
export function windowInput(
  station: Station,
  slices: Slices,
  window: { readonly start: number; readonly end: number; readonly complete?: boolean },
): WindowInput {
  const own = slices.get(station.id);
  const { start, end } = window;
  return {
    entity: station.id,
    cadenceSeconds: station.cadenceSeconds,
    start,
    end,
    complete: window.complete ?? true,
    slice: (property, hour) => own?.get(property)?.get(hour),
    properties: () =>
      [...(own ?? [])]
        .filter(([, series]) => [...series.keys()].some((hour) => hour >= start && hour < end))
        .map(([property]) => property),
  };
}
