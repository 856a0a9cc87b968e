const PROBES = 4;

/**
 * A Bloom filter over the ids that senders chose themselves. "Perhaps known" sends a row to the raw table to be
 * asked for; "surely new" folds it at once. It errs only towards asking.
 *
 * 2^26 bits, 8 MB, allocated with the first id: with a million ids one new row in 10,000 is asked for in vain.
 */
export class IdFilter {
  #bits: Uint32Array | null = null;
  readonly #mask: number;

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
      const word = bit >>> 5;
      const flag = 1 << (bit & 31);
      if ((this.#bits[word]! & flag) === 0) {
        known = false;
        this.#bits[word]! |= flag;
      }
      probe = Math.imul(probe ^ (high >>> round), 0x85ebca6b) + high;
    }
    return known;
  }
}
