import { strict as assert } from 'node:assert';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Command, CommanderError } from 'commander';
import { afterEach, beforeEach, test } from 'vitest';

import { startFakeIngest, type FakeIngest, type Intervene } from '../../fixtures/servers/fake-ingest.ts';
import { addReplayCommand, runReplay, type ReplayOptions } from './replay-command.ts';

let home = '';
let ingest: FakeIngest;

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'haidang-replay-'));
  ingest = await startFakeIngest();
});

afterEach(async () => {
  await ingest.close();
  rmSync(home, { recursive: true });
});

const event = (index: number, word = 'fine'): string =>
  JSON.stringify({
    id: `${word}-${index}`,
    eventTime: new Date(1_600_000_000_000 + index * 60_000).toISOString(),
  });
const events = (count: number): string[] => Array.from({ length: count }, (_, index) => event(index));

function file(name: string, content: string | Buffer): string {
  const path = join(home, name);
  writeFileSync(path, content);
  return path;
}

interface Run {
  readonly code: number;
  readonly text: string;
}

async function replay(
  paths: readonly string[],
  options: Partial<ReplayOptions> = {},
  stop = new AbortController(),
): Promise<Run> {
  const all: ReplayOptions = {
    speed: 'max',
    batch: 10,
    inFlight: 3,
    giveUp: 20_000,
    duplicate: 0,
    ...options,
  };
  let text = '';
  const output = { isTerminal: false, write: (more: string) => void (text += more) };
  const env = { HAIDANG_HOME: home, HAIDANG_INGEST_TOKEN: 'secret' };
  const code = await runReplay(paths, { url: ingest.url, ...all }, { env, output, signal: stop.signal });
  return { code, text };
}

async function restart(intervene: Intervene): Promise<void> {
  await ingest.close();
  ingest = await startFakeIngest(intervene);
}

test('every row of an NDJSON file arrives as written, in batches, under a feed named after it', async () => {
  const path = file('Trạm 01.ndjson', `\uFEFF${events(95).join('\r\n')}\n\n`);
  const { code, text } = await replay([path]);
  assert.equal(code, 0);
  assert.deepEqual([...ingest.stored].sort(), events(95).sort());
  assert.deepEqual(new Set(ingest.requests.map(({ path: at }) => at)), new Set(['/v1/feeds/tr-m-01/events']));
  assert.equal(Math.max(...ingest.requests.map(({ rows }) => rows.length)), 10);
  assert.match(text, /tr-m-01: sent 95: accepted 95, duplicate 0, quarantined 0/);
});

test('a packed file gives the same rows as the plain one', async () => {
  const path = file('e.ndjson.gz', gzipSync(events(30_000).join('\n')));
  assert.equal((await replay([path], { batch: 5_000 })).code, 0);
  assert.equal(ingest.stored.length, 30_000);
});

test('a file that is packed in name only is refused with its name', async () => {
  const path = file('broken.ndjson.gz', 'not packed at all');
  const program = new Command().exitOverride();
  addReplayCommand(program);
  await assert.rejects(program.parseAsync(['replay', path], { from: 'user' }), {
    message: `${path}: incorrect header check`,
  });
});

test('a CSV file of the US missions is recognised, also packed', async () => {
  const header = 'Site,Parameter,Date (LT),Raw Conc.,QC Name\n';
  const lines = [
    'Hanoi,PM2.5,2016-01-01 01:00 AM,94.7,Valid',
    'Hanoi,PM2.5,2016-01-01 02:00 AM,-999,Missing',
  ];
  const csv = `${header}${lines.join('\n')}\n`;
  const { code, text } = await replay([file('h.csv', csv)], { entity: 'e', area: 'a', feed: 'f' });
  assert.equal(code, 0);
  assert.match(ingest.stored[0] ?? '', /"entity":"e","area":"a".*"eventTime":"2016-01-01T01:00:00\+07:00"/);
  assert.match(text, /reports as missing: 1/);
  await replay([file('h.csv.gz', gzipSync(csv))], { entity: 'e', area: 'a', feed: 'f' });
  assert.equal(ingest.stored.length, 1);
});

test('a second run changes nothing, and --resume does not even send', async () => {
  const path = file('e.ndjson', events(50).join('\n'));
  await replay([path]);
  assert.match((await replay([path])).text, /sent 50: accepted 0, duplicate 50/);
  const before = ingest.requests.length;
  const { code, text } = await replay([path], { resume: true });
  assert.equal(code, 0);
  assert.match(text, /sent 0:[^]*not sent again: 50/);
  assert.equal(ingest.requests.length, before);
});

