import { strict as assert } from 'node:assert';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'vitest';

import { recoveredAfterMs, restartDelayMs } from './backoff.ts';
import { killIfThere, spawnGuarded, type GuardedProcess } from './guardian.ts';
import { waitUntil } from './probe.ts';
import type { ServiceSpec } from './supervised.ts';
import { Supervisor } from './supervisor.ts';

let folder = '';
let pids = new Map<string, number>();
let problems: string[] = [];
let supervisor: Supervisor;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'haidang-supervisor-'));
  pids = new Map();
  problems = [];
  supervisor = new Supervisor({
    onPid: (name, pid) => (pid === undefined ? pids.delete(name) : pids.set(name, pid)),
    onProblem: (sentence) => problems.push(sentence),
  });
});
afterEach(async () => {
  await supervisor.stop();
  rmSync(folder, { recursive: true });
});

/** A child that says in `journal` when it starts and when it was asked to stop. */
function child(name: string, extra = ''): ServiceSpec {
  const code = `
    const { appendFileSync, writeFileSync } = require('node:fs');
    const say = (word) => appendFileSync('${folder}/journal', '${name} ' + word + '\\n');
    process.on('SIGTERM', () => { say('stop'); ${extra === 'deaf' ? '' : 'process.exit(0);'} });
    say('start');
    ${extra === 'dies' ? 'process.exit(3);' : `writeFileSync('${folder}/${name}', String(process.pid));`}
    setInterval(() => {}, 1000);`;
  return {
    name,
    command: { program: process.execPath, args: ['-e', code], env: process.env, output: 'ignore' },
    isReady: async () => existsSync(join(folder, name)),
    startTimeoutMs: 10_000,
    stopTimeoutMs: 500,
  };
}

function journal(): string[] {
  return readFileSync(join(folder, 'journal'), 'utf8').trim().split('\n');
}

const isGone = (pid: number) => async (): Promise<boolean> => !killIfThere(pid, 0);

test('processes start in order and stop in reverse', async () => {
  for (const name of ['one', 'two', 'three']) {
    assert.deepEqual(await supervisor.start(child(name)), { kind: 'ready' });
  }
  await supervisor.stop();
  const expected = ['one start', 'two start', 'three start', 'three stop', 'two stop', 'one stop'];
  assert.deepEqual(journal(), expected);
  assert.equal(pids.size, 0);
});

test('a process that is killed runs again under another process id', async () => {
  await supervisor.start(child('one'));
  const first = pids.get('one') ?? 0;
  for (const round of [1, 2]) {
    const pid = pids.get('one') ?? 0;
    process.kill(pid, 'SIGKILL');
    const isBack = async (): Promise<boolean> => pids.has('one') && pids.get('one') !== pid;
    assert.equal(await waitUntil(isBack, { timeoutMs: 3_000 }), 'ready', `round ${round}`);
  }
  assert.notEqual(pids.get('one'), first);
  assert.match(problems[0] ?? '', /^one ended \(killed\); starting it again in 50 ms$/);
});

test('a process that had served for a while is started again as soon as the first time, however often', async () => {
  await supervisor.start(child('one'));
  for (const round of [1, 2, 3]) {
    const pid = pids.get('one') ?? 0;
    await new Promise((resolve) => setTimeout(resolve, recoveredAfterMs + 600));
    process.kill(pid, 'SIGKILL');
    const isBack = async (): Promise<boolean> => pids.has('one') && pids.get('one') !== pid;
    assert.equal(await waitUntil(isBack, { timeoutMs: 3_000 }), 'ready', `round ${round}`);
  }
  const waits = problems.map((sentence) => /again in (\d+) ms/.exec(sentence)?.[1]);
  assert.deepEqual(waits, ['50', '50', '50']);
});

test('a process that ends again and again while it starts is given up with a reason', async () => {
  const outcome = await supervisor.start(child('one', 'dies'));
  assert.deepEqual(outcome, { kind: 'failed', reason: 'one ended again and again' });
  assert.match(problems[0] ?? '', /exit code 3/);
});

