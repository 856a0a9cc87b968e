import { tableFromIPC } from 'apache-arrow';
import { strict as assert } from 'node:assert';
import { afterAll, beforeAll, test } from 'vitest';

import { refused } from '../../../fixtures/query/guard-cases.ts';
import { viewNames } from '../guard/views.ts';
import { waitingMax } from '../run/limits.ts';
import { startQueryApp, type TestQueryApp } from '../../../fixtures/query/query-app.ts';

let app: TestQueryApp;
beforeAll(async () => {
  app = await startQueryApp();
}, 60_000);
afterAll(() => app.close());

interface Asked {
  readonly sql: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly format?: string;
}

function ask(body: Asked | string, token = app.tokens.analyst): Promise<Response> {
  const isText = typeof body === 'string';
  return fetch(`${app.url}/v1/sql`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': isText ? 'text/plain' : 'application/json' },
    body: isText ? body : JSON.stringify(body),
  });
}

async function problem(body: Asked | string, token?: string): Promise<Record<string, unknown>> {
  const answer = await ask(body, token);
  assert.match(answer.headers.get('content-type') ?? '', /^application\/problem\+json/);
  const document = (await answer.json()) as Record<string, unknown>;
  assert.equal(document['status'], answer.status);
  return document;
}

test('a statement as text is answered as JSON', async () => {
  const answer = await ask('SELECT count() AS n FROM measurements');
  assert.equal(answer.status, 200);
  assert.match(answer.headers.get('content-type') ?? '', /^application\/json/);
  assert.deepEqual(((await answer.json()) as { data: unknown }).data, [{ n: '1000' }]);
});

test('parameters of every kind reach the statement as values', async () => {
  const sql = `SELECT {s:String} AS s, {n:Int64} AS n, {f:Float64} AS f, {a:Array(String)} AS a,
    {m:Map(String, UInt8)} AS m, {d:Date} AS d, {z:Nullable(String)} AS z, {b:Bool} AS b`;
  const s = `it's "x" \\ \t \n ; DROP TABLE raw_kpis -- ệ`;
  const params = { s, n: -5, f: 1.5, a: ["a'b", 'c\\d', s], m: { k: 1 }, d: '2026-11-23', z: null, b: true };
  const answer = await ask({ sql, params, format: 'JSONEachRow' });
  assert.equal(answer.status, 200);
  assert.deepEqual(await answer.json(), { ...params, n: '-5' });
});

test('fifty parallel statements with parameters each get their own answer', async () => {
  const answers = await Promise.all(
    Array.from({ length: 50 }, async (_none, n) => {
      const sql = 'SELECT {n:UInt32} * 1000 + {m:UInt32} AS n';
      const answer = await ask({ sql, params: { n, m: 50 - n }, format: 'JSONEachRow' });
      return Number(((await answer.json()) as { n: string }).n);
    }),
  );
  assert.deepEqual(
    answers,
    Array.from({ length: 50 }, (_none, n) => n * 1000 + 50 - n),
  );
});

test('a parameter without a value is named', async () => {
  const document = await problem({ sql: 'SELECT {missing:String}' });
  assert.equal(document['code'], 'PARAMETER_MISSING');
  assert.match(String(document['detail']), /missing/);
});

test('a refusal says where and why, with status 400', async () => {
  const document = await problem("SELECT 1,\n  file('/etc/passwd')");
  assert.deepEqual(
    [document['status'], document['code'], document['line'], document['column']],
    [400, 'FUNCTION_NOT_ALLOWED', 2, 3],
  );
});

// [format, what its bytes must be]
const texts = [
  ['JSONEachRow', '{"id":"e1","value":1}\n'],
  ['CSVWithNames', '"id","value"\n"e1",1\n'],
  ['TabSeparatedWithNames', 'id\tvalue\ne1\t1\n'],
] as const;
for (const [format, expected] of texts) {
  test(`${format} comes as its own text`, async () => {
    const sql = "SELECT event_id AS id, value FROM measurements WHERE event_id = 'e1'";
    assert.equal(await (await ask({ sql, format })).text(), expected);
    assert.equal(await (await ask(`${sql} FORMAT ${format}`)).text(), expected);
  });
}

test('JSONCompact comes as rows of arrays', async () => {
  const answer = await ask('SELECT 1 AS a, 2 AS b FORMAT JSONCompact');
  assert.deepEqual(((await answer.json()) as { data: unknown }).data, [[1, 2]]);
});

