import { strict as assert } from 'node:assert';
import { once as onceEmitted, type EventEmitter } from 'node:events';
import { connect as connectSocket } from 'node:net';
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';
import { afterEach, beforeEach, test } from 'vitest';

import { airToken, anyFeedToken, testIntake, type DoorOptions } from '../../fixtures/ingest/door.ts';
import { BatchReader } from '../../fixtures/ingest/read-batches.ts';
import { LogUnavailableError } from '../../pipeline/errors.ts';
import { createLogger } from '../../pipeline/runtime/logger.ts';
import { systemTimers } from '../../pipeline/time/clock.ts';
import { openMqttDoor, type MqttDoor } from './mqtt.ts';

let door: MqttDoor;
let parts: ReturnType<typeof testIntake>;
const clients: MqttClient[] = [];

async function openDoor(options: DoorOptions = {}): Promise<void> {
  parts = testIntake(options);
  const logger = createLogger({ role: 'ingest', level: 'silent' });
  door = await openMqttDoor({ ...parts, logger, timers: systemTimers, host: '127.0.0.1', port: 0 });
}
async function closeDoor(): Promise<void> {
  for (const client of clients.splice(0)) client.end(true);
  door.stopAccepting();
  await door.close();
}
beforeEach(() => openDoor());
afterEach(closeDoor);

/** The client's own emitter type has no overload that `once` of Node accepts. */
const once = (emitter: unknown, name: string): Promise<unknown[]> =>
  onceEmitted(emitter as EventEmitter, name);

function open(options: IClientOptions = {}): MqttClient {
  const client = mqtt.connect(`mqtt://127.0.0.1:${door.port}`, {
    ...{ username: 'air', password: airToken, reconnectPeriod: 0 },
    ...options,
  });
  clients.push(client);
  return client;
}

