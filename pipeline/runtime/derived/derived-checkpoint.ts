import type { CheckpointStore } from '../../log/checkpoint-store.ts';
import { DERIVED_SHARD } from '../../model/subsystem.ts';

/** Where the runner of derived definitions stands. */
export interface DerivedCheckpoint {
  /** Sequence in `KPI` up to which everything is evaluated, published and stored. */
  readonly position: number;
  /** The same, by the name under which readers of the stream look for it. */
  readonly kpiStored: number;
  /** Incarnation of the `KPI` stream that positions count in. */
  readonly epoch: string;
  /** Added to a sequence to make a revision: a new stream counts from 1, revisions go on. */
  readonly base: number;
  /** Hash of what is computed, '' until all of it was computed once. */
  readonly configuration: string;
  readonly watermarks: Readonly<Record<string, number>>;
}

/** A checkpoint and the version that the next one replaces. */
export interface LoadedCheckpoint {
  readonly body: DerivedCheckpoint | null;
  readonly version: number;
  readonly torn: boolean;
}

/** The last checkpoint; null where there is none. */
export async function loadDerived(checkpoints: CheckpointStore): Promise<LoadedCheckpoint> {
  const found = await checkpoints.load(DERIVED_SHARD);
  if (found === null) return { body: null, version: 0, torn: false };
  const body = JSON.parse(found.checkpoint.body) as DerivedCheckpoint;
  return { body, version: found.checkpoint.version, torn: found.torn };
}

/** @returns the new version. @throws FencedError, LogUnavailableError */
export function saveDerived(
  checkpoints: CheckpointStore,
  body: DerivedCheckpoint,
  version: number,
): Promise<number> {
  return checkpoints.save(DERIVED_SHARD, JSON.stringify(body), version);
}
