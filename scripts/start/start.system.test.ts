import { strict as assert } from 'node:assert';
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'vitest';

import { freePort } from '../process/free-port.ts';
import { httpAnswers, waitUntil } from '../process/probe.ts';
import { processIdentity } from '../process/process-identity.ts';
import { builtPath } from '../project-root.ts';
import { readServices } from './services-file.ts';

/** A running `haidang start` of a test. */
interface Running {
  readonly child: ChildProcess;
  readonly output: { stdout: string; stderr: string };
  readonly exited: Promise<number>;
}

const roles = ['nats-server', 'clickhouse', 'pipeline', 'ingest', 'query'];

let home = '';
let env: NodeJS.ProcessEnv = {};
const running: Running[] = [];

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'haidang-start-'));
  env = { ...process.env, HAIDANG_HOME: home, HAIDANG_DEMO: 'off', LOG_LEVEL: 'warn' };
  for (const name of ['HAIDANG_PORT', 'HAIDANG_INGEST_PORT', 'HAIDANG_MQTT_PORT', 'HAIDANG_PIPELINE_PORT']) {
    env[name] = String(await freePort());
  }
});
afterEach(async () => {
  for (const { child, exited } of running.splice(0)) {
    child.kill('SIGTERM');
    await exited;
  }
  rmSync(home, { recursive: true, force: true });
});

function launch(): Running {
  const child = spawn(process.execPath, [builtPath('scripts/haidang'), 'start'], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => (output.stdout += String(chunk)));
  child.stderr.on('data', (chunk) => (output.stderr += String(chunk)));
  const exited = new Promise<number>((resolve) => child.once('close', (code) => resolve(code ?? 255)));
  const started = { child, output, exited };
  running.push(started);
  return started;
}

async function launchUntilReady(): Promise<Running> {
  const started = launch();
  const isReady = async (): Promise<boolean> =>
    started.output.stdout.includes('http://') || started.child.exitCode !== null;
  await waitUntil(isReady, { timeoutMs: 50_000 });
  assert.match(started.output.stdout, /http:\/\//, started.output.stderr);
  return started;
}

function pids(): Readonly<Record<string, number>> {
  return readServices(home)?.pids ?? {};
}

async function assertGone(processes: Readonly<Record<string, number>>): Promise<void> {
  const alive = (): string[] =>
    Object.keys(processes).filter((name) => processIdentity(processes[name] ?? 0) !== undefined);
  await waitUntil(async () => alive().length === 0, { timeoutMs: 5_000 });
  assert.deepEqual(alive(), []);
}

async function isEverythingReady(): Promise<boolean> {
  const services = readServices(home);
  if (services === undefined || Object.keys(services.pids).length < roles.length) return false;
  const urls = [services.pipelineUrl, services.ingestUrl, services.queryUrl];
  const answers = await Promise.all(urls.map((url) => httpAnswers(`${url}/readyz`)));
  return answers.every((isReady) => isReady);
}

test('a start prints its mode and one address, refuses a second one, and a SIGINT ends everything', async () => {
  const first = await launchUntilReady();
  const query = `http://127.0.0.1:${env.HAIDANG_PORT}`;
  const [mode, address, ...rest] = first.output.stdout.split('\n');
  assert.match(mode ?? '', /^durability: (strict|relaxed) \(nats-server \d/);
  assert.equal(address, `Hải Đăng is ready: ${query}`);
  assert.deepEqual(rest, ['']);
  assert.deepEqual(Object.keys(pids()).sort(), [...roles].sort());
  assert.equal(await isEverythingReady(), true);

  const second = launch();
  assert.equal(await second.exited, 1);
  assert.match(second.output.stderr, /already running on .*HAIDANG_HOME/);

  const started = pids();
  first.child.kill('SIGINT');
  assert.equal(await first.exited, 0, first.output.stderr);
  await assertGone(started);
  assert.doesNotMatch(first.output.stderr, /did not stop by itself/);
});

test('each process that is killed comes back, and everything is ready again', async () => {
  await launchUntilReady();
  for (const name of roles) {
    const pid = pids()[name] ?? 0;
    process.kill(pid, 'SIGKILL');
    const isBack = async (): Promise<boolean> =>
      pids()[name] !== undefined && pids()[name] !== pid && (await isEverythingReady());
    assert.equal(await waitUntil(isBack, { timeoutMs: 20_000 }), 'ready', `${name} did not come back`);
  }
});

test('kill -9 of the start leaves no process behind, and the next start works on the same folder', async () => {
  const first = await launchUntilReady();
  const started = pids();
  first.child.kill('SIGKILL');
  await first.exited;
  const second = await launchUntilReady();
  await assertGone(started);
  second.child.kill('SIGTERM');
  assert.equal(await second.exited, 0, second.output.stderr);
});
