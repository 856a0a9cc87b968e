import { strict as assert } from 'node:assert';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, test } from 'vitest';
import { WebSocket } from 'ws';

import { startClickhouse, type TestClickhouse } from '../fixtures/servers/clickhouse.ts';
import { compiled } from '../fixtures/servers/compiled.ts';
import { startNats, type NatsFixture } from '../fixtures/servers/nats.ts';
import { connectLog } from '../pipeline/log/jetstream/connect-log.ts';
import { ensureStreams } from '../pipeline/log/jetstream/streams.ts';
import { createTokens, devTokensPath } from '../pipeline/runtime/access/tokens.ts';
import { migrate } from '../pipeline/store/migrate.ts';
import { freePort } from '../scripts/process/free-port.ts';

let nats: NatsFixture;
let clickhouse: TestClickhouse;
let child: ChildProcess;
let port = 0;
let errors = '';
const home = mkdtempSync(join(tmpdir(), 'haidang-query-main-'));
const url = (path: string): string => `http://127.0.0.1:${port}${path}`;
const drainMsMax = 8_000;

beforeAll(async () => {
  [nats, clickhouse, port] = await Promise.all([startNats(), startClickhouse(), freePort()]);
  await migrate(clickhouse.client, { durability: 'relaxed', cluster: undefined });
  const log = await connectLog(nats.url, 'test');
  await ensureStreams(log.manager, 0);
  await log.close();
  createTokens(home);
  child = spawn(process.execPath, [compiled('query/main.ts')], {
    env: {
      ...{ PATH: process.env['PATH'], HAIDANG_HOME: home, HAIDANG_PORT: String(port), LOG_LEVEL: 'warn' },
      ...{ NATS_URL: nats.url, CLICKHOUSE_URL: clickhouse.url, CLICKHOUSE_USER: clickhouse.user },
      ...{ CLICKHOUSE_PASSWORD: clickhouse.password, CLICKHOUSE_DATABASE: 'haidang' },
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  child.stderr?.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const giveUpAt = Date.now() + 20_000;
  for (;;) {
    const answer = await fetch(url('/readyz')).catch(() => undefined);
    if (answer?.status === 200) break;
    const text = (await answer?.text()) ?? '';
    assert(Date.now() < giveUpAt && child.exitCode === null, `not ready: ${text}\n${errors}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}, 60_000);
afterAll(async () => {
  child.kill('SIGKILL');
  await clickhouse.stop();
  await nats.stop();
  rmSync(home, { recursive: true });
});

function token(role: string): string {
  const text = readFileSync(devTokensPath(home), 'utf8');
  return new RegExp(`^HAIDANG_${role}_TOKEN=(.*)$`, 'm').exec(text)?.[1] ?? '';
}

test('SQL is answered inside the ceiling by the process as it is started', async () => {
  const headers = { authorization: `Bearer ${token('ANALYST')}` };
  const answer = await fetch(url('/v1/sql'), {
    method: 'POST',
    headers,
    body: 'SELECT count() FROM haidang.kpis',
  });
  assert.equal(answer.status, 200);
  await answer.text();
});

test('the session gives the wall token to the page of this machine', async () => {
  const answer = await fetch(url('/v1/session'));
  assert.deepEqual(await answer.json(), { token: token('WALL') });
  assert.equal(answer.headers.get('cache-control'), 'no-store');
});

// [what, headers]
const foreign = [
  ['a foreign name for this machine', { host: 'evil.example' }],
  ['a page of another origin', { origin: 'http://evil.example' }],
  ['a cross-site request', { 'sec-fetch-site': 'cross-site' }],
  ['a proxy', { 'x-forwarded-for': '10.0.0.1' }],
] as const;
for (const [what, headers] of foreign) {
  test(`the session is refused to ${what}`, async () => {
    const asked = request({ port, path: '/v1/session', headers });
    asked.end();
    const [answer] = (await once(asked, 'response')) as [{ statusCode: number; resume(): void }];
    answer.resume();
    assert.equal(answer.statusCode, 403);
  });
}

for (const path of [
  '/v1/alarms',
  '/v1/incidents',
  '/v1/cap',
  '/v1/reports',
  '/open-data/catalog.jsonld',
  '/v1/endpoints/x.json',
]) {
  test(`${path} of the contract is 404 NOT_BUILT`, async () => {
    const answer = await fetch(url(path));
    assert.equal(answer.headers.get('content-type'), 'application/problem+json; charset=utf-8');
    assert.deepEqual([answer.status, ((await answer.json()) as { code: string }).code], [404, 'NOT_BUILT']);
  });
}

test('a path of no contract is 404 NOT_FOUND', async () => {
  const answer = await fetch(url('/nothing/here'));
  assert.deepEqual([answer.status, ((await answer.json()) as { code: string }).code], [404, 'NOT_FOUND']);
});

test('the OpenAPI document names every route that is served', async () => {
  const document = (await (await fetch(url('/openapi.json'))).json()) as { openapi: string; paths: object };
  assert.equal(document.openapi, '3.1.0');
  const expected = [
    ...['/', '/healthz', '/metrics', '/ping', '/readyz', '/v1/feeds', '/v1/kpis', '/v1/kpis/{id}'],
    ...['/v1/kpis/{id}/explain', '/v1/kpis/{id}/values', '/v1/session', '/v1/sql', '/v1/trace/{eventId}'],
  ];
  assert.deepEqual(Object.keys(document.paths).sort(), expected);
});

test('health, metrics and the headers that protect the page', async () => {
  const health = (await (await fetch(url('/healthz'))).json()) as Record<string, unknown>;
  assert.deepEqual([health['status'], health['role'], health['durability']], ['ok', 'query', 'strict']);
  const answer = await fetch(url('/metrics'));
  assert.match(await answer.text(), /^haidang_live_sockets 0$/m);
  const policy = answer.headers.get('content-security-policy') ?? '';
  assert.match(policy, /script-src 'self'/);
  assert.doesNotMatch(policy, /upgrade-insecure-requests/);
});

test('SIGTERM closes sockets with 1001 and ends with 0 in less than eight seconds, also under a statement', async () => {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/v1/live`, [
    'haidang.live.v1',
    `bearer.${token('WALL')}`,
  ]);
  await once(socket, 'open');
  const closed = once(socket, 'close');
  const sql =
    'SELECT count() FROM numbers(300000) a, numbers(300000) b WHERE sipHash64(a.number, b.number) = 1';
  const headers = { authorization: `Bearer ${token('ADMIN')}` };
  const running = fetch(url('/v1/sql'), { method: 'POST', headers, body: sql }).catch(() => 'cut');
  await new Promise((resolve) => setTimeout(resolve, 300));
  const start = Date.now();
  child.kill('SIGTERM');
  const [code] = (await closed) as [number];
  assert.equal(code, 1001);
  if (child.exitCode === null) await once(child, 'exit');
  await running;
  assert.equal(child.exitCode, 0, errors);
  assert(Date.now() - start < drainMsMax);
}, 20_000);
