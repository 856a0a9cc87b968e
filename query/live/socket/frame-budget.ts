/** Allows short bursts and a steady rate; says when a peer sends more. */
export class FrameBudget {
  readonly #burst: number;
  readonly #perSecond: number;
  #left: number;
  #atMs: number;

  constructor(limits: { readonly burst: number; readonly perSecond: number }, nowMs: number) {
    this.#burst = limits.burst;
    this.#perSecond = limits.perSecond;
    this.#left = limits.burst;
    this.#atMs = nowMs;
  }

  /** Spends one frame. @returns whether it was within the budget */
  spend(nowMs: number): 'within' | 'exceeded' {
    const passedMs = Math.max(0, nowMs - this.#atMs);
    this.#left = Math.min(this.#burst, this.#left + (passedMs * this.#perSecond) / 1_000);
    this.#atMs = nowMs;
    if (this.#left < 1) return 'exceeded';
    this.#left -= 1;
    return 'within';
  }
}
