import type { JetStreamManager } from 'nats';

import { EVENTS_STREAM } from './streams.ts';

/** Above this share of its bytes the log is cut; below, everything is kept. */
const FULL_SHARE = 0.7;

/**
 * Frees what every shard has processed once the log is fairly full, so that a full log means unprocessed events.
 *
 * @param lowest lowest position up to which every shard is saved
 * @returns messages purged
 */
export async function purgeProcessed(manager: JetStreamManager, lowest: number): Promise<number> {
  const { config, state } = await manager.streams.info(EVENTS_STREAM);
  if (config.max_bytes <= 0 || state.bytes < config.max_bytes * FULL_SHARE || lowest < state.first_seq)
    return 0;
  const { purged } = await manager.streams.purge(EVENTS_STREAM, { seq: lowest + 1 });
  return purged;
}

/** First position that the log still holds or will give, for a shard that has no checkpoint. */
export async function firstPosition(manager: JetStreamManager): Promise<number> {
  const { state } = await manager.streams.info(EVENTS_STREAM);
  return Math.max(1, state.first_seq);
}
