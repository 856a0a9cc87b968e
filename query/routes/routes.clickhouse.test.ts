import { strict as assert } from 'node:assert';
import { afterAll, beforeAll, test } from 'vitest';

import { startQueryApp, type TestQueryApp } from '../../fixtures/query/query-app.ts';
import { loadDefinitions } from '../../pipeline/kpi/definitions/load-definitions.ts';
import { defaultRegistryFolder, loadRegistry } from '../../pipeline/kpi/registry/load-registry.ts';
import { reproducingSql } from './explain-route.ts';

let app: TestQueryApp;
beforeAll(async () => {
  app = await startQueryApp();
}, 60_000);
afterAll(() => app.close());

async function get(
  path: string,
  token = app.tokens.wall,
): Promise<{ status: number; body: Record<string, unknown> }> {
  const answer = await fetch(app.url + path, { headers: { authorization: `Bearer ${token}` } });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

test('the definitions are listed with titles, unit and promise', async () => {
  const { body } = await get('/v1/kpis');
  const kpis = body['kpis'] as { id: string; freshSeconds: number }[];
  assert(kpis.some((kpi) => kpi.id === 'environment.pm25_mean_1h' && kpi.freshSeconds > 0));
});

test('one definition is answered by its id, an unknown one with 404', async () => {
  assert.equal((await get('/v1/kpis/environment.pm25_mean_1h')).body['id'], 'environment.pm25_mean_1h');
  const { status, body } = await get('/v1/kpis/environment.nothing');
  assert.deepEqual([status, body['code']], [404, 'NOT_FOUND']);
});

test('values come in the form of the live protocol, by entity and span', async () => {
  const path = '/v1/kpis/environment.pm25_mean_1h/values';
  const { body } = await get(
    `${path}?entity=station-1&from=2026-11-23T07:00:00%2B07:00&to=2026-11-23T02:00:00Z`,
  );
  const [value] = body['values'] as { value: number; windowStart: string; samples: number }[];
  assert.deepEqual(
    [value?.value, value?.windowStart, value?.samples],
    [24.5, '2026-11-23T00:00:00.000Z', 20],
  );
  assert.deepEqual((await get(`${path}?from=2026-11-24`)).body['values'], []);
  assert.deepEqual((await get(`${path}?entity=nobody`)).body['values'], []);
  const bad = await get(`${path}?from=yesterday`);
  assert.deepEqual([bad.status, bad.body['code']], [400, 'MALFORMED_REQUEST']);
});

test('an explanation has the value, its formula, passport, events and a statement that runs', async () => {
  const path = '/v1/kpis/environment.pm25_mean_1h/explain?entity=station-1&window_start=2026-11-23T00:00:00Z';
  const { status, body } = await get(path);
  assert.equal(status, 200);
  const formula = body['formula'] as { numerator: number; denominator: number };
  assert.deepEqual([formula.numerator, formula.denominator], [490, 20]);
  assert.equal((body['passport'] as { grade: string }).grade, 'A');
  const events = body['events'] as { list: { eventId: string; entity: string }[] };
  assert.deepEqual(events.list.map(({ eventId }) => eventId).slice(0, 3), ['e1', 'e4', 'e7']);
  assert.equal(events.list.length, 20);
  const headers = { authorization: `Bearer ${app.tokens.wall}` };
  const answer = await fetch(`${app.url}/v1/sql`, { method: 'POST', headers, body: String(body['sql']) });
  const text = await answer.text();
  assert.equal(answer.status, 200, text);
  const { data } = JSON.parse(text) as { data: { entity: string; value: number }[] };
  assert.deepEqual(
    data.map(({ entity, value }) => [entity, value]),
    [['station-1', 22]],
  );
});

test('a revision that was replaced is not passed off as the current one', async () => {
  const { status } = await get('/v1/kpis/environment.pm25_mean_1h/explain?entity=station-1&revision=1');
  assert.equal(status, 404);
});

for (const kpi of loadDefinitions(loadRegistry([defaultRegistryFolder()])).stations) {
  test(`the statement that reproduces ${kpi.id} passes the guard and runs`, async () => {
    const value = {
      windowStart: '2026-11-23T00:00:00.000Z',
      windowEnd: '2026-11-24T00:00:00.000Z',
      area: 'vung-tau',
      entity: 'station-1',
    };
    const headers = { authorization: `Bearer ${app.tokens.wall}` };
    const answer = await fetch(`${app.url}/v1/sql`, {
      method: 'POST',
      headers,
      body: reproducingSql(kpi, value),
    });
    assert.equal(answer.status, 200, await answer.text());
  });
}

test('a trace follows an event to the windows it is in', async () => {
  const { status, body } = await get('/v1/trace/e1?feed=air-2');
  assert.equal(status, 200);
  const [trace] = body['traces'] as { steps: { step: string; values?: { kpi: string }[] }[] }[];
  assert.deepEqual(
    trace?.steps.map(({ step }) => step),
    ['received', 'normalised', 'stored', 'windowed', 'pushed'],
  );
  assert.deepEqual(
    trace?.steps[3]?.values?.map(({ kpi }) => kpi),
    ['environment.pm25_mean_1h'],
  );
  assert.equal((await get('/v1/trace/e1?feed=air-1')).status, 404);
  assert.equal((await get("/v1/trace/x'%20OR%201=1%20--")).status, 404);
});

test('feeds are listed', async () => {
  assert.deepEqual((await get('/v1/feeds')).body, { feeds: [] });
});

test('no route of the store answers without a token', async () => {
  const paths = ['/v1/kpis', '/v1/kpis/environment.pm25_mean_1h/values', '/v1/feeds', '/v1/trace/e1'];
  for (const path of paths) {
    const answer = await fetch(app.url + path);
    assert.deepEqual(
      [answer.status, ((await answer.json()) as { code: string }).code],
      [401, 'TOKEN_UNKNOWN'],
    );
  }
});

test('a browser that asks for the root gets the page, and files that never change say so', async () => {
  const accept = 'text/html,application/xhtml+xml';
  const page = await fetch(`${app.url}/`, { headers: { accept } });
  assert.match(await page.text(), /<title>page/);
  assert.equal(page.headers.get('cache-control'), 'no-cache');
  assert.match(page.headers.get('content-security-policy') ?? '', /default-src 'self'/);
  const script = await fetch(`${app.url}/assets/main-abcdefgh.js`);
  assert.equal(script.status, 200);
  assert.match(script.headers.get('cache-control') ?? '', /immutable/);
  const headers = { accept, 'x-clickhouse-key': app.tokens.wall };
  assert.equal(await (await fetch(`${app.url}/?query=SELECT%201`, { headers })).text(), '1\n');
  for (const path of [
    '/../dev-tokens.env',
    '/..%2fdev-tokens.env',
    '/assets/%2e%2e/%2e%2e/dev-tokens.env',
    '/.env',
  ]) {
    const answer = await fetch(app.url + path);
    assert(answer.status >= 400 && !(await answer.text()).includes('HAIDANG_'), path);
  }
});

const wrongMethods = [
  ['DELETE', '/v1/kpis', 'GET, HEAD'],
  ['PUT', '/v1/sql', 'POST'],
  ['GET', '/v1/sql', 'POST'],
  ['DELETE', '/', 'GET, HEAD, POST'],
  ['POST', '/v1/kpis/environment.pm25_mean_1h/values', 'GET, HEAD'],
  ['POST', '/healthz', 'GET, HEAD'],
] as const;
for (const [method, path, allow] of wrongMethods) {
  test(`${method} ${path} is answered with 405 and the methods ${allow}, whatever its body`, async () => {
    const body = method === 'GET' ? {} : { body: new URLSearchParams({ a: 'b' }) };
    const answer = await fetch(app.url + path, { method, ...body });
    assert.equal(answer.status, 405);
    assert.equal(answer.headers.get('allow'), allow);
    assert.match(answer.headers.get('content-type') ?? '', /^application\/problem\+json/);
    assert.equal(((await answer.json()) as { code: string }).code, 'METHOD_NOT_ALLOWED');
  });
}

test('a path that nothing is at stays a 404 for every method, and a name of the contract says so', async () => {
  for (const [method, path, code] of [
    ['DELETE', '/v1/nothing', 'NOT_FOUND'],
    ['GET', '/v1/nothing', 'NOT_FOUND'],
    ['POST', '/v1/alarms', 'NOT_BUILT'],
    ['GET', '/v1/alarms', 'NOT_BUILT'],
  ] as const) {
    const answer = await fetch(app.url + path, { method });
    assert.deepEqual([answer.status, ((await answer.json()) as { code: string }).code], [404, code], path);
  }
});

test('requests, statements by outcome and judgements of the guard are counted', async () => {
  const metric = async (line: string): Promise<number> => {
    const text = await (await fetch(`${app.url}/metrics`)).text();
    const found = text.split('\n').find((each) => each.startsWith(`${line} `));
    return Number(found?.split(' ')[1] ?? 0);
  };
  const ask = async (body: string): Promise<void> => {
    const headers = { authorization: `Bearer ${app.tokens.analyst}` };
    await (await fetch(`${app.url}/v1/sql`, { method: 'POST', headers, body })).text();
  };
  const lines = [
    'haidang_query_requests_total{code="200",route="/v1/sql"}',
    'haidang_query_requests_total{code="400",route="/v1/sql"}',
    'haidang_query_request_ms_count{route="/v1/sql"}',
    'haidang_query_statements_total{outcome="ok"}',
    'haidang_query_statements_total{outcome="FUNCTION_NOT_ALLOWED"}',
    'haidang_query_guard_judgements_total{how="known"}',
    'haidang_query_guard_judgements_total{how="anew"}',
    'haidang_query_requests_total{code="404",route="none"}',
  ];
  const before = await Promise.all(lines.map(metric));
  for (const sql of ['SELECT 11', 'SELECT 11', 'SELECT sleep(1)']) await ask(sql);
  await fetch(`${app.url}/v1/no/such/path`, { method: 'DELETE' });
  const after = await Promise.all(lines.map(metric));
  assert.deepEqual(
    after.map((count, index) => count - (before[index] ?? 0)),
    [2, 1, 3, 2, 1, 1, 2, 1],
  );
});
