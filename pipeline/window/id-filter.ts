const PROBES = 4;

/**
 * A Bloom filter over ids. "Perhaps known" sends a row to the raw table to be asked for; "surely new" folds it at
 * once. It errs only towards asking.
 *
 * 2^26 bits are 8 MB, allocated with the first id: with a million ids one new row in 10,000 is asked for in vain.
 */
export class IdFilter {
  #bits: Uint32Array | null = null;
  readonly #mask: number;

  /** @param bits size, a power of two */
  constructor(bits = 1 << 26) {
    this.#mask = bits - 1;
  }

  /** Notes an id. @returns whether it may have been noted before. */
  note(high: number, low: number): boolean {
    this.#bits ??= new Uint32Array((this.#mask + 1) >>> 5);
    let known = true;
    let probe = low;
    for (let round = 0; round < PROBES; round++) {
      const bit = (probe >>> 0) & this.#mask;
      const flag = 1 << (bit & 31);
      if ((this.#bits[bit >>> 5]! & flag) === 0) {
        known = false;
        this.#bits[bit >>> 5]! |= flag;
      }
      probe = next(probe, high, round);
    }
    return known;
  }

  /** Whether an id may have been noted. */
  has(high: number, low: number): boolean {
    if (this.#bits === null) return false;
    let probe = low;
    for (let round = 0; round < PROBES; round++) {
      const bit = (probe >>> 0) & this.#mask;
      if ((this.#bits[bit >>> 5]! & (1 << (bit & 31))) === 0) return false;
      probe = next(probe, high, round);
    }
    return true;
  }
}

function next(probe: number, high: number, round: number): number {
  return (Math.imul(probe ^ (high >>> round), 0x85ebca6b) + high) | 0;
}
