import { strict as assert } from 'node:assert';
import { once } from 'node:events';
import { afterEach, beforeEach, test } from 'vitest';
import { WebSocket } from 'ws';

import { emission, hourValue } from '../../fixtures/live/kpi-values.ts';
import { liveTokens, startLiveServer, type LiveServer } from '../../fixtures/live/live-server.ts';
import type { ServerFrame } from '../protocol/frames.ts';
import type { LiveCatalogue } from './registry-answer.ts';

const title = { vi: 'x', en: 'x' };
const catalogue: LiveCatalogue = {
  registry: {
    ...{ properties: new Map(), entities: new Map(), areas: new Map(), feeds: new Map() },
    ...{ calendars: new Map(), holidays: new Map(), agencies: new Map(), periods: new Map(), hash: '' },
  },
  definitions: [
    { id: 'environment.pm25_mean_1h', title, unit: 'ug/m3', freshSeconds: 1_800, visibility: 'public' },
    { id: 'environment.us_aqi_pm25', title, unit: '1', freshSeconds: 1_800, visibility: 'internal' },
  ],
  demo: 'on',
};
const hour = '2026-11-23T05:00:00.000Z';

let server: LiveServer;
const open: WebSocket[] = [];
beforeEach(async () => {
  server = await startLiveServer({ catalogue });
});
afterEach(async () => {
  for (const socket of open.splice(0)) socket.terminate();
  await server.close();
});

/** A plain client that keeps every frame it got. */
async function connect(protocols: string[], headers: Record<string, string> = {}, path = '/v1/live') {
  const socket = new WebSocket(`ws://127.0.0.1:${server.port}${path}`, protocols, { headers });
  open.push(socket);
  const frames: ServerFrame[] = [];
  const closed = new Promise<number>((resolve) => socket.once('close', (code) => resolve(code)));
  const refused = new Promise<number>((resolve) => {
    socket.once('unexpected-response', (_request, response) => {
      resolve(response.statusCode ?? 0);
      socket.terminate();
    });
  });
  socket.on('message', (data) => frames.push(JSON.parse(String(data)) as ServerFrame));
  socket.on('error', () => undefined);
  await Promise.race([new Promise((resolve) => socket.once('open', resolve)), refused]);
  const until = async (type: ServerFrame['type'], count = 1): Promise<ServerFrame[]> => {
    for (;;) {
      const found = frames.filter((frame) => frame.type === type);
      if (found.length >= count) return found;
      await once(socket, 'message');
    }
  };
  return {
    socket,
    frames,
    closed,
    refused,
    until,
    send: (frame: unknown) => socket.send(JSON.stringify(frame)),
  };
}
const asWall = () => connect(['haidang.live.v1', `bearer.${liveTokens.wall}`]);

test('a subscription is answered with a snapshot, and a message of the stream becomes a delta', async () => {
  server.log.append(emission([hourValue({ windowStart: hour, value: 10 })]));
  const client = await asWall();
  client.send({ type: 'subscribe', id: 's1', kpis: ['environment.*'] });
  const [snapshot] = await client.until('snapshot');
  assert(snapshot?.type === 'snapshot' && snapshot.cursor === 'test.1');
  assert.deepEqual(
    snapshot.values.map((value) => value.value),
    [10],
  );
  server.log.append(emission([hourValue({ windowStart: hour, value: 11, revision: 2 })]));
  const [delta] = await client.until('delta');
  assert(delta?.type === 'delta' && delta.cursor === 'test.2');
  assert.deepEqual(
    delta.values.map((value) => value.value),
    [11],
  );
});

test('a cursor gets exactly what was missed, one of another epoch a snapshot that says reset', async () => {
  const client = await asWall();
  for (const revision of [1, 2, 3]) {
    server.log.append(emission([hourValue({ windowStart: hour, value: revision, revision })]));
  }
  client.send({ type: 'subscribe', id: 'a', kpis: ['*'], cursor: 'test.1' });
  await client.until('resumed');
  const [missed] = await client.until('delta');
  assert(missed?.type === 'delta');
  assert.deepEqual(
    missed.values.map((value) => value.value),
    [2, 3],
  );
  client.send({ type: 'subscribe', id: 'b', kpis: ['*'], cursor: 'other.1' });
  const [snapshot] = await client.until('snapshot');
  assert(snapshot?.type === 'snapshot' && snapshot.reset === true);
});

test('an internal KPI never reaches a wall: hidden behind a pattern, refused by name', async () => {
  server.log.append(emission([hourValue({ windowStart: hour, kpi: 'environment.us_aqi_pm25' })]));
  server.log.append(emission([hourValue({ windowStart: hour, kpi: 'environment.undeclared' })]));
  const wall = await asWall();
  wall.send({ type: 'subscribe', id: 's', kpis: ['*'] });
  const [snapshot] = await wall.until('snapshot');
  assert(snapshot?.type === 'snapshot');
  assert.deepEqual(snapshot.values, []);
  wall.send({ type: 'subscribe', id: 't', kpis: ['environment.us_aqi_pm25'] });
  const [error] = await wall.until('error');
  assert(error?.type === 'error' && error.code === 'KPI_NOT_ALLOWED' && error.id === 't');
  const analyst = await connect(['haidang.live.v1'], { authorization: `Bearer ${liveTokens.analyst}` });
  analyst.send({ type: 'subscribe', id: 's', kpis: ['*'] });
  const [all] = await analyst.until('snapshot');
  assert(all?.type === 'snapshot' && all.values.length === 2);
});

