import { strict as assert } from 'node:assert';
import { afterEach, test } from 'vitest';

import { startFakeIngest, type FakeIngest, type Intervene } from '../../fixtures/servers/fake-ingest.ts';
import { pushBatch, type Patience } from './push-batch.ts';
import { PushRefusedError, PushUndeliveredError } from './push-errors.ts';

let ingest: FakeIngest | undefined;
afterEach(() => ingest?.close());

const rows = ['{"a":1}', '{"a":2}', '{"a":"faulty"}'];
const signal = new AbortController().signal;

async function push(intervene: Intervene, patience: Partial<Patience> = {}): ReturnType<typeof pushBatch> {
  ingest = await startFakeIngest(intervene);
  const door = { url: ingest.url, token: 'secret', feed: 'f' };
  return pushBatch(door, rows, { giveUpMs: 20_000, signal, ...patience });
}

const stored = { accepted: 2, duplicate: 0, quarantined: 1, codes: { OUT_OF_RANGE: 1 } };

test('a batch arrives as NDJSON under its feed and token, and the receipt counts by code', async () => {
  assert.deepEqual(await push(() => undefined), stored);
  assert.deepEqual(ingest?.requests, [{ path: '/v1/feeds/f/events', token: 'secret', rows }]);
});

test('429, 503, 500 and a broken connection are waited out with the same rows', async () => {
  const waits: string[] = [];
  const answers = [
    { status: 429, body: { code: 'LOG_FULL', detail: 'full' } },
    { status: 503, body: { code: 'LOG_UNAVAILABLE' } },
    { status: 500, body: {} },
    'hang-up',
  ] as const;
  const onWait = (reason: string): void => void waits.push(reason);
  assert.deepEqual(await push((index) => answers[index], { onWait }), stored);
  assert.equal(ingest?.requests.length, 5);
  assert.match(waits.join(' | '), /429 LOG_FULL full \| 503 LOG_UNAVAILABLE \| 500 .*\| \S+/);
});

test('Retry-After is obeyed when it is longer than our own wait', async () => {
  const waits: number[] = [];
  const busy = { status: 429, headers: { 'retry-after': '1' }, body: {} };
  await push((index) => (index === 0 ? busy : undefined), {
    onWait: (_reason, waitMs) => void waits.push(waitMs),
  });
  assert.deepEqual(waits, [1_000]);
});

test('a refusal that would be the same again ends at once', async () => {
  const refusal = push(() => ({ status: 403, body: { code: 'FEED_FORBIDDEN', detail: 'not yours' } }));
  await assert.rejects(refusal, (error: unknown) => {
    assert(error instanceof PushRefusedError);
    assert.match(error.message, /403: FEED_FORBIDDEN not yours/);
    return true;
  });
  assert.equal(ingest?.requests.length, 1);
});

test('a batch that is too large is sent in halves, one row too large is refused', async () => {
  const tooLarge = { status: 413, body: {} };
  assert.deepEqual(await push((_index, request) => (request.rows.length > 1 ? tooLarge : undefined)), stored);
  await ingest?.close();
  await assert.rejects(
    push(() => tooLarge),
    PushRefusedError,
  );
});

test('an answer that does not account for every row is refused', async () => {
  const short = { status: 200, body: { accepted: 1, duplicate: 0, quarantined: 0 } };
  await assert.rejects(
    push(() => short),
    /3 rows were sent, but the answer accounts for 1/,
  );
});

test('patience ends after the given time, and at once when told to stop', async () => {
  const busy = { status: 503, body: {} };
  await assert.rejects(
    push(() => busy, { giveUpMs: 0 }),
    PushUndeliveredError,
  );
  await ingest?.close();
  const stop = new AbortController();
  const stopped = push(() => busy, { signal: stop.signal, onWait: () => stop.abort() });
  await assert.rejects(stopped, /stopped before ingest had answered/);
});
