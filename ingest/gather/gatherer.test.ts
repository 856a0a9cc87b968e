import { strict as assert } from 'node:assert';
import { test } from 'vitest';

import { BatchReader } from '../../fixtures/ingest/read-batches.ts';
import { LogFullError, LogUnavailableError } from '../../pipeline/errors.ts';
import { MemoryAppenders } from '../../pipeline/log/memory/memory-appenders.ts';
import type { MeasurementEvent } from '../../pipeline/model/event.ts';
import { SimClock } from '../../pipeline/time/sim-clock.ts';
import { Gatherer } from './gatherer.ts';
import { lingerMs, lingerRowsMax } from './lane.ts';
import { Ticket } from './ticket.ts';

const event = (value: number): MeasurementEvent => ({
  ...{ kind: 'measurement', id: `id-${value}`, idHashHigh: 1, idHashLow: value, contentHash: 1, idGiven: 1 },
  ...{ feed: 'f', entity: 'e', area: 'a', eventTime: 4_000_000, receivedAt: 4_000_000 },
  ...{ latitude: null, longitude: null, extra: '', property: 'pm25', value, unit: 'ug/m3' },
  ...{ quality: 'good', version: 0, period: '' },
});

function setUp(maxPayloadBytes = 1_048_576) {
  const log = new MemoryAppenders();
  const timers = new SimClock();
  const connection = { ready: true };
  const gatherer = new Gatherer({
    ...{ events: log.events, maxPayloadBytes, timers, observer: { stored: () => {} } },
    ready: () => connection.ready,
  });
  const request = (...values: number[]): Ticket => {
    const ticket = new Ticket();
    for (const value of values) gatherer.add('environment', event(value), ticket);
    ticket.close();
    return ticket;
  };
  const values = (): unknown[][] =>
    log.batches.map((batch) => BatchReader.rows([batch]).map(({ value }) => value));
  return { log, timers, connection, gatherer, request, values };
}

/** Lets everything that needs no timer happen. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

//   rows   1 2 | 3           4   5
//   log          [1 2 3]-----ack[4 5]--ack
test('rows of requests that come within the linger share a batch; what comes in flight is the next one', async () => {
  const { log, timers, request, values } = setUp();
  let store: () => void = () => {};
  log.gate = new Promise((resolve) => (store = resolve));
  const first = request(1, 2);
  const second = request(3);
  await settled();
  assert.equal(values().length, 0);
  timers.advance(lingerMs);
  const third = request(4);
  timers.advance(lingerMs * 10);
  const fourth = request(5);
  store();
  assert.deepEqual(
    await Promise.all([first.stored, second.stored, third.stored, fourth.stored]),
    [1, 1, 2, 2],
  );
  assert.deepEqual(values(), [
    [1, 2, 3],
    [4, 5],
  ]);
});

test('a request with many rows does not linger', async () => {
  const { request } = setUp();
  assert.equal(await request(...Array(lingerRowsMax).keys()).stored, 1);
});

test('a batch is cut at half of the largest message; the request waits for every part', async () => {
  const { log, request, values } = setUp(40_000);
  const rows = [...Array(1_000).keys()];
  assert.equal(await request(...rows).stored, log.batches.length);
  assert(log.batches.length > 3);
  assert.deepEqual(values().flat(), rows);
  assert(log.batches.every(({ bytes }) => bytes.length <= 20_500 + 4_096));
  assert.equal(new Set(log.batches.map(({ messageId }) => messageId)).size, log.batches.length);
});

test('a request without a row is settled at once', async () => {
  assert.equal(await setUp().request().stored, 0);
});

test('a message that was not confirmed is offered again under the same id and is stored once', async () => {
  const { log, timers, request, gatherer } = setUp();
  log.failWith = new LogUnavailableError('no answer');
  const ticket = request(1);
  timers.advance(lingerMs);
  await settled();
  log.failWith = null;
  timers.advance(1_000);
  assert.equal(await ticket.stored, 1);
  await settled();
  assert.deepEqual([log.batches.length, gatherer.waitingBytes, gatherer.isIdle], [1, 0, true]);
});

test('an acknowledgement that was lost with the connection is asked for again when it stands again', async () => {
  const { log, timers, connection, request } = setUp();
  log.gate = new Promise(() => {}); // The first answer never comes.
  const ticket = request(1);
  timers.advance(lingerMs);
  await settled();
  connection.ready = false;
  timers.advance(500);
  log.gate = Promise.resolve();
  connection.ready = true;
  timers.advance(500);
  assert.equal(await ticket.stored, 1);
});

test('a full log fails what waits behind it too, and frees the room', async () => {
  const { log, timers, request, gatherer } = setUp();
  let open: () => void = () => {};
  log.gate = new Promise((resolve) => (open = resolve));
  log.failWith = new LogFullError('full');
  const first = request(1);
  timers.advance(lingerMs);
  const second = request(2);
  open();
  await assert.rejects(first.stored, LogFullError);
  await assert.rejects(second.stored, LogFullError);
  await settled();
  assert.deepEqual([gatherer.waitingBytes, gatherer.isIdle], [0, true]);
  log.failWith = null;
  const third = request(3);
  timers.advance(lingerMs);
  assert.equal(await third.stored, 1);
});