test('a process that ignores SIGTERM is killed after its time', async () => {
  await supervisor.start(child('one', 'deaf'));
  const pid = pids.get('one') ?? 0;
  await supervisor.stop();
  assert.equal(killIfThere(pid, 0), false);
  assert.match(problems.at(-1) ?? '', /did not stop by itself/);
});

test('restarts wait longer each time, and never longer than a second', () => {
  assert.deepEqual([1, 2, 3, 5, 6, 50].map(restartDelayMs), [50, 100, 200, 800, 1_000, 1_000]);
});

test('the exit code of a guarded program is its own, its arguments arrive unchanged, its stdin is empty', async () => {
  const path = join(folder, 'seen');
  const code = `require('node:fs').writeFileSync(process.argv[1], process.argv[2]
    + (process.env.GUARDED_COMMAND ?? '') + require('node:fs').readFileSync(0, 'utf8')); process.exit(7)`;
  const awkward = `it's "quoted" $HOME \`x\` *\n\\`;
  const args = ['-e', code, path, awkward];
  const run = spawnGuarded({ program: process.execPath, args, env: process.env, output: 'ignore' });
  assert.deepEqual(await run.exited, { code: 7 });
  assert.equal(readFileSync(path, 'utf8'), awkward);
});

test('a program that does not exist ends with 127, and its output says so', async () => {
  const run = spawnGuarded({ program: '/nowhere/x', args: [], env: process.env, output: 'pipe' });
  const [code, text] = [run.exited, textOf(run)];
  assert.deepEqual(await code, { code: 127 });
  assert.match(await text, /nowhere\/x.*not found/);
});

test('kill -9 of a program adds no word of the shell to its output', async () => {
  const args = ['-e', 'console.error("own words"); setInterval(() => {}, 1000)'];
  const run = spawnGuarded({ program: process.execPath, args, env: process.env, output: 'pipe' });
  const text = textOf(run);
  await once(run.output[1] ?? process.stdin, 'data');
  process.kill((await run.pid) ?? 0, 'SIGKILL');
  assert.deepEqual(await run.exited, { code: 137 });
  assert.equal(await text, 'own words\n');
});

/** Everything that a guarded program and its guardian write. */
async function textOf(run: GuardedProcess): Promise<string> {
  let text = '';
  for (const stream of run.output) stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  await Promise.all(run.output.map((stream) => once(stream, 'end')));
  return text;
}

test('kill -9 of the guardian alone takes its program along', async () => {
  const args = ['-e', 'setInterval(() => {}, 1000)'];
  const run = spawnGuarded({ program: process.execPath, args, env: process.env, output: 'ignore' });
  const pid = (await run.pid) ?? 0;
  const parent = Number(/PPid:\s*(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  process.kill(parent, 'SIGKILL');
  await run.exited;
  assert.equal(await waitUntil(isGone(pid), { timeoutMs: 2_000 }), 'ready');
});

test('kill -9 of the process that guards leaves no program behind', async () => {
  const source = join(folder, 'parent.mjs');
  const guardian = join(import.meta.dirname, '../../dist/scripts/process/guardian.js');
  writeFileSync(
    source,
    `import { spawnGuarded } from ${JSON.stringify(guardian)};
    const command = { program: process.execPath, args: ['-e', 'setInterval(() => {}, 1000)'] };
    const run = spawnGuarded({ ...command, env: process.env, output: 'ignore' });
    console.log(await run.pid);
    await run.exited;`,
  );
  const parent = spawn(process.execPath, [source], { stdio: ['ignore', 'pipe', 'inherit'] });
  const pid = await new Promise<number>((resolve) => {
    parent.stdout.once('data', (chunk) => resolve(Number(String(chunk))));
  });
  assert.equal(killIfThere(pid, 0), true);
  parent.kill('SIGKILL');
  assert.equal(await waitUntil(isGone(pid), { timeoutMs: 2_000 }), 'ready');
});
