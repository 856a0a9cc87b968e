import { strict as assert } from 'node:assert';
import { afterAll, beforeAll, test } from 'vitest';

import { type NatsFixture, startNats } from '../../../fixtures/servers/nats.ts';
import { FencedError, LogUnavailableError } from '../../errors.ts';
import type { KpiMessage } from '../../model/kpi-value.ts';
import { connectLog, type LogConnection } from './connect-log.ts';
import { ensureStreams } from './streams.ts';

let nats: NatsFixture;
let first: LogConnection;
let second: LogConnection;

beforeAll(async () => {
  nats = await startNats();
  [first, second] = await Promise.all([connectLog(nats.url, 'first'), connectLog(nats.url, 'second')]);
  await ensureStreams(first.manager, 700);
}, 60_000);

afterAll(async () => {
  await Promise.all([first.close(), second.close()]);
  await nats.stop();
});

const emission = (position: number): KpiMessage => {
  return { subsystem: 'environment', position, watermark: '', values: [] };
};
const batch = { subsystem: 'environment', kind: 'measurement', bytes: new Uint8Array([7]) } as const;

test('a log that is made beside stored rows starts above their highest position', async () => {
  assert.equal(await first.events.append({ ...batch, messageId: 'm1' }), 701);
});

test('a retry with the same message id is stored once', async () => {
  const position = await first.events.append({ ...batch, messageId: 'm2' });
  assert.equal(await second.events.append({ ...batch, messageId: 'm2' }), position);
});

test('a second processor cannot publish after another one did', async () => {
  await first.kpiAppender.append(emission(701));
  await second.kpiAppender.last('environment');
  await first.kpiAppender.append(emission(702));
  await assert.rejects(second.kpiAppender.append(emission(702)), FencedError);
});

test('a second processor cannot save over a checkpoint that it has not read', async () => {
  const version = await first.checkpoints.save('environment', '{"position":1}', 0);
  const next = await first.checkpoints.save('environment', '{"position":2}', version);
  await assert.rejects(second.checkpoints.save('environment', '{"position":3}', version), FencedError);
  const found = await second.checkpoints.load('environment');
  assert.deepEqual(found, { checkpoint: { body: '{"position":2}', version: next }, torn: false });
});

test('a torn checkpoint is set aside for the one before it', async () => {
  const kv = await first.client.views.kv('CHECKPOINTS');
  await first.checkpoints.save('tourism', '{"position":5}', 0);
  await kv.put('tourism', `${'0'.repeat(64)}{"position":6}`);
  const found = await first.checkpoints.load('tourism');
  assert.equal(found?.checkpoint.body, '{"position":5}');
  assert.equal(found?.torn, true);
  await first.checkpoints.save('tourism', '{"position":7}', found!.checkpoint.version);
});

test('a save whose answer was lost is no rival of the next one', async () => {
  const version = await first.checkpoints.save('education', '{"position":1}', 0);
  const publish = first.client.publish.bind(first.client);
  first.client.publish = async (...given: Parameters<typeof publish>) => {
    await publish(...given);
    throw new Error('the answer is lost');
  };
  await assert.rejects(first.checkpoints.save('education', '{"position":2}', version), LogUnavailableError);
  first.client.publish = publish;
  await first.checkpoints.save('education', '{"position":3}', version);
  assert.equal((await second.checkpoints.load('education'))?.checkpoint.body, '{"position":3}');
});

test('a reader goes on where it was after the broker was killed and came back', async () => {
  const abort = new AbortController();
  const seen: number[] = [];
  const reading = (async () => {
    for await (const message of first.reader.read('health', 701, abort.signal)) {
      seen.push(message.position);
      if (seen.length === 4) return;
    }
  })();
  const positions: number[] = [];
  const append = async (id: string): Promise<void> => {
    positions.push(await first.events.append({ ...batch, subsystem: 'health', messageId: id }));
  };
  await append('h1');
  await append('h2');
  await nats.kill9();
  await nats.restart();
  for (const id of ['h3', 'h4']) {
    for (;;) {
      try {
        await append(id);
        break;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  }
  await reading;
  abort.abort();
  assert.deepEqual(seen, positions);
}, 30_000);
