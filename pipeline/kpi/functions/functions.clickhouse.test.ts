import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startClickhouse } from '../../../fixtures/servers/clickhouse.ts';
import type { TestClickhouse } from '../../../fixtures/servers/clickhouse.ts';
import { DERIVED_FUNCTIONS } from '../derived/series-functions.ts';
import type { Argument, KpiFunction } from './kpi-function.ts';

const casesPerFunction = 400;
const hours = 31;

let engine: TestClickhouse;
beforeAll(async () => {
  engine = await startClickhouse();
});
afterAll(async () => {
  await engine.stop();
});

/** Concentrations as sensors send them, means of them, and the corners of the tables. */
const concentration = fc.oneof(
  fc.integer({ min: -30, max: 6_000 }).map((tenths) => tenths / 10),
  fc.double({ min: -5, max: 700, noNaN: true, noDefaultInfinity: true }),
  fc.double({ min: 0, max: 200_000, noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(0, 25, 50, 12, 12.1, 35.4, 400, 400.1, 500, 500.4, 1_200, 150_000),
);
const holey = fc.oneof({ weight: 4, arbitrary: concentration }, { weight: 1, arbitrary: fc.constant(NaN) });

function argument(entry: KpiFunction, index: number): fc.Arbitrary<Argument> {
  if (entry.kinds[index] === 'hours') {
    return fc.array(holey, { minLength: hours, maxLength: hours }).map((list) => Float64Array.from(list));
  }
  // The second argument of the day's functions counts hours.
  return entry.kinds[0] === 'hours' ? fc.integer({ min: 1, max: 24 }) : holey;
}

describe.each([...DERIVED_FUNCTIONS.values()])('$name in JavaScript and SQL', (entry) => {
  it('gives the same bits for vectors and for random arguments', async () => {
    const tuple = fc.tuple(...entry.kinds.map((_, index) => argument(entry, index)));
    const cases = fc.sample(tuple, { numRuns: casesPerFunction, seed: 1459 });
    for (const vector of entry.vectors) {
      cases.push(
        vector.args.map((arg) => {
          if (typeof arg === 'number') return arg;
          return Float64Array.from({ length: hours }, (_, i) => arg[i] ?? NaN);
        }),
      );
    }
    const names = entry.kinds.map((_, index) => `a${String(index)}`);
    const form = entry.sql(names, 'f_');
    const steps = form.steps.map((step) => `${step.sql} AS ${step.name}, `).join('');
    // Arguments travel as bit patterns: no parser of decimals stands between.
    const inputs = entry.kinds.map((kind, index) => {
      const column = `c${String(index)}`;
      return kind === 'hours'
        ? `arrayMap(x -> reinterpretAsFloat64(x), ${column}) AS a${String(index)}`
        : `reinterpretAsFloat64(${column}) AS a${String(index)}`;
    });
    const columns = entry.kinds.map(
      (kind, i) => `c${String(i)} ${kind === 'hours' ? 'Array(UInt64)' : 'UInt64'}`,
    );
    await engine.client.command({
      query: `CREATE OR REPLACE TABLE cases (n UInt32, ${columns.join(', ')}) ENGINE = Memory`,
    });
    await engine.client.insert({
      table: 'cases',
      format: 'JSONEachRow',
      values: cases.map((args, n) => ({
        n,
        ...Object.fromEntries(args.map((arg, i) => [`c${String(i)}`, bitsOf(arg)])),
      })),
    });
    // Steps of day functions take their count of hours as an integer, as the statement has it.
    const casts = names.map((name, i) =>
      i > 0 && entry.kinds[0] === 'hours' ? `toUInt8(${name}) AS ${name}` : name,
    );
    const result = await engine.client.query({
      query: `SELECT toString(reinterpretAsUInt64(toFloat64(result))) AS bits FROM (
        SELECT n, ${steps}${form.result} AS result FROM (
          SELECT n, ${casts.join(', ')} FROM (SELECT n, ${inputs.join(', ')} FROM cases))) ORDER BY n`,
      format: 'JSONEachRow',
    });
    const rows = await result.json<{ bits: string }>();
    expect(rows.length).toBe(cases.length);
    const different = cases.flatMap((args, n) => {
      const ours = entry.compute(...args);
      const theirs = numberOf(rows[n]?.bits ?? '0');
      return ours === theirs || (Number.isNaN(ours) && Number.isNaN(theirs)) ? [] : [{ args, ours, theirs }];
    });
    expect(different.slice(0, 3)).toEqual([]);
  });
});

function bitsOf(arg: Argument): string | string[] {
  const of = (x: number): string => new BigUint64Array(Float64Array.of(x).buffer)[0]?.toString() ?? '';
  return typeof arg === 'number' ? of(arg) : [...arg].map(of);
}

function numberOf(bits: string): number {
  return new Float64Array(BigUint64Array.of(BigInt(bits)).buffer)[0] ?? NaN;
}
