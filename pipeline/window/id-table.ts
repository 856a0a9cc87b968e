/** What the table knows of an id. */
export type KnownId = 'unknown' | 'same' | 'conflict';

const SIZE_START = 1_024;
const WORDS = 4;
const LOAD_MAX = 0.6;

/**
 * The ids of one feed's hot events: 64 bits of the id, 32 of the content, and the hour it belongs to, 16 bytes
 * a cell in one typed array. Open addressing, linear probing; rows are only removed by `forget`, in bulk.
 *
 * The hour field is 0 for a free cell; event times start in 1970, whose first hour is refused at ingest.
 */
export class IdTable {
  #cells = new Uint32Array(SIZE_START * WORDS);
  #mask = SIZE_START - 1;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** What is known of (high, low): nothing, the same content, or other content. */
  find(high: number, low: number, content: number): KnownId {
    const cells = this.#cells;
    for (let slot = mix(high, low) & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const at = slot * WORDS;
      if (cells[at + 3] === 0) return 'unknown';
      if (cells[at] === high && cells[at + 1] === low) return cells[at + 2] === content ? 'same' : 'conflict';
    }
  }

  /** Notes an id that `find` does not know. `hour` is the event's hour since 1970, > 0. */
  add(high: number, low: number, content: number, hour: number): void {
    if (this.#size + 1 > (this.#mask + 1) * LOAD_MAX) this.#rebuild((this.#mask + 1) * 2, 0);
    this.#place(high, low, content, hour);
    this.#size += 1;
  }

  /** Drops every id of an hour before `hour`. */
  forget(hour: number): void {
    let kept = 0;
    const fromHour = Math.max(1, hour);
    for (let at = 3; at < this.#cells.length; at += WORDS) if (this.#cells[at]! >= fromHour) kept += 1;
    if (kept === this.#size) return;
    let size = SIZE_START;
    while (kept > size * LOAD_MAX * 0.5) size *= 2;
    this.#size = kept;
    this.#rebuild(size, fromHour);
  }

  /** Hands out every id and forgets them all. */
  drain(visit: (high: number, low: number, hour: number) => void): void {
    const cells = this.#cells;
    for (let at = 0; at < cells.length; at += WORDS) {
      if (cells[at + 3] !== 0) visit(cells[at]!, cells[at + 1]!, cells[at + 3]!);
    }
    this.#cells = new Uint32Array(SIZE_START * WORDS);
    this.#mask = SIZE_START - 1;
    this.#size = 0;
  }

  #rebuild(size: number, fromHour: number): void {
    const old = this.#cells;
    this.#cells = new Uint32Array(size * WORDS);
    this.#mask = size - 1;
    for (let at = 0; at < old.length; at += WORDS) {
      const hour = old[at + 3]!;
      if (hour !== 0 && hour >= fromHour) this.#place(old[at]!, old[at + 1]!, old[at + 2]!, hour);
    }
  }

  #place(high: number, low: number, content: number, hour: number): void {
    let slot = mix(high, low) & this.#mask;
    while (this.#cells[slot * WORDS + 3] !== 0) slot = (slot + 1) & this.#mask;
    const at = slot * WORDS;
    this.#cells[at] = high;
    this.#cells[at + 1] = low;
    this.#cells[at + 2] = content;
    this.#cells[at + 3] = hour;
  }
}

function mix(high: number, low: number): number {
  return Math.imul(high ^ (low >>> 15), 0x9e3779b1) ^ low;
}
