import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startClickhouse } from '../../../fixtures/servers/clickhouse.ts';
import type { TestClickhouse } from '../../../fixtures/servers/clickhouse.ts';
import type { Aggregate, Sample, SampleSql } from '../../window/group/aggregate.ts';
import { folded, tried, TRIED, triedRow } from '../../../fixtures/kpi/tried-aggregates.ts';
import type { Tried, TriedRow } from '../../../fixtures/kpi/tried-aggregates.ts';
import { POINTS_MAX } from './boxes/time-weighted-mean.ts';

const groups = 60;
/** A group of its own that passes every bound: one row more than points are kept, each with a text of its own. */
const manyGroup = 1_000;
const manyRows = POINTS_MAX + 1;
/** A group just over the bound of distinct hashes and below the others. */
const someGroup = 1_001;
const someRows = 9_999;

interface StoredRow extends TriedRow {
  readonly group: number;
  /** Whether the row passes the measure's test; if not, it carries NULL or nan. */
  readonly keep: number;
}

const stored: readonly StoredRow[] = fc
  .sample(fc.array(fc.tuple(triedRow, fc.integer({ min: 0, max: 5 })), { maxLength: 80 }), {
    seed: 1459,
    numRuns: groups,
  })
  .flatMap((list, group) => {
    // The first groups: nothing that counts, then one row, then two.
    const kept = group < 3 ? group : list.length;
    return list.map(([row, chance], i) => ({ ...row, group, keep: chance > 0 && i < kept ? 1 : 0 }));
  });

let engine: TestClickhouse;

beforeAll(async () => {
  engine = await startClickhouse();
  await engine.client.command({
    query: `CREATE TABLE samples (g UInt32, part UInt8, keep UInt8, bits Nullable(UInt64),
      value Nullable(Float64) MATERIALIZED reinterpretAsFloat64(bits), text LowCardinality(Nullable(String)),
      time Int64, id UInt64) ENGINE = Memory`,
  });
  await engine.client.insert({
    table: 'samples',
    format: 'JSONEachRow',
    values: stored.map((row, i) => ({
      ...{ g: row.group, part: row.part, keep: row.keep, time: row.time },
      // A row that does not count carries nothing, or nan.
      bits: row.keep === 1 ? bitsOf(row.value) : i % 2 === 0 ? null : bitsOf(NaN),
      text: row.keep === 1 ? row.text : null,
      id: ((BigInt(row.idHigh) << 32n) | BigInt(row.idLow)).toString(),
    })),
  });
  for (const [group, rows] of [
    [manyGroup, manyRows],
    [someGroup, someRows],
  ] as const) {
    await engine.client.command({
      query: `INSERT INTO samples (g, part, keep, bits, text, time, id)
        SELECT ${String(group)}, number % 5, 1, reinterpretAsUInt64(toFloat64(number % 977) / 8),
          concat('text ', toString(number)), number * 250, number FROM numbers(${String(rows)})`,
    });
  }
});
afterAll(async () => {
  await engine.stop();
});

function* generated(rows: number): Generator<Sample & { part: number }> {
  for (let i = 0; i < rows; i += 1) {
    const text = `text ${String(i)}`;
    yield { value: (i % 977) / 8, text, time: i * 250, idHigh: 0, idLow: i, part: i % 5 };
  }
}

/** The samples of a group that count. */
function samplesOf(group: number): (Sample & { part: number })[] {
  if (group === manyGroup) return [...generated(manyRows)];
  if (group === someGroup) return [...generated(someRows)];
  return stored.filter((row) => row.group === group && row.keep === 1);
}

/** Samples as columns that may be NULL, and as columns that may not. */
const nullable = { number: 'value', text: 'text', none: '' };
const plain = { number: 'ifNull(value, nan)', text: "toString(ifNull(text, ''))", none: '' };

interface PartialColumns {
  readonly partial: readonly string[];
  readonly names: readonly string[];
}

