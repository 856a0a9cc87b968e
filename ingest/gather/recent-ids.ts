import { strict as assert } from 'node:assert';

/** Ids that are remembered, a power of two: 2 MB. */
export const recentIdsMax = 131_072;

const WORDS = 4;

/**
 * Remembers the ids that came last, so that an immediate repeat need not be sent to the log again. Only a hint: an id
 * that fell out passes, and the pipeline finds the duplicate.
 *
 * A repeat may be dropped only when its original is safe: stored already, or part of the same request, which is
 * answered when its rows are stored. The same id with other content always passes; the pipeline judges conflicts.
 *
 * Direct-mapped: [id high, id low, content, request] in the slot of the id; a newer id takes the slot.
 */
export class RecentIds {
  readonly #cells: Uint32Array;
  readonly #mask: number;
  readonly #unsettled = new Set<number>();
  #request = 0;

  constructor(size = recentIdsMax) {
    assert(size > 0 && (size & (size - 1)) === 0, 'the size must be a power of two');
    this.#cells = new Uint32Array(size * WORDS);
    this.#mask = size - 1;
  }

  /** Starts a request. @returns its number, for `isRepeat` and one of `stored` and `failed` */
  begin(): number {
    do this.#request = (this.#request + 1) >>> 0;
    while (this.#request === 0 || this.#unsettled.has(this.#request));
    this.#unsettled.add(this.#request);
    return this.#request;
  }

  /** Whether the row is known and safe; notes it otherwise. */
  isRepeat(request: number, high: number, low: number, content: number): boolean {
    const cells = this.#cells;
    const at = (low & this.#mask) * WORDS;
    const owner = cells[at + 3]!;
    if (owner !== 0 && cells[at] === high && cells[at + 1] === low) {
      if (cells[at + 2] !== content) return false;
      return owner === request || !this.#unsettled.has(owner);
    }
    cells[at] = high;
    cells[at + 1] = low;
    cells[at + 2] = content;
    cells[at + 3] = request;
    return false;
  }

  /** Every row of the request is stored. */
  stored(request: number): void {
    this.#unsettled.delete(request);
  }

  /** It is unknown which rows of the request are stored: nothing that is remembered may be trusted to be. */
  failed(request: number): void {
    this.#unsettled.delete(request);
    this.#cells.fill(0);
  }
}
