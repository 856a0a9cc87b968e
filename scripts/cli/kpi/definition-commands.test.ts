import { strict as assert } from 'node:assert';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'vitest';

import type { DefinitionState } from '../../../pipeline/runtime/definitions/definition-keeper.ts';
import { freePort } from '../../process/free-port.ts';
import { builtPath } from '../../project-root.ts';
import { barOf, followBackfills } from './backfill-progress.ts';
import { changeTable, definitionTable } from './definition-table.ts';

let home = '';
let server: Server | undefined;
/** Bodies that the pipeline's twin was sent. */
let asked: string[] = [];
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'haidang-kpi-'));
  asked = [];
});
afterEach(() => {
  server?.close();
  server = undefined;
  rmSync(home, { recursive: true });
});

/** Runs the built command line with a pipeline that answers every request the same way. */
async function haidang(
  args: readonly string[],
  answer: { readonly status: number; readonly body: object } = { status: 200, body: { changes: [] } },
): Promise<{ code: number; text: string }> {
  server ??= createServer((request, response) => {
    let body = '';
    request.on('data', (part) => (body += String(part)));
    request.on('end', () => {
      asked.push(body);
      response.writeHead(answer.status).end(JSON.stringify(answer.body));
    });
  });
  const port = await freePort();
  await new Promise<void>((resolve) => server?.listen(port, '127.0.0.1', resolve));
  const env = {
    ...{ HAIDANG_HOME: home, HAIDANG_PIPELINE_PORT: String(port), HAIDANG_ADMIN_TOKEN: 'secret' },
  };
  const child = spawn(process.execPath, [builtPath('scripts/haidang'), ...args], {
    env: { ...process.env, ...env },
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (part: Buffer) => (text += String(part)));
  return new Promise((resolve) => child.once('close', (code) => resolve({ code: code ?? 255, text })));
}

const definition = (line: string): string => `
- id: environment.tried
  version: 1
  title: { vi: Thử, en: Tried }
  unit: '1'
  from: measurement
  by: [entity]
  window: { tumbling: 1h, lateness: 6h }
  measures: { mean: { mean: pm25 } }
  ${line}
  fresh: { max: 30m }
  visibility: public
  source: a test
`;

// [what stands in the file, what is said of it]
const mistakes = [
  [definition('value: meen'), /pack\.yaml:10:3: .*meen/],
  [definition('valu: mean'), /pack\.yaml:10:3: "valu" is not known here \(did you mean "?value/],
  ['- id: [', /pack\.yaml:\d+:\d+: .*not valid YAML/],
  [definition('value: mean').replace('1h', '1x'), /pack\.yaml:8:\d+: /],
] as const;

for (const [text, said] of mistakes) {
  test(`a file in error (${String(said)}) is told with its place, and the pipeline is asked for nothing`, async () => {
    writeFileSync(join(home, 'pack.yaml'), text);
    const answer = await haidang(['kpi', 'apply', join(home, 'pack.yaml')]);
    assert.match(answer.text, said);
    assert.deepEqual([answer.code, asked], [1, []]);
  });
}

test('a file that is not there fails, an unknown option is called wrongly', async () => {
  const missing = await haidang(['kpi', 'apply', join(home, 'none.yaml')]);
  assert.match(missing.text, /no such file/);
  assert.equal(missing.code, 1);
  server?.close();
  assert.equal((await haidang(['kpi', 'backfill', 'a.b', '--from', 'yesterday'])).code, 2);
});

test('what is refused is not applied, and the exit code says so', async () => {
  writeFileSync(join(home, 'pack.yaml'), definition('value: mean'));
  const hint = 'it gives other values than version 1 did: write version 2';
  const changes = [{ id: 'environment.tried', kind: 'refused', from: 1, to: 1, hint }];
  const answer = await haidang(['kpi', 'apply', join(home, 'pack.yaml')], { status: 200, body: { changes } });
  assert.match(answer.text, /environment\.tried: it gives other values than version 1 did: write version 2/);
  assert.equal(answer.code, 1);
  assert.deepEqual(
    asked.map((body) => (JSON.parse(body) as { mode: string }).mode),
    ['compare'],
  );
});

test('a refusal of the pipeline is told with its code', async () => {
  const body = { code: 'DEFINITION_UNKNOWN', detail: 'no definition a.b runs', status: 404 };
  const answer = await haidang(['kpi', 'drop', 'a.b'], { status: 404, body });
  assert.deepEqual(answer, { code: 1, text: 'haidang: DEFINITION_UNKNOWN: no definition a.b runs\n' });
});

const state = (backfill: DefinitionState['backfill']): DefinitionState => ({
  ...{ id: 'environment.tried', version: 2, hash: '', subsystem: 'environment', title: 'Thử', unit: '1' },
  ...{ window: 'hour', state: backfill === null ? 'live' : 'backfilling', backfill, since: null },
});

test('a list says how far a history has come', () => {
  const lines = definitionTable([state({ done: 43, total: 100 }), state(null)]).split('\n');
  assert.match(lines[1] ?? '', /^environment\.tried {2}2 .* backfilling 43 % /);
  assert.match(lines[2] ?? '', / live /);
});

test('a bar is full only when all is done', () => {
  assert.match(barOf(state({ done: 999, total: 1000 })), /^\[#{29}-\] {2}99 %/);
  assert.match(barOf(state({ done: 0, total: 0 })), /^\[-{30}\] {3}0 % .*counting/);
  assert.match(barOf(state(null)), /^\[#{30}\] 100 % .*done$/);
});

test('progress is told once for each tenth where there is no terminal, and ends with the history', async () => {
  const steps = [0, 4, 11, 12, 95].map((done) => state({ done, total: 100 }));
  let told = '';
  const client = { list: () => Promise.resolve([steps.shift() ?? state(null)]) };
  const output = { write: (text: string) => (told += text) };
  await followBackfills(client, ['environment.tried'], { output, pause: () => Promise.resolve() });
  assert.deepEqual(told.match(/\d+ %/g), ['0 %', '11 %', '95 %', '100 %']);
});

test('what stays the same is counted, not listed', () => {
  const same = { id: 'a.b', kind: 'unchanged', from: 1, to: 1, hint: '' } as const;
  assert.equal(changeTable([same, same]), 'nothing changes (2 unchanged)');
});