test('a stopped replay is resumed where everything before was acknowledged', async () => {
  const path = file('e.ndjson', events(100).join('\n'));
  const stop = new AbortController();
  await restart((index) => {
    if (index === 4) stop.abort();
    return undefined;
  });
  const stopped = await replay([path], { inFlight: 1 }, stop);
  assert.equal(stopped.code, 1);
  assert.match(stopped.text, /not finished: stopped/);
  const resumed = await replay([path], { resume: true, url: ingest.url });
  assert.equal(resumed.code, 0);
  assert.match(resumed.text, /sent [56]0: /);
  assert.equal(ingest.stored.length, 100);
});

test('the position of one file does not count for another content of the same name', async () => {
  const path = file('e.ndjson', events(20).join('\n'));
  await replay([path]);
  file('e.ndjson', events(21).join('\n'));
  assert.match((await replay([path], { resume: true })).text, /sent 21: accepted 1, duplicate 20/);
});

test('an ingest that is away or busy in between loses nothing', async () => {
  await restart(
    (index) =>
      [undefined, 'hang-up', { status: 503, body: {} }, { status: 429, body: {} }][index] as undefined,
  );
  const path = file('e.ndjson', events(60).join('\n'));
  assert.equal((await replay([path])).code, 0);
  assert.equal(ingest.stored.length, 60);
});

test('quarantined rows are counted by code and make the exit code 1, the others are stored', async () => {
  const path = file('e.ndjson', [...events(20), event(7, 'faulty'), event(8, 'faulty')].join('\n'));
  const { code, text } = await replay([path]);
  assert.equal(code, 1);
  assert.match(text, /accepted 20, duplicate 0, quarantined 2[^]*quarantined as OUT_OF_RANGE: 2/);
  assert.equal(ingest.stored.length, 20);
});

test('a refused token ends the replay with exit code 1 and its reason', async () => {
  await restart(() => ({ status: 401, body: { code: 'TOKEN_UNKNOWN', detail: 'who are you' } }));
  const { code, text } = await replay([file('e.ndjson', event(1))]);
  assert.equal(code, 1);
  assert.match(text, /not finished: ingest answered 401: TOKEN_UNKNOWN/);
});

test('rows shuffled and a quarter sent twice are the same rows, and the seed decides the order', async () => {
  const path = file('e.ndjson', events(400).join('\n'));
  const options = { shuffle: 7, duplicate: 0.25, inFlight: 1 };
  const first = await replay([path], options);
  assert.equal(first.code, 0);
  assert.match(first.text, /accepted 400, duplicate (8|9|10|11|12)\d,/);
  assert.deepEqual([...ingest.stored].sort(), events(400).sort());
  assert.notDeepEqual(ingest.stored, events(400));
  const order = ingest.requests.flatMap(({ rows }) => rows);
  await replay([path], options);
  assert.deepEqual(ingest.requests.flatMap(({ rows }) => rows).slice(order.length), order);
});

test('rows shuffled within ten minutes never fall further behind', async () => {
  const path = file('e.ndjson', events(300).join('\n'));
  await replay([path], { shuffle: 7, shuffleWithin: 600_000, inFlight: 1 });
  const positions = ingest.stored.map((row) => events(300).indexOf(row));
  assert.notDeepEqual(ingest.stored, events(300));
  let newest = 0;
  for (const position of positions) {
    newest = Math.max(newest, position);
    assert(newest - position <= 10);
  }
});

test('at a given speed a row that is not due yet does not travel with the one before', async () => {
  // Three rows a minute apart at 200 times the speed: 300 ms between two of them, more than a batch lingers.
  const path = file('e.ndjson', events(3).join('\n'));
  await replay([path], { speed: 200 });
  assert.deepEqual(
    ingest.requests.map(({ rows }) => rows),
    events(3).map((row) => [row]),
  );
});

// [what is wrong, arguments]
const misused = [
  ['a file that does not exist', ['nowhere.ndjson']],
  ['no file', []],
  ['a batch of 5001', ['--batch', '5001', 'x']],
  ['a speed of 0', ['--speed', '0', 'x']],
  ['a feed with a dot', ['--feed', 'a.b', 'x']],
  ['a share above 1', ['--duplicate', '1.5', 'x']],
] as const;

for (const [wrong, args] of misused) {
  test(`${wrong} is a wrong use of the command`, async () => {
    const quiet = { writeErr: () => undefined, writeOut: () => undefined };
    const program = new Command().exitOverride().configureOutput(quiet);
    addReplayCommand(program);
    program.commands.forEach((command) => command.exitOverride().configureOutput(quiet));
    const run = program.parseAsync(['replay', ...args], { from: 'user' });
    await assert.rejects(run, (error: unknown) => error instanceof CommanderError && error.exitCode !== 0);
    assert.equal(ingest.requests.length, 0);
  });
}
