import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { startClickhouse } from '../../../fixtures/servers/clickhouse.ts';
import type { TestClickhouse } from '../../../fixtures/servers/clickhouse.ts';
import { selectRows } from '../../store/connect-store.ts';
import { sliceStart } from '../../window/group/window-rule.ts';
import { RULES, timesOf } from './windows-testing.ts';

const TIMES = timesOf(800);

let engine: TestClickhouse;
beforeAll(async () => {
  engine = await startClickhouse();
  await engine.client.command({ query: 'CREATE TABLE times (n UInt32, t Int64) ENGINE = Memory' });
  const values = TIMES.map((t, n) => ({ n, t: String(t) }));
  await engine.client.insert({ table: 'times', format: 'JSONEachRow', values });
});
afterAll(async () => {
  await engine.stop();
});

describe.each(RULES)('windows of %s in JavaScript and SQL', (_, rule) => {
  it('are the same, with the same ends', async () => {
    const types = 'DISTINCT toTypeName(starts), toTypeName(ends)';
    const from = `(SELECT n, t, ${rule.windowsSql('t')} AS starts,
      arrayMap(one -> ${rule.endSql('one')}, starts) AS ends FROM times)`;
    expect(await selectRows(engine.client, `SELECT ${types} FROM ${from}`)).toEqual([
      ['Array(Int64)', 'Array(Int64)'],
    ]);
    const rows = await selectRows<readonly [number[], number[]]>(
      engine.client,
      `SELECT starts, ends FROM ${from} ORDER BY n`,
    );
    expect(rows).toHaveLength(TIMES.length);
    for (const [index, time] of TIMES.entries()) {
      const starts = rule.windowsOf(sliceStart(rule, time));
      const mine = JSON.stringify([starts, starts.map((start) => rule.endOf(start))]);
      const theirs = JSON.stringify(rows[index]);
      if (mine !== theirs) expect({ time, windows: theirs }).toEqual({ time, windows: mine });
    }
  });
});
