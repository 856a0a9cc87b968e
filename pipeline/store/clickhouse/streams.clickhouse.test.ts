import { strict as assert } from 'node:assert';
import { readFileSync } from 'node:fs';
import { request, type IncomingMessage } from 'node:http';
import { once } from 'node:events';

import { createClient } from '@clickhouse/client';
import { afterAll, beforeAll, test } from 'vitest';

import { startClickhouse, type TestClickhouse } from '../../../fixtures/servers/clickhouse.ts';
import { waitingMax } from './engine/lanes.ts';

let clickhouse: TestClickhouse;
beforeAll(async () => {
  clickhouse = await startClickhouse();
}, 30_000);
afterAll(async () => {
  assert.equal(await clickhouse.stop(), 0);
});

const slowSum = 'SELECT sum(sipHash64(number)) FROM numbers(1000000000000)';

const open = async (
  query: string,
  more = '',
  headers: Record<string, string> = {},
): Promise<IncomingMessage> => {
  const { url, user, password } = clickhouse;
  const outgoing = request(`${url}/?query=${encodeURIComponent(query)}${more}`, {
    headers: { 'X-ClickHouse-User': user, 'X-ClickHouse-Key': password, ...headers },
    agent: false,
  }).end();
  outgoing.on('error', () => 'the test destroys it');
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  return response;
};

const running = async (pattern: string): Promise<number> => {
  const result = await clickhouse.client.query({
    query:
      "SELECT count() AS n FROM system.processes WHERE query LIKE {p:String} AND query NOT LIKE '%processes%'",
    query_params: { p: pattern },
    format: 'JSONEachRow',
  });
  const [row] = await result.json<{ n: number }>();
  return Number(row?.n);
};

