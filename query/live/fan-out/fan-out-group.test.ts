import { strict as assert } from 'node:assert';
import { test } from 'vitest';

import { emission, hourValue } from '../../../fixtures/live/kpi-values.ts';
import { SimClock } from '../../../pipeline/time/sim-clock.ts';
import { pendingKeysMax } from './fan-out-group.ts';
import { congestedBytes, congestedMsMax, type FrameSink } from './frame-sink.ts';
import { liveFilter } from './live-filter.ts';
import { LiveHub } from './live-hub.ts';
import { isoTime, LiveStore } from './live-store.ts';

const startMs = Date.UTC(2026, 10, 23, 12);
const windowStart = isoTime(startMs);

class Socket implements FrameSink {
  readonly sent: string[] = [];
  bufferedBytes = 0;
  closedWith: number | undefined;
  send(text: string): void {
    this.sent.push(text);
  }
  close(code: number): void {
    this.closedWith ??= code;
  }
  get last(): Record<string, unknown> {
    return JSON.parse(this.sent.at(-1) ?? '{}') as Record<string, unknown>;
  }
}

function setUp(maxRateMs = 0) {
  const clock = new SimClock(startMs);
  const hub = new LiveHub(new LiveStore(clock), clock, 'b');
  hub.restart({ epoch: 'e', sequence: 0 }, []);
  let sequence = 0;
  const publish = (value: number, entities: readonly string[] = ['a']): void => {
    sequence += 1;
    const values = entities.map((entity) => hourValue({ windowStart, entity, value, revision: sequence }));
    hub.apply({ sequence, message: emission(values), last: true });
  };
  const join = (): Socket => {
    const socket = new Socket();
    const filter = liveFilter({
      ...{ kpis: ['*'], areas: ['*'], ceiling: 'public' },
      visibilityOf: () => 'public',
    });
    hub.subscribe(socket, { id: 's', filter, historyMs: 0, maxRateMs }, undefined);
    return socket;
  };
  return { clock, hub, publish, join };
}

test('sockets with equal subscriptions get one and the same frame', () => {
  const { hub, publish, join } = setUp();
  const [one, other] = [join(), join()];
  publish(1);
  assert.equal(hub.groupCount, 1);
  assert.equal(one.sent[1], other.sent[1]);
  assert.equal(one.last['cursor'], 'e.1');
});

test('between two deltas lies at least maxRateMs, and what happened meanwhile is conflated and counted', () => {
  const { clock, publish, join } = setUp(250);
  const socket = join();
  for (const value of [1, 2, 3]) publish(value);
  assert.equal(socket.sent.length, 2);
  clock.advance(249);
  assert.equal(socket.sent.length, 2);
  clock.advance(1);
  assert.equal(socket.sent.length, 3);
  assert.equal(socket.last['conflated'], 1);
  assert.equal(socket.last['cursor'], 'e.3');
});

test('a socket that does not read gets the last value when it reads again; its neighbour waits for nothing', () => {
  const { clock, publish, join } = setUp();
  const [slow, fast] = [join(), join()];
  slow.bufferedBytes = congestedBytes + 1;
  for (const value of [1, 2, 3]) publish(value);
  assert.equal(fast.sent.length, 4);
  assert.equal(slow.sent.length, 1);
  slow.bufferedBytes = 0;
  clock.advance(100);
  const values = slow.last['values'] as { value: number }[];
  assert.deepEqual(
    values.map(({ value }) => value),
    [3],
  );
  assert.equal(slow.last['conflated'], 2);
  publish(4);
  assert.equal(slow.sent.at(-1), fast.sent.at(-1));
});

test('a socket with more keys waiting than the bound gets a snapshot that says reset', () => {
  const { clock, publish, join } = setUp();
  const slow = join();
  slow.bufferedBytes = congestedBytes + 1;
  publish(
    1,
    Array.from({ length: pendingKeysMax + 1 }, (_, index) => `e${index}`),
  );
  clock.advance(100);
  slow.bufferedBytes = 0;
  clock.advance(100);
  assert.equal(slow.last['type'], 'snapshot');
  assert.equal(slow.last['reset'], true);
  assert.equal((slow.last['values'] as unknown[]).length, pendingKeysMax + 1);
});

test('a socket that does not read for half a minute is closed with 4429', () => {
  const { clock, publish, join } = setUp();
  const dead = join();
  dead.bufferedBytes = congestedBytes + 1;
  publish(1);
  clock.advance(congestedMsMax);
  assert.equal(dead.closedWith, undefined);
  clock.advance(200);
  assert.equal(dead.closedWith, 4429);
});

test('when the last socket of a group leaves, nothing of it stays: no group, no timer', () => {
  const { clock, hub, publish } = setUp(250);
  const filter = liveFilter({
    ...{ kpis: ['*'], areas: ['*'], ceiling: 'public' },
    visibilityOf: () => 'public',
  });
  const leave = hub.subscribe(new Socket(), { id: 's', filter, historyMs: 0, maxRateMs: 250 }, undefined);
  publish(1);
  publish(2);
  leave();
  assert.equal(hub.groupCount, 0);
  assert.equal(clock.pendingCount, 0);
});
