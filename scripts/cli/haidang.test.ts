import { strict as assert } from 'node:assert';
import { spawn } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'vitest';

import { freePort } from '../process/free-port.ts';
import { builtPath } from '../project-root.ts';
import { formatTable } from './format-table.ts';

interface Answer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

let home = '';
let server: Server | undefined;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'haidang-cli-'));
});
afterEach(() => {
  server?.close();
  server = undefined;
  rmSync(home, { recursive: true });
});

/** Runs the built command line, as `npx haidang` does. */
function haidang(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Answer> {
  const child = spawn(process.execPath, [builtPath('scripts/haidang'), ...args], {
    env: { ...process.env, HAIDANG_HOME: home, ...env },
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk) => (stdout += String(chunk)));
  child.stderr.on('data', (chunk) => (stderr += String(chunk)));
  return new Promise((resolve) => {
    child.once('close', (code) => resolve({ code: code ?? 255, stdout, stderr }));
  });
}

/** A query service that answers every statement the same way. */
async function answerSql(status: number, body: string): Promise<NodeJS.ProcessEnv> {
  server = createServer((_, response) => response.writeHead(status).end(body));
  const port = await freePort();
  await new Promise<void>((resolve) => server?.listen(port, '127.0.0.1', resolve));
  return { HAIDANG_PORT: String(port), HAIDANG_ANALYST_TOKEN: 'secret' };
}

// [arguments, exit code, what is said]
const calls = [
  [['--help'], 0, /Usage: haidang/],
  [['start', '--help'], 0, /Usage: haidang start/],
  [['token', 'create', '--help'], 0, /--role/],
  [[], 2, /Usage: haidang/],
  [['nonsense'], 2, /unknown command/],
  [['query'], 2, /missing required argument/],
  [['query', 'SELECT 1', '--format', 'XML'], 2, /Allowed choices/],
  [['token', 'create', '--role', 'king'], 2, /Allowed choices/],
  [['token', 'create', '--role', 'ingest', '--feed', 'No Feed'], 2, /feed id/],
  [['feed', 'exclude', 'air', '--entity', 'x'], 2, /--from/],
  [['token', 'create', '--role', 'ingest', '--rows-per-second', '0'], 2, /above 0/],
  [['kpi', 'list'], 1, /no token/],
] as const;

for (const [args, code, said] of calls) {
  test(`"haidang ${args.join(' ')}" ends with ${code}`, async () => {
    const answer = await haidang(args);
    assert.equal(answer.code, code, answer.stderr);
    assert.match(answer.stdout + answer.stderr, said);
  });
}

test('query prints what the service answers, unchanged', async () => {
  const env = await answerSql(200, 'n\n1\n');
  assert.deepEqual(await haidang(['query', 'SELECT 1 AS n'], env), { code: 0, stdout: 'n\n1\n', stderr: '' });
});

test('query fails with the code, the reason and the place of a refusal', async () => {
  const body = { code: 'TABLE_FORBIDDEN', detail: 'system.tables is not a view', line: 1, column: 15 };
  const answer = await haidang(['query', 'SELECT'], await answerSql(403, JSON.stringify(body)));
  assert.equal(answer.code, 1);
  const words = 'haidang: TABLE_FORBIDDEN: system.tables is not a view (line 1, column 15)\n';
  assert.equal(answer.stderr, words);
});

test('query says so when nothing runs', async () => {
  const env = { HAIDANG_PORT: String(await freePort()), HAIDANG_ANALYST_TOKEN: 'x' };
  assert.match((await haidang(['query', 'SELECT 1'], env)).stderr, /is it running\?/);
});

test('kpi values prints a table', async () => {
  const body = { meta: [{ name: 'entity' }, { name: 'value' }], data: [['tram-1', 35.2]] };
  const { stdout } = await haidang(['kpi', 'values', 'a.b'], await answerSql(200, JSON.stringify(body)));
  assert.equal(stdout, 'entity  value\ntram-1  35.2\n');
});

test("'create' gives a token the quota that it is told, the first ones have none; 'revoke' ends it", async () => {
  const own = ['--rows-per-second', '100', '--bytes-per-second', 'unlimited', '--burst-seconds', '5'];
  await haidang(['token', 'create', '--role', 'ingest', '--name', 'own', ...own]);
  const { stdout } = await haidang(['token', 'list']);
  assert.match(stdout, /^own .* 100 rows\/s, burst 5 s$/m);
  assert.match(stdout, /^first-ingest .* unlimited$/m);
  assert.equal((await haidang(['token', 'revoke', 'own'])).code, 0);
  assert.doesNotMatch((await haidang(['token', 'list'])).stdout, /^own/m);
  const again = await haidang(['token', 'revoke', 'own']);
  assert.equal(again.code, 1);
  assert.match(again.stderr, /no token is named "own"/);
});

test('a created token is printed once and listed by name only', async () => {
  const { stdout } = await haidang(['token', 'create', '--role', 'ingest', '--feed', 'air']);
  const list = await haidang(['token', 'list']);
  assert.match(stdout, /^[A-Za-z0-9_-]{43}\n$/);
  assert.match(list.stdout, /^ingest-air +ingest +air +public +50000 rows/m);
  assert(!list.stdout.includes(stdout.trim()));
  assert.equal((await haidang(['token', 'create', '--role', 'ingest', '--feed', 'air'])).code, 1);
});

test('start names the taken port and the variable that changes it', async () => {
  const env = await answerSql(200, '');
  const ports = {
    HAIDANG_INGEST_PORT: String(await freePort()),
    HAIDANG_MQTT_PORT: String(await freePort()),
  };
  const pipeline = { HAIDANG_PIPELINE_PORT: String(await freePort()) };
  const answer = await haidang(['start'], { ...env, ...ports, ...pipeline });
  assert.equal(answer.code, 1);
  assert.match(answer.stderr, new RegExp(`port ${env.HAIDANG_PORT} .*taken.*HAIDANG_PORT`));
  assert.equal(answer.stdout, '');
});

// [variable, value, what is said]
const refusals = [
  ['NATS_URL', 'nats://127.0.0.1:1', /no broker answers at 127\.0\.0\.1:1/],
  ['NATS_URL', 'nonsense', /is not a URL/],
  ['HAIDANG_DURABILITY', 'fast', /HAIDANG_DURABILITY: "fast" is none of strict, relaxed/],
  ['HAIDANG_PORT', 'x', /HAIDANG_PORT: "x" is not a port/],
] as const;

for (const [variable, value, said] of refusals) {
  test(`start refuses ${variable}=${value} in words`, async () => {
    const env: NodeJS.ProcessEnv = {};
    for (const name of [
      'HAIDANG_PORT',
      'HAIDANG_INGEST_PORT',
      'HAIDANG_MQTT_PORT',
      'HAIDANG_PIPELINE_PORT',
    ]) {
      env[name] = String(await freePort());
    }
    const answer = await haidang(['start'], { ...env, [variable]: value });
    assert.equal(answer.code, 1);
    assert.match(answer.stderr, said);
    assert.doesNotMatch(answer.stderr, /at .*\.js:\d+/);
  });
}

test('start refuses a state folder that is a file', async () => {
  writeFileSync(join(home, 'file'), '');
  const answer = await haidang(['start'], { HAIDANG_HOME: join(home, 'file') });
  assert.deepEqual([answer.code, /cannot create the state folder/.test(answer.stderr)], [1, true]);
});

test('a table pads by letters, cuts what is too wide and keeps a row on one line', () => {
  const rows = [
    ['Hải Đăng', 'a\nb'],
    ['x'.repeat(70), ''],
  ];
  const lines = formatTable({ columns: ['n', 'v'], rows }).split('\n');
  assert.equal(lines[1], `Hải Đăng${' '.repeat(52)}  a b`);
  assert.equal(lines[2], `${'x'.repeat(59)}…`);
});