const until = async (isTrue: () => Promise<boolean>): Promise<void> => {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    if (await isTrue()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.fail('it did not become true in 10 s');
};

test('a million rows stream through the client in order', async () => {
  const result = await clickhouse.client.query({
    query: 'SELECT number AS n, toString(number) AS s FROM numbers(1000000)',
    format: 'JSONCompactEachRow',
    clickhouse_settings: { output_format_json_quote_64bit_integers: 0, max_threads: 1 },
  });
  let expected = 0;
  for await (const rows of result.stream<[number, string]>()) {
    for (const row of rows) {
      const [n, s] = row.json();
      if (n !== expected || s !== String(expected)) assert.fail(`row ${expected} is ${n}, ${s}`);
      expected += 1;
    }
  }
  assert.equal(expected, 1_000_000);
});

test('formats with a beginning and an end stay whole when they stream', async () => {
  const answer = await open('SELECT number FROM numbers(300000) FORMAT JSONCompact');
  let text = '';
  for await (const chunk of answer) text += String(chunk);
  assert.equal((JSON.parse(text) as { rows: number; data: unknown[] }).data.length, 300_000);
});

test('a compressed answer is the same, short or long', async () => {
  const { url, user, password, database } = clickhouse;
  const client = createClient({
    ...{ url, username: user, password, database },
    compression: { response: true, request: true },
  });
  for (const count of [3, 400_000]) {
    const result = await client.query({
      query: `SELECT number FROM numbers(${count})`,
      format: 'TabSeparated',
    });
    assert.equal((await result.text()).split('\n').length, count + 1);
  }
  await client.command({ query: 'CREATE TABLE zipped (a UInt32) ENGINE = MergeTree ORDER BY a' });
  await client.insert({ table: 'zipped', values: [{ a: 5 }], format: 'JSONEachRow' });
  const stored = await client.query({ query: 'SELECT sum(a) AS a FROM zipped', format: 'JSONEachRow' });
  assert.deepEqual(await stored.json(), [{ a: 5 }]);
  await client.close();
});

test('a client that reads nothing stops the engine, not the memory', async () => {
  const answer = await open("SELECT number, 'x' FROM numbers(3000000000) FORMAT TSV");
  await once(answer, 'readable');
  const rssMb = (): number =>
    Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${clickhouse.pid}/status`, 'utf8'))?.[1]) / 1024;
  const before = rssMb();
  await new Promise((resolve) => setTimeout(resolve, 1500));
  const grown = rssMb() - before;
  assert.ok(grown < 100, `grew by ${grown} MB while nobody read`);
  answer.destroy();
  await until(async () => (await running('%3000000000%')) === 0);
});

test('a statement ends when its client goes away before the first byte', async () => {
  const controller = new AbortController();
  const answer = clickhouse.client.query({ query: slowSum, abort_signal: controller.signal });
  const refused = assert.rejects(answer);
  await until(async () => (await running('%1000000000000%')) === 1);
  controller.abort();
  await refused;
  await until(async () => (await running('%1000000000000%')) === 0);
});

test('an INSERT SELECT ends when its client goes away', async () => {
  await clickhouse.client.command({ query: 'CREATE TABLE sink (a UInt64) ENGINE = Null' });
  const controller = new AbortController();
  const query = 'INSERT INTO sink SELECT sipHash64(number) FROM numbers(2000000000000)';
  const refused = assert.rejects(clickhouse.client.command({ query, abort_signal: controller.signal }));
  await until(async () => (await running('%2000000000000%')) === 1);
  controller.abort();
  await refused;
  await until(async () => (await running('%2000000000000%')) === 0);
});

test('after cancelled statements every connection still answers what it is asked', async () => {
  for (let round = 0; round < 12; round += 1) {
    const answer = await open(`SELECT number + ${round} FROM numbers(100000000) FORMAT TSV`);
    await once(answer, 'readable');
    answer.destroy();
  }
  const answers = await Promise.all(
    Array.from({ length: 24 }, async (_, index) => {
      const result = await clickhouse.client.query({ query: `SELECT ${index} AS n`, format: 'TabSeparated' });
      return result.text();
    }),
  );
  assert.deepEqual(
    answers,
    Array.from({ length: 24 }, (_, index) => `${index}\n`),
  );
});

test('analysts who fill their lane hold back neither live reads nor inserts', async () => {
  await clickhouse.client.command({ query: 'CREATE TABLE beside (a UInt32) ENGINE = MergeTree ORDER BY a' });
  const long = Array.from({ length: 6 }, async () => {
    const answer = open('SELECT sleepEachRow(0.05) FROM numbers(1000)', '&max_block_size=1', {
      'X-Haidang-Lane': 'analyst',
    });
    return answer.catch(() => undefined);
  });
  await until(async () => (await running('%sleepEachRow(0.05)%')) === 3);
  const startedAt = performance.now();
  for (let count = 0; count < 20; count += 1) {
    const result = await clickhouse.client.query({ query: 'SELECT 1 AS one', format: 'TabSeparated' });
    assert.equal(await result.text(), '1\n');
  }
  await clickhouse.client.insert({ table: 'beside', values: [{ a: 1 }], format: 'JSONEachRow' });
  assert.equal(await running('%sleepEachRow(0.05)%'), 3, 'the analysts still run');
  assert.ok(performance.now() - startedAt < 5_000);
  await clickhouse.client.command({ query: "KILL QUERY WHERE query LIKE '%sleepEachRow(0.05)%' ASYNC" });
  await until(async () => {
    await clickhouse.client.command({ query: "KILL QUERY WHERE query LIKE '%sleepEachRow(0.05)%' ASYNC" });
    return (await running('%sleepEachRow(0.05)%')) === 0;
  });
  await Promise.all(long);
});

const writes = [
  'CREATE TABLE never (a UInt8) ENGINE = Memory',
  "INSERT INTO FUNCTION file('/tmp/haidang-never.csv', 'CSV', 'a Int8') SELECT 1",
  'KILL QUERY WHERE 1 ASYNC',
  'SYSTEM FLUSH LOGS',
  "SELECT * FROM file('/etc/hostname', LineAsString)",
  "SELECT * FROM url('http://127.0.0.1:1/x', LineAsString)",
  'SELECT 1 SETTINGS readonly = 0',
] as const;
for (const lane of ['live', 'analyst']) {
  for (const query of writes) {
    test(`the lane ${lane} refuses ${query}, even to a client that sends readonly = 2`, async () => {
      const command = clickhouse.client.command({
        query,
        clickhouse_settings: { readonly: '2' },
        http_headers: { 'X-Haidang-Lane': lane },
      });
      await assert.rejects(command, (error: Error) => 'code' in error && error.code === '164');
    });
  }
}

test('an error in the middle of an answer reaches the client and breaks a plain reader off', async () => {
  const query = 'SELECT throwIf(number = 3000000) AS n FROM numbers(4000000)';
  await assert.rejects(async () => {
    const result = await clickhouse.client.query({ query, format: 'JSONEachRow' });
    for await (const rows of result.stream()) assert.ok(rows.length > 0);
  }, /throwIf/);
  const answer = await open(`${query} FORMAT TSV`);
  assert.equal(answer.statusCode, 200);
  let tail = '';
  await assert.rejects(async () => {
    for await (const chunk of answer) tail = (tail + String(chunk)).slice(-1000);
  }, /aborted/);
  assert.match(tail, /__exception__\r\n[0-9a-f]{16}\r\nCode: 395\. DB::Exception/);
});

test('with wait_end_of_query the same error has its own status', async () => {
  const query = 'SELECT throwIf(number = 3000000) AS n FROM numbers(4000000) FORMAT TSV';
  const answer = await open(query, '&wait_end_of_query=1');
  assert.equal(answer.statusCode, 500);
  assert.equal(answer.headers['x-clickhouse-exception-code'], '395');
  answer.resume();
});

test('a statement too many is refused with 503 and 202, and the lane recovers', async () => {
  const { url, user, password } = clickhouse;
  const controller = new AbortController();
  const ask = async (query: string): Promise<Response> =>
    fetch(`${url}/?query=${encodeURIComponent(query)}`, {
      headers: { 'X-ClickHouse-User': user, 'X-ClickHouse-Key': password, 'X-Haidang-Lane': 'analyst' },
      ...(query === 'SELECT 7' ? {} : { signal: controller.signal }),
    });
  const numbers: (string | null)[] = [];
  const asked = Array.from({ length: 320 }, () =>
    ask('SELECT sleep(3)').then((answer) => numbers.push(answer.headers.get('x-clickhouse-exception-code'))),
  );
  const settled = Promise.allSettled(asked);
  await until(async () => Promise.resolve(numbers.length >= 320 - 3 - waitingMax));
  assert.deepEqual(new Set(numbers), new Set(['202']));
  controller.abort();
  await settled;
  const after = await ask('SELECT 7');
  assert.equal(await after.text(), '7\n');
}, 60_000);
