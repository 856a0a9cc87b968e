import { strict as assert } from 'node:assert';
import { afterAll, beforeAll, test } from 'vitest';

import { startClickhouse, type TestClickhouse } from '../../../fixtures/servers/clickhouse.ts';

let clickhouse: TestClickhouse;
beforeAll(async () => {
  clickhouse = await startClickhouse();
}, 30_000);
afterAll(async () => {
  assert.equal(await clickhouse.stop(), 0);
});

const post = (path: string, body: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${clickhouse.url}${path}`, {
    method: 'POST',
    body,
    headers: { 'X-ClickHouse-User': clickhouse.user, 'X-ClickHouse-Key': clickhouse.password, ...headers },
  });

test('the official client queries, commands, inserts, executes and pings', async () => {
  const { client } = clickhouse;
  assert.equal((await client.ping()).success, true);
  assert.equal((await client.ping({ select: true })).success, true);
  await client.command({
    query: 'CREATE TABLE trip (id UInt32, name String) ENGINE = MergeTree ORDER BY id',
  });
  const inserted = await client.insert({
    table: 'trip',
    values: [
      { id: 1, name: 'Vũng Tàu' },
      { id: 2, name: "it's" },
    ],
    format: 'JSONEachRow',
  });
  assert.equal(inserted.summary?.written_rows, '2');
  const rows = await client.query({ query: 'SELECT id, name FROM trip ORDER BY id', format: 'JSONEachRow' });
  assert.deepEqual(await rows.json(), [
    { id: 1, name: 'Vũng Tàu' },
    { id: 2, name: "it's" },
  ]);
  const executed = await client.exec({ query: 'SELECT count() FROM trip FORMAT CSV' });
  let text = '';
  for await (const chunk of executed.stream) text += String(chunk);
  assert.equal(text, '2\n');
  assert.equal((await client.query({ query: 'SELECT currentDatabase() AS d' })).query_id.length, 36);
});

// [type, value as JavaScript, the engine's text of it]
const parameterCases = [
  ['String', "a'b\\c\td\ne", "a'b\\c\td\ne"],
  ['String', '', ''],
  ['String', "' OR 1=1 --", "' OR 1=1 --"],
  ['UInt64', '18446744073709551615', '18446744073709551615'],
  ['Int32', -7, '-7'],
  ['Float64', 1.5, '1.5'],
  ['Bool', true, 'true'],
  ['Nullable(String)', null, null],
  ['Array(String)', ["a'b", 'c\\d'], "['a\\'b','c\\\\d']"],
  ['Array(Nullable(UInt8))', [1, null], '[1,NULL]'],
  ['Map(String, UInt8)', new Map([['x', 1]]), "{'x':1}"],
  ["DateTime64(3, 'UTC')", '2026-11-23 06:00:00.123', '2026-11-23 06:00:00.123'],
  ['Date', '2026-11-23', '2026-11-23'],
  ['Decimal(9, 2)', '12.34', '12.34'],
  ['LowCardinality(String)', 'đ', 'đ'],
] as const;
for (const [type, value, expected] of parameterCases) {
  test(`a parameter of type ${type} with value ${JSON.stringify(value)} arrives unchanged`, async () => {
    const result = await clickhouse.client.query({
      query: `SELECT toString({v:${type}}) AS v`,
      query_params: { v: value },
      format: 'JSONEachRow',
    });
    assert.deepEqual(await result.json(), [{ v: expected }]);
  });
}

test('a parameter of an earlier request is not seen by a later one', async () => {
  for (let round = 0; round < 8; round += 1) {
    assert.equal((await post('/?param_secret=1', 'SELECT {secret:UInt8}')).status, 200);
  }
  const answers = await Promise.all(Array.from({ length: 8 }, () => post('/', 'SELECT {secret:UInt8}')));
  for (const answer of answers) {
    assert.equal(answer.headers.get('x-clickhouse-exception-code'), '456');
    assert.match(await answer.text(), /Substitution `secret` is not set/);
  }
});

test('fifty parallel queries with parameters each get their own answer', async () => {
  const ids = Array.from({ length: 50 }, (_, index) => index);
  const answers = await Promise.all(
    ids.map(async (id) => {
      const result = await clickhouse.client.query({
        query: "SELECT {id:UInt32} AS id, getSetting('max_block_size') AS size, sleep(0.01) AS s",
        query_params: { id },
        clickhouse_settings: { max_block_size: String(1000 + id) },
        format: 'JSONEachRow',
      });
      return result.json<{ id: number; size: number }>();
    }),
  );
  const seen = answers.map(([row]) => [row?.id, Number(row?.size)]);
  assert.deepEqual(
    seen,
    ids.map((id) => [id, 1000 + id]),
  );
});

test('settings, readonly and the database of one request do not reach another', async () => {
  const probe = "SELECT getSetting('max_block_size'), getSetting('readonly'), currentDatabase() FORMAT TSV";
  const changed = '/?max_block_size=77&readonly=1&database=system';
  for (let round = 0; round < 12; round += 1) {
    assert.equal(await (await post(changed, probe)).text(), '77\t1\tsystem\n');
    assert.equal(await (await post('/', probe)).text(), '65409\t0\thaidang\n');
  }
  assert.equal((await post('/', 'SET max_block_size = 78')).status, 200);
  assert.equal(await (await post('/', probe)).text(), '65409\t0\thaidang\n');
});

test('a statement that fails leaves no setting behind', async () => {
  for (let round = 0; round < 8; round += 1) {
    assert.equal((await post('/?max_block_size=79', 'SELECT throwIf(1)')).status, 500);
    assert.equal((await post('/?max_block_size=79&max_threads=abc', 'SELECT 1')).status, 400);
  }
  const sizes = await Promise.all(
    Array.from({ length: 8 }, async () => (await post('/', "SELECT getSetting('max_block_size')")).text()),
  );
  assert.deepEqual(new Set(sizes), new Set(['65409\n']));
});

// [statement, path, status, number, text]
const errorCases = [
  ['SELECT 1 FROM', '/', 400, '62', /Code: 62\. DB::Exception: Syntax error.*\(SYNTAX_ERROR\) \(version 26/],
  ['SELECT * FROM nope', '/', 404, '60', /UNKNOWN_TABLE/],
  ['SELECT 1', '/?nope=1', 404, '115', /Unknown setting 'nope'\. \(UNKNOWN_SETTING\)/],
  ['SELECT 1', '/?database=nope', 404, '81', /UNKNOWN_DATABASE/],
  ['SELECT 1 FORMAT Nope', '/', 404, '73', /Unknown format Nope/],
  ['SELECT 1; SELECT 2', '/', 400, '62', /Multi-statements are not allowed/],
  ['SELECT 1', '/?session_id=a', 501, '48', /Sessions are not available/],
  ["SELECT 1 INTO OUTFILE '/tmp/haidang-never'", '/', 501, '48', /not allowed over HTTP/],
  ['SELECT throwIf(1)', '/', 500, '395', /FUNCTION_THROW_IF_VALUE_IS_NON_ZERO/],
  ['DROP DATABASE haidang', '/?readonly=1', 403, '164', /READONLY/],
  [
    'SELECT sleepEachRow(0.1) FROM numbers(99)',
    '/?max_execution_time=1&max_block_size=1',
    408,
    '159',
    /Timeout/,
  ],
] as const;
for (const [statement, path, status, number, pattern] of errorCases) {
  test(`answers ${JSON.stringify(statement)} at ${path} with ${status} and error ${number}`, async () => {
    const answer = await post(path, statement);
    const text = await answer.text();
    assert.match(text, pattern);
    assert.equal(answer.status, status);
    assert.equal(answer.headers.get('x-clickhouse-exception-code'), number);
  });
}

test('the official client sees the error number, the name and the message', async () => {
  await assert.rejects(clickhouse.client.query({ query: 'SELECT * FROM nope' }), (error: Error) => {
    assert.equal('code' in error && error.code, '60');
    assert.equal('type' in error && error.type, 'UNKNOWN_TABLE');
    return true;
  });
});

test('refuses no credentials with 401 and wrong ones with 403, and answers ping without any', async () => {
  const none = await fetch(`${clickhouse.url}/?query=SELECT+1`);
  assert.equal(none.status, 401);
  assert.equal(none.headers.get('x-clickhouse-exception-code'), '194');
  const wrong = await post('/', 'SELECT 1', { 'X-ClickHouse-Key': 'wrong' });
  assert.equal(wrong.status, 403);
  assert.match(await wrong.text(), /Code: 516\. DB::Exception: haidang: Authentication failed/);
  assert.equal(await (await fetch(`${clickhouse.url}/ping`)).text(), 'Ok.\n');
});

test('takes the statement from the URL, by GET only to read, with the format of default_format', async () => {
  const auth = { authorization: `Basic ${btoa(`${clickhouse.user}:${clickhouse.password}`)}` };
  const get = (query: string): Promise<Response> =>
    fetch(`${clickhouse.url}/?default_format=JSONCompact&query=${encodeURIComponent(query)}`, {
      headers: auth,
    });
  const answer = await get('SELECT 1 AS one, toUInt64(2) AS two');
  assert.deepEqual(((await answer.json()) as { data: unknown }).data, [[1, 2]]);
  assert.equal(answer.headers.get('x-clickhouse-format'), 'JSONCompact');
  assert.equal(answer.headers.get('content-type'), 'application/json; charset=UTF-8');
  assert.equal(answer.headers.get('x-clickhouse-timezone'), 'UTC');
  assert.match(answer.headers.get('x-clickhouse-summary') ?? '', /"read_rows":"1"/);
  assert.equal((await get('CREATE TABLE by_get (a Int8) ENGINE = Memory')).status, 403);
});

test('EXPLAIN explains what was asked and knows nothing of the pipe', async () => {
  const answer = await post('/', 'EXPLAIN AST SELECT 1 FORMAT TSV SETTINGS max_threads = 1');
  assert.match(await answer.text(), /^SelectWithUnionQuery \(children 1\)\n/);
  const plan = await post('/', 'EXPLAIN AST SELECT 1');
  assert.doesNotMatch(await plan.text(), /pipe|OUTFILE/);
});

test('a long parameter sent as a form arrives', async () => {
  const form = new FormData();
  form.set('query', 'SELECT length({v:String}) FORMAT TSV');
  form.set('param_v', 'x'.repeat(500_000));
  const answer = await fetch(`${clickhouse.url}/`, {
    method: 'POST',
    body: form,
    headers: { 'X-ClickHouse-User': clickhouse.user, 'X-ClickHouse-Key': clickhouse.password },
  });
  assert.equal(await answer.text(), '500000\n');
});

test('after more parameter names than a connection may meet, settings still do not leak', async () => {
  for (let round = 0; round < 6; round += 1) {
    const names = Array.from({ length: 100 }, (_, index) => `param_r${round}_${index}=1`).join('&');
    await Promise.all(
      Array.from({ length: 4 }, async () => {
        const answer = await post(`/?${names}&max_block_size=99`, `SELECT {r${round}_7:UInt8} FORMAT TSV`);
        assert.equal(await answer.text(), '1\n');
      }),
    );
  }
  assert.equal(await (await post('/', "SELECT getSetting('max_block_size')")).text(), '65409\n');
});
