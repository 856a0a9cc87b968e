import type { PushQuota, Token } from '../../pipeline/runtime/access/tokens.ts';

/** Seconds of a quota that may be used at once when it says nothing. */
export const burstSecondsDefault = 10;

/** Tokens whose use is remembered at most; beyond it all of them begin with a full burst again. */
const bucketsMax = 10_000;

interface Bucket {
  /** What is left, in units of the quota; below zero when the last request was larger than that. */
  rows: number;
  bytes: number;
  atMs: number;
}

/**
 * How much each token may push: two buckets that fill at the quota's rate up to its burst. A request is let through
 * while something is left in both, whatever its size, and the debt is waited out afterwards; so the mean never exceeds
 * the rate, and a request larger than the burst is not refused for ever.
 */
export class TokenQuotas {
  readonly #monotonicMs: () => number;
  readonly #buckets = new Map<string, Bucket>();

  constructor(monotonicMs: () => number = () => performance.now()) {
    this.#monotonicMs = monotonicMs;
  }

  /** Milliseconds until the bearer may push again; 0: now. */
  waitMs(token: Token): number {
    const { quota } = token;
    if (quota === undefined) return 0;
    const { rows, bytes } = this.#filled(token.sha256, quota);
    return Math.max(waitOf(rows, quota.rowsPerSecond), waitOf(bytes, quota.bytesPerSecond));
  }

  /** Counts what is pushed. */
  take(token: Token, rows: number, bytes: number): void {
    if (token.quota === undefined) return;
    const bucket = this.#filled(token.sha256, token.quota);
    bucket.rows -= rows;
    bucket.bytes -= bytes;
  }

  #filled(sha256: string, quota: PushQuota): Bucket {
    const burst = quota.burstSeconds ?? burstSecondsDefault;
    const rowsMax = (quota.rowsPerSecond ?? Infinity) * burst;
    const bytesMax = (quota.bytesPerSecond ?? Infinity) * burst;
    const nowMs = this.#monotonicMs();
    let bucket = this.#buckets.get(sha256);
    if (bucket === undefined) {
      if (this.#buckets.size >= bucketsMax) this.#buckets.clear();
      bucket = { rows: rowsMax, bytes: bytesMax, atMs: nowMs };
      this.#buckets.set(sha256, bucket);
      return bucket;
    }
    const seconds = (nowMs - bucket.atMs) / 1_000;
    bucket.rows = Math.min(rowsMax, bucket.rows + filling(seconds, quota.rowsPerSecond));
    bucket.bytes = Math.min(bytesMax, bucket.bytes + filling(seconds, quota.bytesPerSecond));
    bucket.atMs = nowMs;
    return bucket;
  }
}

function filling(seconds: number, perSecond: number | undefined): number {
  return perSecond === undefined ? Infinity : seconds * perSecond;
}

function waitOf(left: number, perSecond: number | undefined): number {
  return perSecond === undefined || left > 0 ? 0 : Math.max(1, Math.ceil((-left / perSecond) * 1_000));
}