function sqlOf(aggregate: Aggregate, values: typeof nullable): PartialColumns {
  const sample: SampleSql = { test: 'keep', value: values[aggregate.sample], time: 'time', id: 'id' };
  if (aggregate.state === 'box')
    return { partial: [`${aggregate.partialSql(sample)} AS box`], names: ['box'] };
  const partial = aggregate.partialSql(sample);
  const names = partial.map((_, i) => `cell${String(i)}`);
  return { partial: partial.map((sql, i) => `${sql} AS ${names[i]!}`), names };
}

/** The engine compiles what it has run three times; compiled and interpreted code are known to differ. */
const modes = {
  interpreted: { compile_expressions: 0, compile_aggregate_expressions: 0 },
  compiled: { min_count_to_compile_expression: '0', min_count_to_compile_aggregate_expression: '0' },
} as const;

async function select<Row>(query: string, mode: keyof typeof modes): Promise<Row[]> {
  const result = await engine.client.query({
    query,
    format: 'JSONCompactEachRow',
    clickhouse_settings: { output_format_json_quote_64bit_integers: 0, ...modes[mode] },
  });
  return result.json<Row>();
}

describe.each(TRIED)('$name in JavaScript and SQL', (aggregate) => {
  const { partial, names } = sqlOf(aggregate, nullable);
  const stateOf = (cells: unknown[]): unknown => (aggregate.state === 'box' ? cells[0] : cells);

  const expected = new Map<number, Tried>();
  const ofGroup = (group: number): Tried => {
    const state = expected.get(group) ?? folded(aggregate, samplesOf(group));
    expected.set(group, state);
    return state;
  };

  it.each(['interpreted', 'compiled'] as const)('has the same state, number and items, %s', async (mode) => {
    const finish = aggregate.state === 'box' ? aggregate.finishSql(names[0]!) : aggregate.finishSql(names);
    const items =
      aggregate.state === 'box' && aggregate.itemsSql !== undefined ? aggregate.itemsSql(names[0]!) : '[]';
    const rows = await select<[number, string, [string, number][], ...unknown[]]>(
      `SELECT g, toString(reinterpretAsUInt64(toFloat64(${finish}))), ${items}, ${names.join(', ')}
       FROM (SELECT g, ${partial.join(', ')} FROM samples GROUP BY g) ORDER BY g`,
      mode,
    );
    expect(rows.length).toBeGreaterThan(groups / 2);
    for (const [group, bits, ranked, ...cells] of rows) {
      const ours = ofGroup(group);
      const theirs = { state: stateOf(cells), number: numberOf(bits), items: ranked };
      expect({ group, ...theirs }).toEqual({
        ...{ group, state: ours.written(), number: ours.finish() },
        items: ours.items().map(({ item, value }) => [item, value]),
      });
    }
  });

  it('gives slices in SQL that merge in JavaScript to the state of all rows', async () => {
    const slices = sqlOf(aggregate, plain).partial.join(', ');
    const rows = await select<[number, ...unknown[]]>(
      `SELECT g, ${names.join(', ')} FROM (SELECT g, ${slices} FROM samples GROUP BY g, part)`,
      'interpreted',
    );
    for (const group of new Set(rows.map(([g]) => g))) {
      const merged = tried(aggregate);
      for (const [g, ...cells] of rows) if (g === group) merged.merge(tried(aggregate, stateOf(cells)));
      const ours = ofGroup(group);
      expect({ group, state: merged.written() }).toEqual({ group, state: ours.written() });
      expect(merged.finish()).toBe(ours.finish());
    }
  });

  it('has the empty state over no rows at all', async () => {
    const rows = await select<unknown[]>(
      `SELECT ${partial.join(', ')} FROM samples WHERE g = 999999`,
      'compiled',
    );
    expect(stateOf(rows[0] ?? [])).toEqual(tried(aggregate).written());
  });
});

function bitsOf(value: number): string {
  return new BigUint64Array(Float64Array.of(value).buffer)[0]?.toString() ?? '';
}

function numberOf(bits: string): number {
  return new Float64Array(BigUint64Array.of(BigInt(bits)).buffer)[0] ?? NaN;
}
