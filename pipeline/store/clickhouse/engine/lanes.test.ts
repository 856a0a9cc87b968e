import { strict as assert } from 'node:assert';
import { test } from 'vitest';

import type { EngineConnection } from './engine-connection.ts';
import { Lane } from './lanes.ts';

/** A connection that remembers what was done to it; only what a lane uses. */
interface FakeConnection {
  leave(): Promise<void>;
  close(): void;
  wears(dress: string): boolean;
  isWorn: boolean;
  closed: number;
}

function laneOf(connections: number, waitingMax: number): { lane: Lane; opened: FakeConnection[] } {
  const opened: FakeConnection[] = [];
  const lane = new Lane('live', { connections, waitingMax }, () => {
    const fake: FakeConnection = {
      leave: async () => {},
      close: () => (fake.closed += 1),
      wears: () => false,
      isWorn: false,
      closed: 0,
    };
    opened.push(fake);
    return fake as unknown as EngineConnection;
  });
  return { lane, opened };
}

const patient = new AbortController().signal;

test('the first to wait gets the next connection, and one more than may wait is refused with 202', async () => {
  const { lane } = laneOf(1, 2);
  const first = await lane.borrow(patient);
  const order: string[] = [];
  const second = lane.borrow(patient).then((lease) => (order.push('second'), lease));
  const third = lane.borrow(patient).then((lease) => (order.push('third'), lease));
  await assert.rejects(lane.borrow(patient), { number: 202 });
  await first.giveBack();
  await (await second).giveBack();
  await (await third).giveBack();
  assert.deepEqual(order, ['second', 'third']);
  assert.equal(lane.running, 0);
});

test('who gives up waiting leaves the line', async () => {
  const { lane } = laneOf(1, 1);
  const first = await lane.borrow(patient);
  const impatient = new AbortController();
  const waiting = lane.borrow(impatient.signal);
  impatient.abort();
  await assert.rejects(waiting, { number: 394 });
  const next = lane.borrow(patient);
  await first.giveBack();
  assert.equal((await next).connection, first.connection);
});

test('a connection that cannot be cleaned, or is worn, is closed and replaced', async () => {
  const { lane, opened } = laneOf(1, 1);
  const [first] = opened;
  assert(first !== undefined);
  first.leave = () => Promise.reject(new Error('readonly'));
  await (await lane.borrow(patient)).giveBack();
  const [, second] = opened;
  assert(second !== undefined);
  second.isWorn = true;
  await (await lane.borrow(patient)).giveBack();
  assert.deepEqual(
    opened.map((connection) => connection.closed),
    [1, 1, 0],
  );
});

test('of the idle connections one that is set already is lent, else the one that has been idle longest', async () => {
  const { lane, opened } = laneOf(3, 1);
  const [first, second] = opened;
  assert(first !== undefined && second !== undefined);
  second.wears = (dress) => dress === 'mine';
  const lent = [await lane.borrow(patient, 'mine'), await lane.borrow(patient, 'mine')];
  assert.deepEqual(
    lent.map(({ connection }) => connection as unknown),
    [second, first],
  );
});
