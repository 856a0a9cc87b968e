import { createHash } from 'node:crypto';
import { type JetStreamClient, type KV, type KvEntry, NatsError } from 'nats';

import { FencedError, LogUnavailableError } from '../../errors.ts';
import type { CheckpointStore, StoredCheckpoint } from '../checkpoint-store.ts';

const BUCKET = 'CHECKPOINTS';
const HISTORY = 2;
const WRONG_LAST_SEQUENCE = 10_071;
const CHECKSUM_CHARACTERS = 64;

/** Checkpoints in a KV bucket with a history of two: `<sha256 hex><body>` under the shard's name. */
export function jetstreamCheckpoints(client: JetStreamClient): CheckpointStore {
  let bucket: Promise<KV> | undefined;
  /** Saves whose answer has not come: they may stand in the bucket all the same. */
  const unanswered = new Map<string, string>();
  const open = (): Promise<KV> => {
    bucket ??= client.views.kv(BUCKET, { history: HISTORY }).catch((error: unknown) => {
      bucket = undefined;
      throw error;
    });
    return bucket;
  };
  return {
    async load(shard) {
      const entries: KvEntry[] = [];
      const kv = await open();
      const keys = await kv.history({ key: shard });
      for await (const entry of keys) {
        entries.push(entry);
        if (entry.delta === 0) break;
      }
      entries.sort((a, b) => b.revision - a.revision);
      return newestWhole(entries);
    },
    async save(shard, body, version) {
      const text = checksum(body) + body;
      const kv = await open().catch((error: unknown) => {
        throw new LogUnavailableError('the bucket of checkpoints does not answer', { cause: error });
      });
      const write = (over: number): Promise<number> =>
        over === 0 ? kv.create(shard, text) : kv.update(shard, text, over);
      const before = unanswered.get(shard);
      unanswered.set(shard, text);
      try {
        const revision = await write(version).catch(async (error: unknown) => {
          if (!isWrongSequence(error)) throw error;
          // An earlier save of ours may have been stored although its answer was lost.
          const last = await kv.get(shard);
          if (last === null || last.string() !== before) {
            throw new FencedError(`another processor saved a checkpoint of ${shard}`, { cause: error });
          }
          return write(last.revision);
        });
        unanswered.delete(shard);
        return revision;
      } catch (error) {
        if (error instanceof FencedError) throw error;
        throw new LogUnavailableError(`no checkpoint of ${shard} could be saved`, { cause: error });
      }
    },
  };
}

function isWrongSequence(error: unknown): boolean {
  return error instanceof NatsError && error.api_error?.err_code === WRONG_LAST_SEQUENCE;
}

function newestWhole(entries: readonly KvEntry[]): { checkpoint: StoredCheckpoint; torn: boolean } | null {
  const last = entries[0];
  if (last === undefined) return null;
  for (const entry of entries) {
    const text = entry.string();
    const body = text.slice(CHECKSUM_CHARACTERS);
    if (checksum(body) === text.slice(0, CHECKSUM_CHARACTERS)) {
      return {
        checkpoint: { body, version: last.revision },
        torn: entry !== last,
      };
    }
  }
  return null;
}

function checksum(body: string): string {
  return createHash('sha256').update(body).digest('hex');
}
