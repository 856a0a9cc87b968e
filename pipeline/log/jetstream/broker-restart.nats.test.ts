import { strict as assert } from 'node:assert';
import { connect, type NatsConnection } from 'nats';
import { afterEach, test } from 'vitest';

import { startNats, type NatsFixture } from '../../../fixtures/servers/nats.ts';
import { firstPosition } from './purge.ts';
import { ensureStreams, EVENTS_STREAM } from './streams.ts';

let nats: NatsFixture | undefined;
afterEach(async () => {
  await nats?.stop();
  nats = undefined;
});

function open(url: string): Promise<NatsConnection> {
  const { host, username } = new URL(url);
  return connect({ servers: host, token: username, reconnect: false });
}

// [highest position in the tables, first position of the stream]
const cases = [
  [0, 1],
  [99, 100],
] as const;

for (const [storedPosition, first] of cases) {
  for (const end of ['kill9', 'restart'] as const) {
    test(`events above position ${storedPosition} are there after a ${end} of the broker`, async () => {
      nats = await startNats({ durability: 'strict' });
      const before = await open(nats.url);
      await ensureStreams(await before.jetstreamManager(), storedPosition);
      const ack = await before.jetstream().publish('events.environment.measurement', 'x');
      await before.close();
      assert.equal(ack.seq, first);

      await nats[end]();
      if (end === 'kill9') await nats.restart();
      const after = await open(nats.url);
      const manager = await after.jetstreamManager();
      await ensureStreams(manager, first);
      const { state } = await manager.streams.info(EVENTS_STREAM);
      assert.deepEqual([state.first_seq, state.messages], [first, 1]);
      assert.equal(await firstPosition(manager), first);
      await after.close();
    });
  }
}
