import { ClickHouseLogLevel, createClient, type ClickHouseClient } from '@clickhouse/client';
import { strict as assert } from 'node:assert';
import { request as httpRequest } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, test } from 'vitest';

import { startQueryApp, type TestQueryApp } from '../../../fixtures/query/query-app.ts';

let app: TestQueryApp;
let client: ClickHouseClient;
beforeAll(async () => {
  app = await startQueryApp();
  client = createClient({
    url: app.url,
    username: 'anybody',
    password: app.tokens.analyst,
    log: { level: ClickHouseLogLevel.OFF },
  });
}, 60_000);
afterAll(async () => {
  await client.close();
  await app.close();
});

const basic = (token: string): string => `Basic ${Buffer.from(`x:${token}`).toString('base64')}`;

test('the standard client pings, by ping and by statement', async () => {
  assert.deepEqual(await client.ping(), { success: true });
  assert.deepEqual(await client.ping({ select: true }), { success: true });
});

test('the standard client asks with parameters and gets rows', async () => {
  const result = await client.query({
    query:
      'SELECT entity, count() AS n FROM measurements WHERE entity IN {ids:Array(String)} GROUP BY entity ORDER BY entity',
    query_params: { ids: ['station-0', 'station-1'] },
    format: 'JSONEachRow',
  });
  assert.deepEqual(await result.json(), [
    { entity: 'station-0', n: '334' },
    { entity: 'station-1', n: '333' },
  ]);
});

test('a parameter keeps quotes, backslashes, tabs and line breaks', async () => {
  const value = `it's "a" \\ back\tslash\nline $$ -- /* ệ`;
  const result = await client.query({
    query: 'SELECT {v:String} AS v, {m:Map(String, Array(String))} AS m',
    query_params: { v: value, m: { k: [value] } },
    format: 'JSONEachRow',
  });
  assert.deepEqual(await result.json(), [{ v: value, m: { k: [value] } }]);
});

test('the standard client streams rows', async () => {
  const result = await client.query({ query: 'SELECT number FROM numbers(100000)', format: 'JSONEachRow' });
  let count = 0;
  for await (const rows of result.stream()) count += rows.length;
  assert.equal(count, 100_000);
});

test('the standard client reads JSON with its counts, and the database of the contract', async () => {
  const own = createClient({
    url: app.url,
    database: 'haidang',
    username: 'x',
    password: app.tokens.analyst,
  });
  const result = await own.query({ query: 'SELECT 1 AS one', format: 'JSON' });
  const answer = await result.json();
  assert.deepEqual([answer.rows, answer.data], [1, [{ one: 1 }]]);
  await own.close();
});

test('the standard client gets a refusal as an error with ClickHouse code and type', async () => {
  const asked = client.query({ query: "SELECT * FROM url('http://127.0.0.1:1/', CSV)" });
  await assert.rejects(asked, { code: '446', type: 'FUNCTION_NOT_ALLOWED' });
});

test('the standard client may not insert, command or change a setting', async () => {
  await assert.rejects(client.insert({ table: 'kpis', values: [{ id: 'x' }], format: 'JSONEachRow' }), {
    code: '164',
  });
  await assert.rejects(client.command({ query: 'DROP VIEW kpis' }), { code: '164' });
  const harmful = { max_memory_usage: '1', max_rows_to_read: '1', max_execution_time: 1 } as const;
  const result = await client.query({
    query: 'SELECT 1 AS one',
    format: 'JSONEachRow',
    clickhouse_settings: harmful,
  });
  assert.deepEqual(await result.json(), [{ one: 1 }]);
});

test('a harmless setting in the URL is applied, as is one in the text', async () => {
  const settings = { output_format_json_quote_64bit_integers: 0 } as const;
  const query = 'SELECT toUInt64(1) AS n';
  const result = await client.query({ query, format: 'JSONEachRow', clickhouse_settings: settings });
  assert.deepEqual(await result.json(), [{ n: 1 }]);
  const text = `${query} SETTINGS output_format_json_quote_64bit_integers = 0`;
  assert.deepEqual(await (await client.query({ query: text, format: 'JSONEachRow' })).json(), [{ n: 1 }]);
});

