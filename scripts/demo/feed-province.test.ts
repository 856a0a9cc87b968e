import { strict as assert } from 'node:assert';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, test } from 'vitest';

import { startFakeIngest, type FakeIngest, type Intervene } from '../../fixtures/servers/fake-ingest.ts';
import { readingsBetween } from '../../fixtures/province/province.ts';
import { truthOf } from '../../fixtures/province/truth.ts';
import { HOUR_MS, processingTime } from '../../pipeline/model/time.ts';
import type { Receipt } from '../replay/push-batch.ts';
import { openDemoPosition } from './demo-position.ts';
import { feedProvince, type DemoPosition } from './feed-province.ts';

const seed = 7;
const start = Date.parse('2026-11-23T12:00:00+07:00');
let ingest: FakeIngest | undefined;
afterEach(() => ingest?.close());

interface Demo {
  readonly live: Receipt | undefined;
  readonly waits: readonly string[];
}

const nowhere: DemoPosition = { read: () => 0, write: () => undefined };

/** Runs the demo for some rounds of `roundMs` after `nowMs`; the clock moves in the pauses only. */
async function runDemo(
  url: string,
  nowMs: number,
  rounds: number,
  { roundMs = 1_000, position = nowhere }: { roundMs?: number; position?: DemoPosition } = {},
): Promise<Demo> {
  const stop = new AbortController();
  const waits: string[] = [];
  let live: Receipt | undefined;
  let [at, round] = [nowMs, 0];
  await feedProvince({
    url,
    token: 'secret',
    seed,
    historyMs: 2 * HOUR_MS,
    clock: { now: () => processingTime(at) },
    pause: async () => {
      at += roundMs;
      round += 1;
      if (round > rounds) stop.abort();
    },
    signal: stop.signal,
    position,
    onWait: (reason) => void waits.push(reason),
    onLive: (pushed) => void (live = pushed),
  });
  return { live, waits };
}

/** The distinct rows that arrive between two times, faulty ones apart. */
function expected(fromMs: number, toMs: number): string[] {
  const firsts = readingsBetween(seed, fromMs, toMs).filter(({ role }) => role !== 'faulty');
  return [...new Set(firsts.map(({ row }) => JSON.stringify(row)))].sort();
}

const sorted = (rows: readonly string[] = []): string[] =>
  rows.filter((row) => !row.includes('faulty')).sort();

async function begin(intervene?: Intervene): Promise<FakeIngest> {
  ingest = await startFakeIngest(intervene);
  return ingest;
}

test('the past comes first, in order of event time within each feed', async () => {
  const { url, requests, ...fake } = await begin();
  const { live } = await runDemo(url, start, 0);
  assert.deepEqual(sorted(ingest?.stored), expected(start - 2 * HOUR_MS, start));
  assert.equal(fake.quarantined.length, 0);
  for (const feed of ['demo-air-standard', 'demo-air-sensors']) {
    const times = requests
      .filter(({ path }) => path === `/v1/feeds/${feed}/events`)
      .flatMap(({ rows }) => rows.map((row) => (JSON.parse(row) as { eventTime: string }).eventTime));
    assert(times.length > 0);
    assert.deepEqual([...times].sort(), times);
  }
  const truth = truthOf(readingsBetween(seed, start - 2 * HOUR_MS, start));
  assert.equal(live?.accepted, truth.stored);
  assert.equal(live?.quarantined, truth.quarantined);
});

test('then each reading comes when it arrives, without a gap between the past and the present', async () => {
  const { url } = await begin();
  await runDemo(url, start, 120);
  assert.deepEqual(sorted(ingest?.stored), expected(start - 2 * HOUR_MS, start + 120_000));
});

test('a restart pushes the past again and adds nothing that was there', async () => {
  const { url } = await begin();
  await runDemo(url, start, 30);
  const before = ingest?.stored.length ?? 0;
  const { live } = await runDemo(url, start + 30_000, 0);
  assert.equal(live?.accepted, 0);
  assert.equal(ingest?.stored.length, before);
});

test('a restart with a kept position sends some minutes again, not the whole past', async () => {
  const home = mkdtempSync(join(tmpdir(), 'haidang-demo-'));
  try {
    const { url } = await begin();
    await runDemo(url, start, 60, { position: openDemoPosition(home, seed) });
    const before = ingest?.requests.length ?? 0;
    await runDemo(url, start + 120_000, 0, { position: openDemoPosition(home, seed) });
    const again = ingest?.requests.slice(before).flatMap(({ rows }) => rows) ?? [];
    assert(again.length > 0 && again.length < 1_000, `${again.length}`);
    assert.deepEqual(sorted(ingest?.stored), expected(start - 2 * HOUR_MS, start + 120_000));

    assert.equal(openDemoPosition(home, seed + 1).read(), 0);
    writeFileSync(join(home, 'run', 'demo-position.json'), '{');
    assert.equal(openDemoPosition(home, seed).read(), 0);
  } finally {
    rmSync(home, { recursive: true });
  }
});

test('a machine that slept for an hour pushes the hour that it missed', async () => {
  const { url } = await begin();
  await runDemo(url, start, 2, { roundMs: HOUR_MS });
  assert.deepEqual(sorted(ingest?.stored), expected(start - 2 * HOUR_MS, start + 2 * HOUR_MS));
});

test('an ingest that is full or away is waited for, and nothing is lost', async () => {
  const away = { status: 503, body: { code: 'LOG_UNAVAILABLE' } };
  const { url } = await begin((index) => (index === 1 ? away : index === 2 ? 'hang-up' : undefined));
  const { waits } = await runDemo(url, start, 5);
  assert.equal(waits.length, 2);
  assert.deepEqual(sorted(ingest?.stored), expected(start - 2 * HOUR_MS, start + 5_000));
});

test('a refused token ends the demo', async () => {
  const { url } = await begin(() => ({ status: 401, body: { code: 'TOKEN_UNKNOWN' } }));
  await assert.rejects(runDemo(url, start, 0), /401: TOKEN_UNKNOWN/);
});
