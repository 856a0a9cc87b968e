import { strict as assert } from 'node:assert';
import { test } from 'vitest';

import { SimClock } from '../../pipeline/time/sim-clock.ts';
import type { ConnectionState } from './connection-state.ts';
import { LiveClient, silenceMsMax } from './live-client.ts';
import { reconnectDelay, reconnectMsMax } from './reconnect-delay.ts';
import type { SocketLike } from './socket-like.ts';

class FakeSocket implements SocketLike {
  onmessage: SocketLike['onmessage'] = null;
  onclose: SocketLike['onclose'] = null;
  onerror: SocketLike['onerror'] = null;
  onopen: SocketLike['onopen'] = null;
  readonly sent: string[] = [];
  closed = false;
  send(text: string): void {
    this.sent.push(text);
  }
  close(): void {
    this.closed = true;
  }
  hears(frame: object): void {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }
}

const heartbeat = {
  type: 'heartbeat',
  time: '2026-11-23T07:00:00.000Z',
  watermarks: {},
  source: 'reading',
  build: '1',
};
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function setUp() {
  const clock = new SimClock();
  const sockets: FakeSocket[] = [];
  const protocols: (readonly string[])[] = [];
  const states: ConnectionState[] = [];
  const seen: string[] = [];
  const client = new LiveClient({
    url: 'ws://x/v1/live',
    token: () => Promise.resolve('secret'),
    open: (_url, named) => {
      const socket = new FakeSocket();
      sockets.push(socket);
      protocols.push(named);
      return socket;
    },
    timers: clock,
    random: () => 0.5,
    monotonicMs: () => clock.now(),
    events: {
      onState: (state) => states.push(state),
      onSnapshot: (id, values) => seen.push(`snapshot ${id} ${values.length}`),
      onDelta: (id, values) => seen.push(`delta ${id} ${values.length}`),
    },
  });
  return { clock, sockets, protocols, states, seen, client };
}

test('the token goes into the second subprotocol, never into the URL', async () => {
  const { client, protocols } = setUp();
  client.start();
  await settle();
  assert.deepEqual(protocols, [['haidang.live.v1', 'bearer.secret']]);
});

test('a lost socket comes back by itself and resumes with the cursor of the last frame', async () => {
  const { client, sockets, states, seen, clock } = setUp();
  client.subscribe({ id: 's1', kpis: ['environment.*'] });
  client.start();
  await settle();
  sockets[0]?.hears(heartbeat);
  sockets[0]?.hears({ type: 'snapshot', id: 's1', cursor: 'e.1', values: [] });
  sockets[0]?.hears({ type: 'delta', id: 's1', cursor: 'e.7', values: [] });
  sockets[0]?.onclose?.({ code: 1006, reason: '' });
  clock.advance(reconnectMsMax);
  await settle();
  sockets[1]?.hears(heartbeat);
  assert.deepEqual(states, ['connecting', 'live', 'waiting', 'connecting', 'live']);
  assert.deepEqual(seen, ['snapshot s1 0', 'delta s1 0']);
  assert.deepEqual(JSON.parse(sockets[1]?.sent[0] ?? ''), {
    type: 'subscribe',
    id: 's1',
    kpis: ['environment.*'],
    cursor: 'e.7',
  });
});

test('a line that falls silent is given up although the socket is open', async () => {
  const { client, sockets, states, clock } = setUp();
  client.start();
  await settle();
  sockets[0]?.hears(heartbeat);
  clock.advance(silenceMsMax - 1);
  assert.equal(client.state, 'live');
  clock.advance(1);
  assert.deepEqual(states.at(-1), 'waiting');
  assert.equal(sockets[0]?.closed, true);
});

test('a line that is suspected is replaced at once, and the new one resumes', async () => {
  const { client, sockets, states } = setUp();
  client.subscribe({ id: 's1', kpis: ['environment.*'] });
  client.start();
  await settle();
  sockets[0]?.hears(heartbeat);
  sockets[0]?.hears({ type: 'snapshot', id: 's1', cursor: 'e.1', values: [] });
  client.suspect('the machine slept');
  await settle();
  assert.equal(sockets[0]?.closed, true);
  assert.deepEqual(states, ['connecting', 'live', 'waiting', 'connecting']);
  sockets[1]?.hears(heartbeat);
  assert.equal((JSON.parse(sockets[1]?.sent[0] ?? '{}') as { cursor?: string }).cursor, 'e.1');
});

test('a client that was never started or was refused opens nothing when its line is suspected', async () => {
  const { client, sockets } = setUp();
  client.suspect('the machine slept');
  await settle();
  assert.equal(sockets.length, 0);
});

test('a frame that cannot be read ends the line, and the next one asks for everything', async () => {
  const { client, sockets, clock, states } = setUp();
  client.subscribe({ id: 's1', kpis: ['environment.*'] });
  client.start();
  await settle();
  sockets[0]?.hears(heartbeat);
  sockets[0]?.hears({ type: 'snapshot', id: 's1', cursor: 'e.1', values: [] });
  sockets[0]?.onmessage?.({ data: '{"type":"delta","id":"s1",' });
  assert.equal(states.at(-1), 'waiting');
  clock.advance(reconnectMsMax);
  await settle();
  sockets[1]?.hears(heartbeat);
  assert.equal((JSON.parse(sockets[1]?.sent[0] ?? '{}') as { cursor?: string }).cursor, undefined);
});

test('a refused token stops the tries until start is called again', async () => {
  const { client, sockets, clock } = setUp();
  client.start();
  await settle();
  sockets[0]?.onclose?.({ code: 4401, reason: 'no such token' });
  clock.advance(600_000);
  await settle();
  assert.equal(client.state, 'refused');
  assert.equal(sockets.length, 1);
  client.start();
  await settle();
  assert.equal(sockets.length, 2);
});

test("the clock shows the server's time, also while the line is down", async () => {
  const { client, sockets, clock } = setUp();
  client.start();
  await settle();
  sockets[0]?.hears(heartbeat);
  sockets[0]?.onclose?.({ code: 1001, reason: '' });
  clock.advance(1_000);
  assert.equal(client.clock.now(), Date.parse('2026-11-23T07:00:01.000Z'));
});

test('a stopped client opens nothing more and leaves no timer behind', async () => {
  const { client, sockets, clock } = setUp();
  client.start();
  await settle();
  sockets[0]?.hears(heartbeat);
  client.stop();
  clock.advance(600_000);
  await settle();
  assert.equal(sockets.length, 1);
  assert.equal(clock.pendingCount, 0);
});

for (const failures of [1, 2, 5, 1_000]) {
  test(`the pause after ${failures} failures lies between half and all of its step`, () => {
    const [low, high] = [reconnectDelay(failures, 0), reconnectDelay(failures, 0.999)];
    assert(low >= 125 && high <= reconnectMsMax && low < high && high <= 2 * low);
  });
}
