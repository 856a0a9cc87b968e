/** A checkpoint as it is stored: opaque to the store, guarded by a checksum and by compare-and-set. */
export interface StoredCheckpoint {
  readonly body: string;
  /** What `save` must be given: the version that this one replaces. */
  readonly version: number;
}

/** Keeps the last two checkpoints of each shard. Writing needs the version read before: that is the fence. */
export interface CheckpointStore {
  /**
   * The newest checkpoint whose checksum holds: the last, or when that one is torn the one before it.
   * @returns null when the shard has none; `torn` tells that the last one had to be set aside.
   */
  load(shard: string): Promise<{
    readonly checkpoint: StoredCheckpoint;
    readonly torn: boolean;
  } | null>;
  /**
   * @returns the new version.
   * @throws FencedError when another processor saved since `version` was read, LogUnavailableError.
   */
  save(shard: string, body: string, version: number): Promise<number>;
}