for (const format of ['Arrow', 'ArrowStream']) {
  test(`${format} is read by a JavaScript reader`, async () => {
    const sql = 'SELECT event_id, value, event_time, feed FROM measurements ORDER BY event_time LIMIT 100';
    const table = tableFromIPC(new Uint8Array(await (await ask({ sql, format })).arrayBuffer()));
    assert.equal(table.numRows, 100);
    assert.equal(table.getChild('event_id')?.get(7), 'e7');
    assert.equal(table.getChild('value')?.get(7), 7);
  });
}

test('Parquet has its marks at both ends', async () => {
  const answer = await ask({ sql: 'SELECT * FROM measurements', format: 'Parquet' });
  const bytes = Buffer.from(await answer.arrayBuffer());
  assert.equal(bytes.subarray(0, 4).toString(), 'PAR1');
  assert.equal(bytes.subarray(-4).toString(), 'PAR1');
});

// [token, KPIs it sees in every view that has them]
const ceilings = [
  ['wall', ['environment.pm25_mean_1h']],
  ['analyst', ['environment.inside', 'environment.pm25_mean_1h']],
  ['admin', ['environment.inside', 'environment.pm25_mean_1h', 'environment.secret', 'environment.unknown']],
] as const;
for (const [role, expected] of ceilings) {
  test(`${role} sees the values up to its ceiling, however it asks`, async () => {
    const statements = [
      'SELECT DISTINCT kpi FROM kpi_values ORDER BY kpi',
      'SELECT DISTINCT kpi FROM haidang.kpi_values ORDER BY kpi',
      'SELECT kpi FROM (SELECT kpi FROM kpi_values UNION ALL SELECT kpi FROM haidang.kpi_values) GROUP BY kpi ORDER BY kpi',
      'WITH k AS (SELECT * FROM kpi_values) SELECT DISTINCT kpi FROM k ORDER BY kpi',
      'SELECT DISTINCT b.kpi AS kpi FROM numbers(1) a, haidang.kpi_values b ORDER BY kpi',
      'SELECT arrayJoin(arraySort((SELECT groupUniqArray(kpi) FROM kpi_values))) AS kpi',
    ];
    for (const sql of statements) {
      const rows = (await (await ask(sql, app.tokens[role])).json()) as { data: { kpi: string }[] };
      assert.deepEqual(
        rows.data.map((row) => row.kpi),
        expected,
        sql,
      );
    }
    const known = expected.filter((id) => id !== 'environment.unknown');
    const kpis = (await (await ask('SELECT id FROM kpis ORDER BY id', app.tokens[role])).json()) as {
      data: { id: string }[];
    };
    assert.deepEqual(
      kpis.data.map((row) => row.id),
      known,
    );
    const latest = (await (
      await ask('SELECT kpi FROM kpi_latest ORDER BY kpi', app.tokens[role])
    ).json()) as { data: { kpi: string }[] };
    assert.deepEqual(
      latest.data.map((row) => row.kpi),
      known,
    );
  });
}

test('a position beyond 2^53 arrives exactly', async () => {
  const answer = await ask('SELECT max(revision) AS r FROM kpi_values');
  assert.deepEqual(((await answer.json()) as { data: unknown }).data, [{ r: '9007199254740993' }]);
});

// [what, statement, status, code]
const cuts = [
  [
    'too much memory',
    'SELECT length(groupArray(repeat(toString(number), 200))) FROM numbers(10000000)',
    413,
    'MEMORY_LIMIT',
  ],
  ['an enormous string', "SELECT length(repeat('x', 500000000))", 400, 'STATEMENT_FAILED'],
  ['an enormous range', 'SELECT length(range(1000000000))', 400, 'STATEMENT_FAILED'],
] as const;
for (const [what, sql, status, code] of cuts) {
  test(`${what} is cut with ${status} ${code}`, async () => {
    const document = await problem(sql);
    assert.deepEqual([document['status'], document['code']], [status, code], String(document['detail']));
  }, 60_000);
}

test('an answer beyond its bound of rows is cut, so that nobody takes a part for the whole', async () => {
  const answer = await ask(
    'SELECT a.number FROM numbers(5000000) a, numbers(3) b FORMAT TabSeparatedWithNames',
  );
  assert.equal(answer.status, 200);
  await assert.rejects(answer.text());
}, 60_000);

