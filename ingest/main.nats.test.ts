import { strict as assert } from 'node:assert';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mqtt from 'mqtt';
import { afterEach, beforeEach, test } from 'vitest';

import { BatchReader } from '../fixtures/ingest/read-batches.ts';
import { compiled } from '../fixtures/servers/compiled.ts';
import { startNats, type NatsFixture } from '../fixtures/servers/nats.ts';
import { connectLog, type LogConnection } from '../pipeline/log/jetstream/connect-log.ts';
import { ensureStreams } from '../pipeline/log/jetstream/streams.ts';
import { createTokens } from '../pipeline/runtime/access/tokens.ts';
import { freePort } from '../scripts/process/free-port.ts';

let nats: NatsFixture;
let log: LogConnection;
let home: string;
let ingest: ChildProcess;
let httpUrl: string;
let mqttPort: number;
let token: string;
let stderr = '';

beforeEach(async () => {
  nats = await startNats();
  log = await connectLog(nats.url, 'test');
  await ensureStreams(log.manager, 0);
  home = mkdtempSync(join(tmpdir(), 'haidang-ingest-'));
  createTokens(home);
  token = /HAIDANG_INGEST_TOKEN=(.*)/.exec(readFileSync(join(home, 'dev-tokens.env'), 'utf8'))?.[1] ?? '';
  const [httpPort, doorPort] = [await freePort(), await freePort()];
  httpUrl = `http://127.0.0.1:${httpPort}`;
  mqttPort = doorPort;
  stderr = '';
  ingest = spawn(process.execPath, [compiled('ingest/main.ts')], {
    env: {
      ...{ PATH: process.env['PATH'], HAIDANG_HOME: home, NATS_URL: nats.url, HAIDANG_AUTO_FEEDS: 'on' },
      ...{ HAIDANG_INGEST_PORT: String(httpPort), HAIDANG_MQTT_PORT: String(mqttPort) },
      ...{ CLICKHOUSE_URL: 'http://127.0.0.1:9', HAIDANG_DURABILITY: 'relaxed', LOG_LEVEL: 'info' },
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  ingest.stderr?.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
  await until(async () => (await status('/readyz')) === 200);
});

afterEach(async () => {
  if (ingest.exitCode === null && ingest.signalCode === null) {
    ingest.kill('SIGKILL');
    await once(ingest, 'exit');
  }
  await log.close();
  await nats.stop();
  rmSync(home, { recursive: true, force: true });
});

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 300; tries += 1) {
    if (await holds()) return;
    await wait(50);
  }
  assert.fail(`it did not come to hold:\n${stderr}`);
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const status = (path: string): Promise<number> =>
  fetch(httpUrl + path).then(
    (answer) => answer.status,
    () => 0,
  );
/** The id tells rows apart; the value stays in the range of its property. */
const reading = (id: number): object => ({
  ...{ subsystem: 'environment', entity: 'station-01', property: 'pm25', value: id % 100, id: String(id) },
  eventTime: '2026-01-23T06:00:00+07:00',
});

async function post(
  rows: readonly object[],
): Promise<{ status: number; body: { accepted?: number; ack?: { seq: number } } }> {
  const answer = await fetch(`${httpUrl}/v1/feeds/air/events`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(rows),
  });
  return { status: answer.status, body: (await answer.json()) as { accepted?: number } };
}

/** A broker that came back a moment ago may leave a request of this test's own connection unanswered. */
async function patiently<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await ask();
    } catch (error) {
      if (attempt === 4) throw error;
    }
  }
}

/** Ids of every row in `EVENTS`, repeats included. */
async function storedIds(): Promise<number[]> {
  const { state } = await patiently(() => log.manager.streams.info('EVENTS'));
  const batches: { bytes: Uint8Array }[] = [];
  for (let seq = state.first_seq; seq <= state.last_seq; seq += 1) {
    const { data } = await patiently(() => log.manager.streams.getMessage('EVENTS', { seq }));
    batches.push({ bytes: data });
  }
  return BatchReader.rows(batches.filter(({ bytes }) => bytes.length > 0)).map(({ event_id: id }) =>
    Number(id),
  );
}