test('a client that goes away ends its statement in the engine', async () => {
  const controller = new AbortController();
  const mark = 'abort_mark_1';
  const query = `SELECT count() AS ${mark} FROM numbers(300000) a, numbers(300000) b WHERE sipHash64(a.number, b.number) = 1`;
  const asked = client.query({ query, abort_signal: controller.signal });
  const running = async (): Promise<number> => {
    const sql = `SELECT count() AS n FROM system.processes WHERE query LIKE '%${mark}%' AND query NOT LIKE '%system.processes%'`;
    const rows = await (
      await app.engine.client.query({ query: sql, format: 'JSONEachRow' })
    ).json<{ n: string }>();
    return Number(rows[0]?.n);
  };
  while ((await running()) === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  controller.abort();
  await assert.rejects(asked);
  const giveUpAt = Date.now() + 5_000;
  while ((await running()) > 0) {
    assert(Date.now() < giveUpAt, 'the statement still runs five seconds after its client went away');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}, 30_000);

// [what, path, request, answer]
const curls = [
  ['a statement in the URL', '/?query=SELECT%201', {}, '1\n'],
  ['a statement in the body', '/', { method: 'POST', body: 'SELECT 1, 2' }, '1\t2\n'],
  ['a statement in both', '/?query=SELECT%201', { method: 'POST', body: ', 2' }, '1\t2\n'],
  [
    'form data as curl sends it',
    '/',
    { method: 'POST', body: 'SELECT 3', type: 'application/x-www-form-urlencoded' },
    '3\n',
  ],
  ['a default format', '/?query=SELECT%201%20AS%20a&default_format=CSVWithNames', {}, '"a"\n1\n'],
  [
    'a format in the text over the default',
    '/?query=SELECT%201%20AS%20a%20FORMAT%20JSONEachRow&default_format=CSVWithNames',
    {},
    '{"a":1}\n',
  ],
  ['a parameter in the URL', '/?query=SELECT%20%7Bn:UInt8%7D&param_n=7', {}, '7\n'],
  ['an unqualified name', '/?query=SELECT%20count()%20FROM%20measurements', {}, '1000\n'],
  [
    'a qualified name',
    '/?database=haidang&query=SELECT%20count()%20FROM%20haidang.measurements',
    {},
    '1000\n',
  ],
  ['the database name', '/?query=SELECT%20currentDatabase()', {}, 'haidang\n'],
  ['no statement at all', '/', {}, 'Ok.\n'],
  ['a ping', '/ping', {}, 'Ok.\n'],
] as const;
for (const [what, path, options, expected] of curls) {
  test(`plain HTTP: ${what} is answered as ClickHouse does`, async () => {
    const { type, ...request } = { type: undefined, ...options };
    const headers = {
      authorization: basic(app.tokens.analyst),
      ...(type === undefined ? {} : { 'content-type': type }),
    };
    const answer = await fetch(app.url + path, { ...request, headers });
    assert.equal(await answer.text(), expected);
    assert.equal(answer.status, 200);
  });
}

test('the answer names its format, its query and its counts', async () => {
  const headers = { 'x-clickhouse-user': 'x', 'x-clickhouse-key': app.tokens.analyst };
  const answer = await fetch(`${app.url}/?query=SELECT%201&query_id=mine-1`, { headers });
  assert.equal(answer.headers.get('x-clickhouse-format'), 'TabSeparated');
  assert.equal(answer.headers.get('x-clickhouse-query-id'), 'mine-1');
  assert.match(answer.headers.get('x-clickhouse-summary') ?? '', /"read_rows":"1"/);
  await answer.text();
});

test('a gzipped body is taken', async () => {
  const headers = { authorization: `Bearer ${app.tokens.analyst}`, 'content-encoding': 'gzip' };
  const answer = await fetch(app.url, { method: 'POST', headers, body: gzipSync('SELECT 5') });
  assert.equal(await answer.text(), '5\n');
});

// [statement, status, ClickHouse code]
const errors = [
  ['SELECT file(1)', 400, '446'],
  ['SELECT * FROM system.tables', 400, '60'],
  ['DROP TABLE x', 400, '164'],
  ['SELECT 1 FORMAT Native', 400, '73'],
  ['SELECT', 400, '62'],
  ['SELECT nonsense', 400, '47'],
] as const;
for (const [sql, status, code] of errors) {
  test(`plain HTTP: ${sql} is ${status} with exception code ${code} and ClickHouse's text`, async () => {
    const headers = { authorization: basic(app.tokens.analyst) };
    const answer = await fetch(app.url, { method: 'POST', headers, body: sql });
    assert.equal(answer.status, status);
    assert.equal(answer.headers.get('x-clickhouse-exception-code'), code);
    assert.match(await answer.text(), new RegExp(`^Code: ${code}\\. DB::Exception: .*\\([A-Z_]+\\)\n$`, 's'));
  });
}

test('no token is 401 with a challenge, a wrong one 401 with code 516', async () => {
  const none = await fetch(`${app.url}/?query=SELECT%201`);
  assert.equal(none.status, 401);
  assert.match(none.headers.get('www-authenticate') ?? '', /^Basic/);
  await none.text();
  const wrong = await fetch(`${app.url}/?query=SELECT%201`, {
    headers: { authorization: basic('nonsense') },
  });
  assert.deepEqual([wrong.status, wrong.headers.get('x-clickhouse-exception-code')], [401, '516']);
  await wrong.text();
  const inUrl = await fetch(`${app.url}/?query=SELECT%201&user=x&password=${app.tokens.analyst}`);
  assert.equal(inUrl.status, 401);
  await inUrl.text();
});

test('another database is refused', async () => {
  const headers = { authorization: basic(app.tokens.analyst) };
  const answer = await fetch(`${app.url}/?database=system&query=SELECT%201`, { headers });
  assert.equal(answer.status, 400);
  await answer.text();
});

test('an answer that fails in the middle is cut, with the reason in the block that clients know', async () => {
  const text = await new Promise<string>((resolve) => {
    const asked = httpRequest(
      { port: app.port, method: 'POST', path: '/', headers: { authorization: basic(app.tokens.analyst) } },
      (answer) => {
        let all = '';
        answer.on('data', (chunk: Buffer) => (all = (all + chunk.toString()).slice(-2_000)));
        answer.on('close', () => resolve(`${answer.complete ? 'whole' : 'cut'}\n${all}`));
        answer.on('error', () => undefined);
      },
    );
    asked.end('SELECT number, intDiv(1, number < 1500000) FROM numbers(3000000)');
  });
  assert.match(text, /^cut\n/);
  assert.match(text, /__exception__\r\n[0-9a-f]{16}\r\nCode: 153\. DB::Exception: /);
  assert.doesNotMatch(text, /haidang_internal|version/);
}, 30_000);