test('a wall that joins without end is cut at its five seconds with 504, and others are answered meanwhile', async () => {
  const sql =
    'SELECT count() FROM numbers(300000) a, numbers(300000) b WHERE sipHash64(a.number, b.number) = 1';
  const endless = problem(sql, app.tokens.wall);
  const quick = await ask('SELECT 1');
  assert.equal(quick.status, 200);
  const document = await endless;
  assert.deepEqual([document['status'], document['code']], [504, 'TIME_LIMIT'], String(document['detail']));
}, 30_000);

test('more statements than may wait are 429 with Retry-After, and another token is answered meanwhile', async () => {
  const sql =
    'SELECT count() FROM numbers(300000) a, numbers(300000) b WHERE sipHash64(a.number, b.number) = 1';
  const controller = new AbortController();
  const headers = { authorization: `Bearer ${app.tokens.wall}` };
  const running = Array.from({ length: 2 + waitingMax }, () =>
    fetch(`${app.url}/v1/sql`, { method: 'POST', headers, body: sql, signal: controller.signal }).catch(
      () => 'cut',
    ),
  );
  await new Promise((resolve) => setTimeout(resolve, 500));
  const answer = await ask('SELECT 1', app.tokens.wall);
  assert.equal(answer.status, 429);
  assert.equal(answer.headers.get('retry-after'), '1');
  assert.equal(((await answer.json()) as { code: string }).code, 'TOO_MANY_STATEMENTS');
  assert.equal((await ask('SELECT 1', app.tokens.analyst)).status, 200);
  controller.abort();
  await Promise.all(running);
  // The two that ran are killed in the engine, those that waited never reach it: soon the token is free again.
  const giveUpAt = Date.now() + 3_000;
  while ((await ask('SELECT 1', app.tokens.wall)).status !== 200) assert(Date.now() < giveUpAt, 'still full');
}, 30_000);

test('of the statements that the guard refuses none is handed to the engine, through either door', async () => {
  const before = app.executions();
  const headers = { authorization: `Bearer ${app.tokens.analyst}` };
  for (const sql of Object.values(refused).flat()) {
    for (const path of ['/v1/sql', '/']) {
      const answer = await fetch(app.url + path, { method: 'POST', headers, body: sql });
      const text = await answer.text();
      assert([400, 404, 413].includes(answer.status), `${answer.status} ${sql.slice(0, 100)}`);
      assert.doesNotMatch(text, /\/tmp|\/var|26\.7|root:/);
    }
  }
  assert.equal(app.executions(), before);
}, 60_000);

test('no message shows a path, a version, an internal table or another database', async () => {
  const statements = [
    'SELECT nonsense FROM kpi_values',
    'SELECT nonsense FROM measurements',
    "SELECT toUInt8('x') FROM measurements",
    'SELECT * FROM targets',
    'SELECT throwNothing()',
    "SELECT CAST(value, 'Nonsense') FROM kpi_values",
    'SELECT kpi FROM kpi_values GROUP BY value',
    'SELECT * FROM kpi_value',
    'SELECT 1 FROM measurements JOIN kpi_values',
    "SELECT parseDateTime('x', '%Y') FROM measurements",
    'SELECT (SELECT event_id FROM measurements)',
  ];
  for (const sql of statements) {
    const answer = await ask(sql);
    const text = await answer.text();
    assert(answer.status >= 400, `${sql}: ${text}`);
    assert.doesNotMatch(text, /raw_|haidang_(?:public|internal|restricted)|\/tmp|\/var|version 2|26\.7/, sql);
  }
});

for (const sql of [
  'EXPLAIN SELECT count() FROM measurements',
  'EXPLAIN SYNTAX SELECT kpi FROM kpi_values WHERE value > 1',
  "EXPLAIN QUERY TREE SELECT 'it''s \\n one' FROM kpis",
  'EXPLAIN AST SELECT {n:UInt8}',
]) {
  test(`${sql} is answered line by line, without the names behind the views`, async () => {
    const answer = await ask({ sql, params: { n: 1 }, format: 'JSON' });
    const text = await answer.text();
    assert.equal(answer.status, 200, text);
    const { data } = JSON.parse(text) as { data: readonly { explain: string }[] };
    assert(data.length > 1 && data.every(({ explain }) => !explain.includes('\n')), text);
    assert.doesNotMatch(text, /raw_|haidang_(?:public|internal|restricted)/);
    const arrow = await ask({ sql, params: { n: 1 }, format: 'ArrowStream' });
    assert.equal(tableFromIPC(new Uint8Array(await arrow.arrayBuffer())).numRows, data.length);
  });
}