test('an acknowledged position is the message in the stream that holds the rows; bad rows are in QUARANTINE', async () => {
  const answer = await post([reading(1), { nothing: true }, reading(2)]);
  assert.deepEqual([answer.status, answer.body.accepted], [200, 2]);
  const message = await log.manager.streams.getMessage('EVENTS', { seq: answer.body.ack?.seq ?? 0 });
  assert.equal(message.subject, 'events.environment.measurement');
  assert.deepEqual(await storedIds(), [1, 2]);
  const quarantined = await log.manager.streams.getMessage('QUARANTINE', { seq: 1 });
  const [row] = JSON.parse(new TextDecoder().decode(quarantined.data)) as { code: string; payload: string }[];
  assert.deepEqual([row?.code, row?.payload], ['FIELD_REQUIRED', '{"nothing":true}']);
});

test('kill -9 of the broker under load: what was acknowledged over HTTP and MQTT is stored, the rest was told 503', async () => {
  const client = mqtt.connect(`mqtt://127.0.0.1:${mqttPort}`, { username: 'air', password: token });
  const acknowledged = new Set<number>();
  let next = 0;
  let isOver = false;
  const overHttp = async (): Promise<void> => {
    while (!isOver) {
      const rows = Array.from({ length: 20 }, () => (next += 1));
      const answer = await post(rows.map(reading));
      if (answer.body.accepted === rows.length) rows.forEach((value) => acknowledged.add(value));
      else {
        assert.equal(answer.status, 503, JSON.stringify(answer.body));
        await wait(20);
      }
    }
  };
  const overMqtt = async (): Promise<void> => {
    while (!isOver) {
      const value = (next += 1);
      await client.publishAsync('feeds/air/events', JSON.stringify(reading(value)), { qos: 1 });
      acknowledged.add(value);
    }
  };
  const senders = [overHttp(), overHttp(), overMqtt()];
  await wait(300);
  await nats.kill9();
  await until(async () => (await post([reading(0.5)])).status === 503);
  const before = acknowledged.size;
  await wait(300);
  await nats.restart();
  await until(async () => acknowledged.size > before + 100);
  isOver = true;
  await Promise.all(senders);
  client.end(true);
  const stored = new Set(await storedIds());
  assert.deepEqual(
    [...acknowledged].filter((value) => !stored.has(value)),
    [],
  );
});

test('SIGTERM under load: every acknowledged row is stored, the exit code is 0, tokens are in no log', async () => {
  const acknowledged: number[] = [];
  let next = 0;
  const sender = async (): Promise<void> => {
    for (;;) {
      const value = (next += 1);
      const answer = await post([reading(value)]).catch(() => undefined);
      if (answer?.body.accepted !== 1) return;
      acknowledged.push(value);
    }
  };
  const senders = [sender(), sender(), sender()];
  await wait(300);
  const exited = once(ingest, 'exit');
  ingest.kill('SIGTERM');
  assert.deepEqual(await exited, [0, null]);
  await Promise.all(senders);
  const stored = new Set(await storedIds());
  assert(acknowledged.length > 0);
  assert.deepEqual(
    acknowledged.filter((value) => !stored.has(value)),
    [],
  );
  assert(!stderr.includes(token) && !stderr.includes('station-01'), stderr);
});

test('SIGTERM while the broker is gone and messages wait for it: it ends by itself, and they were not acknowledged', async () => {
  const client = mqtt.connect(`mqtt://127.0.0.1:${mqttPort}`, {
    ...{ username: 'air', password: token, reconnectPeriod: 0 },
  });
  await client.publishAsync('feeds/air/events', JSON.stringify(reading(1)), { qos: 1 });
  await nats.kill9();
  let acknowledged = 1;
  for (const id of [2, 3]) {
    const sent = client.publishAsync('feeds/air/events', JSON.stringify(reading(id)), { qos: 1 });
    sent.then(
      () => (acknowledged += 1),
      () => {}, // Closed without an acknowledgement, as it should be.
    );
  }
  await wait(200);
  const exited = once(ingest, 'exit');
  ingest.kill('SIGTERM');
  const [, signal] = (await exited) as [number, string | null];
  assert.deepEqual([signal, acknowledged], [null, 1]);
  client.end(true);
});
