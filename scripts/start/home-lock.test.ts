import { strict as assert } from 'node:assert';
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'vitest';

import { processIdentity } from '../process/process-identity.ts';
import { lockHome } from './home-lock.ts';
import { checkHome } from './preflight.ts';
import { readServices, writeServices } from './services-file.ts';

let home = '';
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'haidang-home-'));
});
afterEach(() => rmSync(home, { recursive: true }));

test('a state folder that is held is refused, and can be had again after its release', async () => {
  const first = await lockHome(home);
  assert(first.kind === 'locked');
  assert.deepEqual(await lockHome(home), { kind: 'held', pid: process.pid });
  first.lock.release();
  assert.equal((await lockHome(home)).kind, 'locked');
});

// [what the lock file holds after a kill -9 or a crash]
const stale = [
  ['a process that is gone', JSON.stringify({ supervisor: { pid: 4_190_000, identity: '1' } })],
  ['another process with the same id', JSON.stringify({ supervisor: { pid: 1, identity: 'other' } })],
  ['half a file', '{"superv'],
  ['nothing', ''],
] as const;

for (const [what, content] of stale) {
  test(`a lock file with ${what} is taken over`, async () => {
    mkdirSync(join(home, 'run'));
    writeFileSync(join(home, 'run', 'supervisor.lock'), content);
    assert.equal((await lockHome(home)).kind, 'locked');
  });
}

test('a child of a killed start is ended before the folder is taken over', async () => {
  const child = spawn('sleep', ['1000'], { stdio: 'ignore' });
  const pid = child.pid ?? 0;
  const first = await lockHome(home);
  assert(first.kind === 'locked');
  first.lock.remember('sleeper', pid);
  rmSync(join(home, 'run', 'supervisor.lock'));
  assert.equal((await lockHome(home)).kind, 'locked');
  assert.equal(processIdentity(pid), undefined);
});

test('a disk with too little space is named with what is free and what is needed', () => {
  assert.equal(checkHome(home), undefined);
  assert.match(
    checkHome(home, Number.MAX_SAFE_INTEGER) ?? '',
    /no disk space: \d+ MB are free .*HAIDANG_HOME/,
  );
});

test('a state folder that cannot be made is named', () => {
  writeFileSync(join(home, 'file'), '');
  assert.match(checkHome(join(home, 'file', 'state')) ?? '', /cannot create the state folder .*HAIDANG_HOME/);
});

test('what runs is written for its owner only, and a damaged file counts as nothing', () => {
  const services = {
    ...{ natsUrl: 'nats://t@127.0.0.1:1', clickhouseUrl: 'http://127.0.0.1:2' },
    ...{ clickhouseUser: 'haidang', clickhousePassword: 'p', clickhouseDatabase: 'haidang' },
    ...{ queryUrl: 'http://127.0.0.1:3', ingestUrl: 'http://127.0.0.1:4', mqttPort: 5 },
    ...{ pipelineUrl: 'http://127.0.0.1:6', durability: 'strict', pids: { query: 7 } },
  };
  assert.equal(readServices(home), undefined);
  writeServices(home, services);
  assert.deepEqual(readServices(home), services);
  const path = join(home, 'run', 'services.json');
  assert.equal(statSync(path).mode & 0o777, 0o600);
  writeFileSync(path, readFileSync(path, 'utf8').slice(0, 20));
  assert.equal(readServices(home), undefined);
});