test('a body that begins with a brace is JSON, whatever its content type says', async () => {
  const answer = await fetch(`${app.url}/v1/sql`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${app.tokens.analyst}`,
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: '{"sql":"SELECT {n:UInt8} AS n","params":{"n":3},"format":"JSONEachRow"}',
  });
  assert.equal(await answer.text(), '{"n":3}\n');
});

// [what, request, status, code]
const badRequests = [
  ['no token', { headers: {} }, 401, 'TOKEN_UNKNOWN'],
  ['an unknown token', { headers: { authorization: 'Bearer nonsense' } }, 401, 'TOKEN_UNKNOWN'],
  [
    'broken JSON',
    { headers: { 'content-type': 'application/json' }, body: '{"sql"' },
    400,
    'MALFORMED_REQUEST',
  ],
  [
    'an unknown member',
    { headers: { 'content-type': 'application/json' }, body: '{"sql":"SELECT 1","x":1}' },
    400,
    'MALFORMED_REQUEST',
  ],
  ['bytes that are not UTF-8', { body: Buffer.from([0x53, 0xff, 0xfe]) }, 400, 'MALFORMED_REQUEST'],
  ['an empty body', { body: '' }, 400, 'EMPTY_STATEMENT'],
  ['a statement of 10 MB', { body: `SELECT '${'x'.repeat(10_000_000)}'` }, 413, 'BODY_TOO_LARGE'],
] as const;
for (const [what, request, status, code] of badRequests) {
  test(`${what} is ${status} ${code}`, async () => {
    const token = what.includes('token') ? {} : { authorization: `Bearer ${app.tokens.analyst}` };
    const answer = await fetch(`${app.url}/v1/sql`, {
      method: 'POST',
      body: 'SELECT 1',
      ...request,
      headers: { ...token, ...('headers' in request ? request.headers : {}) },
    });
    const document = (await answer.json()) as { code: string };
    assert.deepEqual([answer.status, document.code], [status, code]);
  });
}

test('a token that only pushes events may not ask', async () => {
  const document = await problem('SELECT 1', app.tokens.ingest);
  assert.deepEqual([document['status'], document['code']], [403, 'NOT_ALLOWED']);
});

test('a view that is promised and not built is 404, a foreign format names the formats', async () => {
  const view = await problem('SELECT * FROM haidang.targets');
  assert.deepEqual([view['status'], view['code'], view['line'], view['column']], [404, 'NOT_BUILT', 1, 23]);
  assert.match(String(view['detail']), /not built yet; the views are measurements,/);
  for (const asked of ['SELECT 1 FORMAT CSV', { sql: 'SELECT 1', format: 'CSV' }]) {
    const format = await problem(asked);
    assert.equal(format['code'], 'FORMAT_NOT_ALLOWED');
    assert.match(String(format['detail']), /^there is no format CSV; the formats are JSON, .*CSVWithNames/);
  }
  const explain = await problem('EXPLAIN INSERT INTO kpis SELECT 1');
  assert.equal(explain['code'], 'STATEMENT_NOT_ALLOWED');
  assert.match(String(explain['detail']), /^EXPLAIN INSERT is not allowed: only SELECT, EXPLAIN of a SELECT/);
});

test('SHOW TABLES names the views and SHOW DATABASES one database, whatever lies behind them', async () => {
  const lines = async (sql: string): Promise<string[]> =>
    (await (await ask({ sql, format: 'TabSeparated' })).text()).trim().split('\n');
  const views = await lines('show tables from haidang');
  assert.deepEqual(views, [...viewNames].sort());
  for (const view of views) assert.equal((await ask(`DESCRIBE haidang.${view}`)).status, 200, view);
  assert.deepEqual(await lines('SHOW DATABASES;'), ['haidang']);
  assert.equal((await problem('SHOW TABLES FORMAT CSV'))['code'], 'FORMAT_NOT_ALLOWED');
});
