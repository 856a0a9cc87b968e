import { strict as assert } from 'node:assert';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, test } from 'vitest';

import { startClickhouse, type TestClickhouse } from '../../../fixtures/servers/clickhouse.ts';
import { StatementRefusedError, type RefusalCode } from '../../errors.ts';
import { engineDoor } from '../run/engine-door.ts';
import { engineParser } from '../run/engine-parser.ts';
import { allowed, refused } from '../../../fixtures/query/guard-cases.ts';
import { Guard, type Verdict } from './guard.ts';

let server: TestClickhouse;
let guard: Guard;
const folder = mkdtempSync(join(tmpdir(), 'haidang-outfile-'));

beforeAll(async () => {
  server = await startClickhouse();
  guard = new Guard(engineParser(engineDoor(server, 'parse')));
}, 40_000);
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});

async function judge(sql: string): Promise<Verdict | RefusalCode> {
  try {
    return await guard.judge(sql, 'internal');
  } catch (error) {
    if (error instanceof StatementRefusedError) return error.code;
    throw error;
  }
}

for (const sql of allowed) {
  test(`allows ${sql}`, async () => {
    const verdict = await guard.judge(sql, 'internal');
    assert.match(verdict.sql, /^(SELECT|WITH|EXPLAIN|DESCRIBE|\()/i);
  });
}

for (const [code, list] of Object.entries(refused)) {
  for (const sql of list) {
    test(`refuses ${sql.slice(0, 120)} as ${code}`, async () => {
      const answer = await judge(sql.replaceAll('FOLDER', folder));
      assert.equal(typeof answer === 'string' ? answer : answer.sql, code);
      assert.deepEqual(readdirSync(folder), []);
    });
  }
}

test('a refused name is given with its line and column in the text that was sent', async () => {
  await assert.rejects(guard.judge('SELECT 1,\n  `ệ`, file(1)', 'internal'), (error) => {
    assert(error instanceof StatementRefusedError);
    assert.deepEqual(error.place, { line: 2, column: 8 });
    return true;
  });
});

test('a syntax error is given with its line and column, counted in characters', async () => {
  await assert.rejects(guard.judge("SELECT 'ệ' AS x,\n 'ệệ' + ) FROM kpis", 'internal'), (error) => {
    assert(error instanceof StatementRefusedError);
    assert.deepEqual(error.place, { line: 2, column: 9 });
    return true;
  });
});

test('the same statement under another ceiling runs in another database', async () => {
  const sql = 'SELECT haidang.kpis.id FROM haidang.kpis';
  assert.equal(
    (await guard.judge(sql, 'public')).sql,
    'SELECT haidang_public.kpis.id FROM haidang_public.kpis',
  );
  assert.equal(
    (await guard.judge(sql, 'restricted')).sql,
    'SELECT haidang_restricted.kpis.id FROM haidang_restricted.kpis',
  );
});

test('a statement writes no file, also where the engine could', () => {
  assert(!existsSync(join(folder, 'x')));
});