async function connected(options: IClientOptions = {}): Promise<MqttClient> {
  const client = open(options);
  await once(client, 'connect');
  return client;
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const topic = 'feeds/air/events';
const reading = (value: number): string =>
  JSON.stringify({
    ...{ subsystem: 'environment', entity: 'station-01', property: 'pm25', value },
    eventTime: '2026-11-23T06:00:00+07:00',
  });

for (const qos of [1, 2] as const) {
  test(`QoS ${qos} is acknowledged when the log has stored the row, not before`, async () => {
    let store: () => void = () => {};
    parts.log.gate = new Promise((resolve) => (store = resolve));
    const client = await connected();
    let acknowledged = false;
    const sent = client.publishAsync(topic, reading(1), { qos }).then(() => (acknowledged = true));
    await wait(150);
    assert.deepEqual([acknowledged, parts.log.batches.length], [false, 0]);
    store();
    await sent;
    assert.deepEqual(
      BatchReader.rows(parts.log.batches).map(({ feed, value }) => [feed, value]),
      [['air', 1]],
    );
  });
}

test('QoS 0 is stored without an acknowledgement', async () => {
  const client = await connected();
  await client.publishAsync(topic, reading(1), { qos: 0 });
  for (let tries = 0; parts.log.batches.length === 0 && tries < 200; tries += 1) await wait(10);
  assert.equal(BatchReader.rows(parts.log.batches).length, 1);
});

test('2,000 messages at once are all acknowledged, each row is stored once, in far fewer batches', async () => {
  const client = await connected();
  const values = Array.from({ length: 2_000 }, (_, index) => index / 10);
  await Promise.all(values.map((value) => client.publishAsync(topic, reading(value), { qos: 1 })));
  const stored = BatchReader.rows(parts.log.batches).map(({ value }) => Number(value));
  assert.deepEqual(
    stored.toSorted((a, b) => a - b),
    values,
  );
  assert(parts.log.batches.length < 500, `${parts.log.batches.length} batches`);
});

// [what, user, password, return code of CONNACK]
const logins = [
  ['an unknown token', 'air', 'nonsense', 4],
  ['no token', 'air', '', 4],
  ["another feed's token", 'rain', airToken, 5],
  ['a name that is no feed', 'a.b', anyFeedToken, 5],
  ['no user name', '', anyFeedToken, 5],
] as const;
for (const [what, username, password, code] of logins) {
  test(`${what} is refused with return code ${code}`, async () => {
    const client = open({ username, password });
    const [error] = (await once(client, 'error')) as [Error & { code: number }];
    assert.equal(error.code, code);
  });
}

test('the token for any feed opens any feed, also one that is not declared', async () => {
  const client = await connected({ username: 'rain-2', password: anyFeedToken });
  await client.publishAsync('feeds/rain-2/events', reading(3), { qos: 1 });
  assert.equal(BatchReader.rows(parts.log.batches)[0]?.feed, 'rain-2');
});

for (const foreign of ['feeds/rain/events', 'feeds/air/status', 'other', '$SYS/x']) {
  test(`publishing on ${foreign} closes the connection and stores nothing`, async () => {
    const client = await connected();
    client.publish(foreign, reading(1), { qos: 0 });
    await once(client, 'close');
    assert.equal(parts.log.batches.length, 0);
  });
}

test('only the own status may be subscribed to', async () => {
  const client = await connected();
  const [own] = await client.subscribeAsync('feeds/air/status');
  assert.equal(own?.qos, 0);
  for (const topicFilter of ['feeds/rain/status', '#', 'feeds/+/status', '$SYS/#']) {
    await assert.rejects(
      client.subscribeAsync(topicFilter),
      /Unspecified error|128|not authorized/i,
      topicFilter,
    );
  }
});

// [payload, code]
const bad = [
  [reading(1).replace('pm25"', 'pm25", "unit": "furlong"'), 'UNIT_UNKNOWN'],
  ['{"value":', 'JSON_SYNTAX'],
  ['', 'EMPTY_BODY'],
  [Buffer.from([123, 255, 254]), 'INVALID_UTF8'],
  [`${'['.repeat(50_000)}${']'.repeat(50_000)}`, 'NESTING_TOO_DEEP'],
] as const;
for (const [payload, code] of bad) {
  test(`a message that is bad (${code}) is acknowledged once it is quarantined, and the status says why`, async () => {
    const client = await connected();
    await client.subscribeAsync('feeds/air/status');
    const status = once(client, 'message');
    await client.publishAsync(topic, payload, { qos: 1 });
    assert.deepEqual(
      parts.log.quarantined.map((row) => [row.feed, row.code]),
      [['air', code]],
    );
    const [, text] = (await status) as [string, Buffer];
    const verdict = JSON.parse(text.toString()) as { quarantined: number; errors: { code: string }[] };
    assert.deepEqual([verdict.quarantined, verdict.errors[0]?.code], [1, code]);
  });
}

test('while the log does not confirm the acknowledgement is withheld; it comes when the log is back', async () => {
  parts.log.failWith = new LogUnavailableError('gone');
  const client = await connected();
  let acknowledged = false;
  const sent = client.publishAsync(topic, reading(1), { qos: 1 }).then(() => (acknowledged = true));
  await wait(1_200);
  assert.deepEqual([acknowledged, client.connected], [false, true]);
  parts.log.failWith = null;
  await sent;
  assert.equal(BatchReader.rows(parts.log.batches).length, 1);
});

test('messages keep their order while the log does not confirm, and a bad one among them has its own verdict', async () => {
  const client = await connected();
  await client.subscribeAsync('feeds/air/status');
  const status = once(client, 'message');
  parts.log.failWith = new LogUnavailableError('gone');
  const first = client.publishAsync(topic, reading(1), { qos: 1 });
  await wait(600); // Its first try has failed: it waits to be offered again.
  const rest = [reading(2), '{"value":', reading(3)].map((payload) =>
    client.publishAsync(topic, payload, { qos: 1 }),
  );
  await wait(50);
  parts.log.failWith = null;
  await Promise.all([first, ...rest]);
  assert.deepEqual(
    BatchReader.rows(parts.log.batches).map(({ value }) => value),
    [1, 2, 3],
  );
  assert.deepEqual(
    parts.log.quarantined.map(({ code, payload }) => [code, payload]),
    [['JSON_SYNTAX', '{"value":']],
  );
  const [, text] = (await status) as [string, Buffer];
  const verdict = JSON.parse(text.toString()) as { accepted: number; errors: { row: number }[] };
  assert.deepEqual([verdict.accepted, verdict.errors.map(({ row }) => row)], [0, [1]]);
});

test('QoS 0 is let go when the log does not confirm, and the loss is counted', async () => {
  parts.log.failWith = new LogUnavailableError('gone');
  const client = await connected();
  await client.publishAsync(topic, reading(1), { qos: 0 });
  await wait(700);
  assert.match(parts.metrics.render(), /haidang_ingest_refused_total\{code="LOG_UNAVAILABLE"\} 1\n/);
  parts.log.failWith = null;
  await client.publishAsync(topic, reading(2), { qos: 1 });
  assert.deepEqual(
    BatchReader.rows(parts.log.batches).map(({ value }) => value),
    [2],
  );
});

test('beyond the quota of its token a message is neither acknowledged nor refused until it may pass (B47)', async () => {
  await closeDoor();
  await openDoor({ airQuota: { rowsPerSecond: 20, burstSeconds: 1 } });
  const client = await connected();
  const other = await connected({ username: 'rain', password: anyFeedToken });
  let acknowledged = 0;
  const sent = Array.from({ length: 40 }, (_, value) =>
    client.publishAsync(topic, reading(value), { qos: 1 }).then(() => (acknowledged += 1)),
  );
  await wait(300);
  assert(acknowledged >= 20 && acknowledged < 40, `${acknowledged} of 40 after 0.3 s`);
  await other.publishAsync('feeds/rain/events', reading(1), { qos: 1 });
  assert(acknowledged < 40, 'the other feed had to wait for this one');
  await Promise.all(sent);
  assert.equal(client.connected, true);
  assert.match(parts.metrics.render(), /haidang_ingest_quota_withheld_ms_total\{token="air"\} [1-9]/);
});

test('a revoked token closes its connection within three seconds, and no other', async () => {
  const client = await connected();
  const other = await connected({ username: 'rain', password: anyFeedToken });
  parts.access.revoke(airToken);
  const closed = once(client, 'close');
  assert.equal(await Promise.race([closed.then(() => 'closed'), wait(3_000)]), 'closed');
  assert.equal(other.connected, true);
});

test('two feeds may use the same client id', async () => {
  const air = await connected({ clientId: 'gateway' });
  await connected({ clientId: 'gateway', username: 'rain', password: anyFeedToken });
  await wait(100);
  assert.equal(air.connected, true);
});

test('a packet that says it is 200 MB long closes its connection before it is collected', async () => {
  const socket = connectSocket(door.port, '127.0.0.1');
  // CONNECT with a remaining length of 200,000,000; only a few bytes of it follow.
  socket.write(Buffer.from([0x10, 0x80, 0x84, 0xaf, 0x5f, 0x00, 0x04]));
  const timer = setInterval(() => socket.write('xxxx'), 20);
  socket.on('error', () => {}); // A reset is as good as an end.
  await once(socket, 'close');
  clearInterval(timer);
});
