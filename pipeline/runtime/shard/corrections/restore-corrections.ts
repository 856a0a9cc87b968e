import type { ShardOptions, ShardPorts, ShardState } from '../shard-state.ts';

/** Exclusions of the position, before anything else is asked of the store: they hold for its answers. */
export async function loadExclusions(state: ShardState, { store }: ShardPorts): Promise<void> {
  for (const change of await store.exclusions(state.position)) state.exclusions.put(change);
}

/** Where versioned rows stand that are not sealed, once entities and watermarks are known. */
export async function loadCorrections(
  state: ShardState,
  { store }: ShardPorts,
  { latenessMs }: ShardOptions,
): Promise<void> {
  const lowest = state.fold.feeds.lowestWatermark();
  if (!Number.isFinite(lowest)) return;
  const { position } = state;
  for (const [id, time] of await store.corrections({ position, from: lowest - latenessMs })) {
    const entity = state.fold.entities.get(id);
    if (entity !== undefined && time >= state.fold.horizonOf(entity)) state.fold.noteCorrection(entity, time);
  }
}
