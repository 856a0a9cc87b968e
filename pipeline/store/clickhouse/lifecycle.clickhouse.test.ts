import { strict as assert } from 'node:assert';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { test } from 'vitest';

import { spawnClickhouse, startClickhouse } from '../../../fixtures/servers/clickhouse.ts';
import { STRICT_TABLE_SETTINGS } from './engine/engine-config.ts';

const temporaryHome = (): string => mkdtempSync(join(tmpdir(), 'haidang-clickhouse-'));

test('kill -9 during inserts loses no acknowledged row and doubles none', async () => {
  const home = temporaryHome();
  const acknowledged: number[] = [];
  for (let round = 0; round < 3; round += 1) {
    const clickhouse = await startClickhouse({ home });
    const { client } = clickhouse;
    await client.command({
      query: 'CREATE TABLE IF NOT EXISTS kept (batch UInt32, row UInt32) ENGINE = MergeTree ORDER BY batch',
    });
    const writers = Array.from({ length: 3 }, async (_, writer) => {
      for (let count = 0; ; count += 1) {
        const batch = round * 100_000 + writer * 10_000 + count;
        const values = Array.from({ length: 100 }, (_, row) => ({ batch, row }));
        try {
          await client.insert({ table: 'kept', values, format: 'JSONEachRow' });
        } catch {
          return; // Killed: this batch was not acknowledged.
        }
        acknowledged.push(batch);
      }
    });
    await new Promise((resolve) => setTimeout(resolve, 700));
    await clickhouse.kill9();
    await Promise.all(writers);
  }
  const clickhouse = await startClickhouse({ home });
  const result = await clickhouse.client.query({
    query: 'SELECT batch, count() AS rows FROM kept GROUP BY batch ORDER BY batch',
    format: 'JSONEachRow',
  });
  const stored = new Map(
    (await result.json<{ batch: number; rows: string }>()).map((r) => [r.batch, Number(r.rows)]),
  );
  assert.ok(acknowledged.length > 10);
  assert.deepEqual(
    acknowledged.filter((batch) => stored.get(batch) !== 100),
    [],
  );
  assert.deepEqual(
    [...stored].filter(([, rows]) => rows !== 100),
    [],
  );
  await clickhouse.stop();
  rmSync(home, { recursive: true, force: true });
}, 60_000);

test('SIGTERM with running statements ends them and the process with 0 in less than 8 s', async () => {
  const clickhouse = await startClickhouse();
  const query = 'SELECT sum(sipHash64(number)) FROM numbers(1000000000000)';
  const ended = Promise.allSettled([
    clickhouse.client.query({ query }),
    clickhouse.client.command({
      query:
        "INSERT INTO FUNCTION null('a UInt64') SELECT sleepEachRow(1) FROM numbers(100) SETTINGS max_block_size=1",
    }),
  ]);
  await new Promise((resolve) => setTimeout(resolve, 500));
  const startedAt = performance.now();
  process.kill(clickhouse.pid, 'SIGTERM');
  const outcomes = await ended;
  assert.equal(await clickhouse.stop(), 0);
  assert.ok(performance.now() - startedAt < 8_000);
  assert.deepEqual(
    outcomes.map((outcome) => outcome.status),
    ['rejected', 'rejected'],
  );
}, 30_000);

test('a clean stop and a start keep every row and the same database', async () => {
  const home = temporaryHome();
  const first = await startClickhouse({ home, database: 'tỉnh' });
  await first.client.command({ query: 'CREATE TABLE t (a UInt8) ENGINE = MergeTree ORDER BY a' });
  await first.client.command({ query: 'INSERT INTO t VALUES (7)' });
  assert.equal(await first.stop(), 0);
  const second = await startClickhouse({ home, database: 'tỉnh' });
  const result = await second.client.query({
    query: 'SELECT a, engine FROM t, system.databases WHERE name = currentDatabase()',
    format: 'JSONEachRow',
  });
  assert.deepEqual(await result.json(), [{ a: 7, engine: 'Atomic' }]);
  await second.stop();
  rmSync(home, { recursive: true, force: true });
}, 30_000);

test('a second process on the same data says who holds it and ends with 1', async () => {
  const first = await startClickhouse();
  const second = spawnClickhouse({ HAIDANG_HOME: first.home, CLICKHOUSE_PORT: '0' });
  assert.equal(await second.exitCode, 1);
  assert.match(second.log(), new RegExp(`process ${first.pid} holds it \\(error 76\\)`));
  assert.equal((await first.client.ping()).success, true);
  await first.stop();
}, 30_000);

test('without a password, and on a port that is taken, it ends with 1 and says so', async () => {
  const home = temporaryHome();
  const open = spawnClickhouse({ HAIDANG_HOME: home, CLICKHOUSE_PASSWORD: '' });
  assert.equal(await open.exitCode, 1);
  assert.match(open.log(), /CLICKHOUSE_PASSWORD must be set/);
  const first = await startClickhouse();
  const taken = spawnClickhouse({ HAIDANG_HOME: home, CLICKHOUSE_URL: first.url });
  assert.equal(await taken.exitCode, 1);
  assert.match(taken.log(), /EADDRINUSE/);
  await first.stop();
  rmSync(home, { recursive: true, force: true });
}, 30_000);

test('in strict mode every table syncs its inserts and merges, in relaxed mode none does', async () => {
  for (const durability of ['strict', 'relaxed'] as const) {
    const clickhouse = await startClickhouse({ durability });
    const result = await clickhouse.client.query({
      query: 'SELECT name, value FROM system.merge_tree_settings WHERE changed',
      format: 'JSONEachRow',
    });
    const changed = (await result.json<{ name: string; value: string }>()).map((row) => [
      row.name,
      Number(row.value),
    ]);
    assert.deepEqual(Object.fromEntries(changed), durability === 'strict' ? STRICT_TABLE_SETTINGS : {});
    await clickhouse.stop();
  }
}, 30_000);

test('with the four threads that Node has by default every lane still answers', async () => {
  const clickhouse = await startClickhouse({ env: { UV_THREADPOOL_SIZE: '4' } });
  const answers = await Promise.all(
    ['write', 'live', 'analyst', 'write', 'live', 'analyst'].map(async (lane) => {
      const query = 'SELECT sleep(0.2) AS n FORMAT TSV';
      const result = await clickhouse.client.exec({ query, http_headers: { 'X-Haidang-Lane': lane } });
      let text = '';
      for await (const chunk of result.stream) text += String(chunk);
      return text;
    }),
  );
  assert.deepEqual(new Set(answers), new Set(['0\n']));
  await clickhouse.stop();
}, 30_000);