// [what, subprotocols, headers, path, close code or HTTP status]
const refusals = [
  ['no token', ['haidang.live.v1'], {}, '/v1/live', 4401],
  ['an unknown token', ['haidang.live.v1', 'bearer.nonsense'], {}, '/v1/live', 4401],
  ['a token that may only push', ['haidang.live.v1', `bearer.${liveTokens.ingest}`], {}, '/v1/live', 4403],
  ['a token in the URL', ['haidang.live.v1'], {}, `/v1/live?token=${liveTokens.wall}`, 400],
  [
    'a foreign page with a cookie only',
    ['haidang.live.v1'],
    { origin: 'http://evil.example', cookie: 'a=b' },
    '/v1/live',
    403,
  ],
  ['another subprotocol', ['graphql-ws'], {}, '/v1/live', 400],
] as const;
for (const [what, protocols, headers, path, expected] of refusals) {
  test(`${what} is refused with ${expected}`, async () => {
    const client = await connect([...protocols], { ...headers }, path);
    assert.equal(await (expected < 1_000 ? client.refused : client.closed), expected);
  });
}

test('a plain GET is told to open a WebSocket, with a problem document', async () => {
  const answer = await fetch(`http://127.0.0.1:${server.port}/v1/live`);
  assert.equal(answer.status, 426);
  assert.match(answer.headers.get('content-type') ?? '', /^application\/problem\+json/);
  assert.equal(((await answer.json()) as { code: string }).code, 'UPGRADE_REQUIRED');
});

// [what, frame as text]
const badFrames = [
  ['text that is no JSON', '{"type":'],
  ['an array at the root', '[1]'],
  ['an unknown type', '{"type":"dance","id":"x"}'],
  ['no patterns', '{"type":"subscribe","id":"x","kpis":[]}'],
  ['__proto__ as the frame', '{"__proto__":{"type":"subscribe"}}'],
] as const;
for (const [what, text] of badFrames) {
  test(`${what} is answered with an error, and the socket lives on`, async () => {
    const client = await asWall();
    client.socket.send(text);
    client.socket.send(Buffer.from([1, 2, 3]));
    await client.until('error', 2);
    client.send({ type: 'subscribe', id: 's', kpis: ['*'] });
    await client.until('snapshot');
  });
}

test('a frame above 64 KB closes with 4413, a declared gigabyte with 1009', async () => {
  const client = await asWall();
  client.socket.send('x'.repeat(65 * 1_024));
  assert.equal(await client.closed, 4413);
  const other = await asWall();
  other.socket.send('x'.repeat(2_000_000));
  assert.equal(await other.closed, 1009);
});

test('the 33rd subscription is refused, the same id again and an unknown id to end are fine', async () => {
  const client = await asWall();
  client.send({ type: 'unsubscribe', id: 'never' });
  for (let index = 0; index < 33; index += 1)
    client.send({ type: 'subscribe', id: `s${index}`, kpis: ['*'] });
  const [error] = await client.until('error');
  assert(error?.type === 'error' && error.code === 'TOO_MANY_SUBSCRIPTIONS' && error.id === 's32');
  client.send({ type: 'subscribe', id: 's0', kpis: ['*'] });
  await client.until('snapshot', 33);
});

test('a flood of frames and a flood of pings close with 4429', async () => {
  const frames = await asWall();
  for (let index = 0; index < 10_000; index += 1) frames.send({ type: 'unsubscribe', id: 'x' });
  assert.equal(await frames.closed, 4429);
  const pings = await asWall();
  for (let index = 0; index < 1_000; index += 1) pings.socket.ping();
  assert.equal(await pings.closed, 4429);
});

test('a revoked token ends its sockets within one heartbeat', { timeout: 10_000 }, async () => {
  const client = await asWall();
  server.revoke();
  assert.equal(await client.closed, 4401);
});

test('when the stream is lost and made anew every subscription starts over by itself', async () => {
  const client = await asWall();
  client.send({ type: 'subscribe', id: 's', kpis: ['*'] });
  await client.until('snapshot');
  server.log.break();
  await new Promise((resolve) => setImmediate(resolve));
  server.log.replace('second');
  server.log.append(emission([hourValue({ windowStart: hour, value: 7 })]));
  server.log.heal();
  const [, again] = await client.until('snapshot', 2);
  assert(again?.type === 'snapshot' && again.reset === true && again.cursor.startsWith('second.'));
  const [delta] = await client.until('delta');
  assert(delta?.type === 'delta' && delta.values[0]?.value === 7);
});

test('closing the server tells every client to come back', async () => {
  const client = await asWall();
  await server.close();
  assert.equal(await client.closed, 1001);
});

test('the registry needs a token and leaves out what its ceiling hides', async () => {
  const url = `http://127.0.0.1:${server.port}/v1/registry`;
  assert.equal((await fetch(url)).status, 401);
  const answer = await fetch(url, { headers: { authorization: `Bearer ${liveTokens.wall}` } });
  const { kpis, demo } = (await answer.json()) as { kpis: { id: string }[]; demo: boolean };
  assert.deepEqual(
    { kpis: kpis.map(({ id }) => id), demo },
    { kpis: ['environment.pm25_mean_1h'], demo: true },
  );
});

test('the AsyncAPI document names every message of the protocol', async () => {
  const answer = await fetch(`http://127.0.0.1:${server.port}/asyncapi.json`);
  const { components } = (await answer.json()) as { components: { messages: Record<string, unknown> } };
  const names = ['delta', 'error', 'heartbeat', 'resumed', 'snapshot', 'subscribe', 'unsubscribe'];
  assert.deepEqual(Object.keys(components.messages).sort(), names);
});
