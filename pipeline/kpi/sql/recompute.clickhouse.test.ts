import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startClickhouse } from '../../../fixtures/servers/clickhouse.ts';
import type { TestClickhouse } from '../../../fixtures/servers/clickhouse.ts';
import { evaluateAll, insertReadings, recomputed } from './recompute-testing.ts';
import type { Reading, Station } from './recompute-testing.ts';
import { loadDefinitions } from '../definitions/load-definitions.ts';
import { defaultRegistryFolder, loadRegistry } from '../registry/load-registry.ts';
import { HOUR_MS, localDayStart } from '../../model/time.ts';

const start = localDayStart(Date.parse('2026-03-01T00:00:00Z'));
const spanHours = 80;
const runs = 6;
const properties = ['pm25', 'pm10', 'o3', 'no2', 'so2', 'co', 'temperature'];

let engine: TestClickhouse;
beforeAll(async () => {
  engine = await startClickhouse();
});
afterAll(async () => {
  await engine.stop();
});

const value = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: -30, max: 3_500 }).map((tenths) => tenths / 10) },
  { weight: 2, arbitrary: fc.double({ min: 0, max: 900, noNaN: true }) },
  { weight: 1, arbitrary: fc.double({ min: -1e9, max: 1e9, noNaN: true }) },
);

/** Readings of one property: per hour none, a few, or as many as the cadence promises; a sensor is dense or not. */
const series = fc
  .constantFrom([6], [6, 6, 6, 6, 6, 6, 0, 5], [0, 1, 1, 4, 5, 6, 7], [6, 6, 6, 6, 4])
  .chain((counts) =>
    fc.array(
      fc.record({
        readings: fc.constantFrom(...counts),
        values: fc.array(value, { minLength: 7, maxLength: 7 }),
        quality: fc.constantFrom(...new Array<string>(12).fill('good'), 'suspect', 'bad'),
      }),
      { minLength: spanHours, maxLength: spanHours },
    ),
  );

const station = fc.record({
  cadenceSeconds: fc.constantFrom(null, 600, 600, 3_600, 7_000),
  series: fc
    .subarray(properties, { minLength: 1 })
    .chain((names) => fc.tuple(...names.map((name) => series.map((hours) => ({ name, hours }))))),
});

describe('a definition and its SQL', () => {
  it('agree digit for digit, window for window, over random readings', async () => {
    const definitions = loadDefinitions(loadRegistry([defaultRegistryFolder()])).stations;
    const counts = new Map<string, number>();
    const property = fc.asyncProperty(fc.array(station, { minLength: 4, maxLength: 4 }), async (drawn) => {
      const stations = drawn.map(({ cadenceSeconds }, i): Station => ({
        id: `s'${String(i)}`,
        cadenceSeconds,
      }));
      const readings = drawn.flatMap((one, i) => readingsOf(stations[i]?.id ?? '', one.series));
      await insertReadings(engine.client, stations, readings);
      for (const kpi of definitions) {
        const ours = evaluateAll(kpi, stations, readings);
        expect(await recomputed(engine.client, kpi, { events: 'measurements' }), kpi.id).toEqual(ours);
        counts.set(kpi.id, (counts.get(kpi.id) ?? 0) + ours.length);
      }
    });
    await fc.assert(property, { numRuns: runs, seed: 1459, endOnFailure: true });
    // The draw is wide enough to say something of every definition.
    for (const kpi of definitions) expect(counts.get(kpi.id), kpi.id).toBeGreaterThan(20);
  });

  it('agree when the statement is bounded to a span and an entity', async () => {
    const stations: Station[] = [
      { id: 'a', cadenceSeconds: null },
      { id: 'b', cadenceSeconds: 3_600 },
    ];
    const readings = stations.flatMap(({ id }) =>
      ['pm25', 'o3'].flatMap((property) =>
        Array.from({ length: spanHours }, (_, hour): Reading => {
          const time = start + hour * HOUR_MS;
          return { entity: id, property, time, value: 10 + (hour % 13) + hour / 7, quality: 'good' };
        }),
      ),
    );
    await insertReadings(engine.client, stations, readings);
    const [from, to] = [start + 24 * HOUR_MS, start + 60 * HOUR_MS];
    const scope = {
      events: 'measurements',
      from: new Date(from).toISOString(),
      to: new Date(to).toISOString(),
      entity: 'b',
    };
    for (const kpi of loadDefinitions(loadRegistry([defaultRegistryFolder()])).stations) {
      const inside = evaluateAll(kpi, stations, readings).filter(
        (row) => row.entity === 'b' && row.start >= from && row.start < to,
      );
      expect(inside.length, kpi.id).toBeGreaterThan(0);
      expect(await recomputed(engine.client, kpi, scope), kpi.id).toEqual(inside);
    }
  });
});

function readingsOf(
  entity: string,
  all: readonly {
    readonly name: string;
    readonly hours: readonly { readings: number; values: readonly number[]; quality: string }[];
  }[],
): Reading[] {
  return all.flatMap(({ name, hours }) =>
    hours.flatMap((hour, index) =>
      Array.from({ length: hour.readings }, (_, i): Reading => {
        const time = start + index * HOUR_MS + i * 500_000 + i;
        return { entity, property: name, time, value: hour.values[i] ?? 0, quality: hour.quality };
      }),
    ),
  );
}
