import type { BoundFamily, RowClass } from './bound-family.ts';

const FIRST_CAPACITY = 1_024;

/** A slot counts every row of a class, or those that pass its test. */
const COUNTS = 1;
const ASKS = 2;

/** The rows of one batch that go into slices, column by column. One object serves all batches of a fold. */
export class FoldColumns {
  length = 0;
  rows = new Int32Array(FIRST_CAPACITY);
  times = new Float64Array(FIRST_CAPACITY);
  /** Row of the table that each goes to. */
  targets = new Int32Array(FIRST_CAPACITY);
  #places = new Int32Array(FIRST_CAPACITY);
  /** Number of the class of each. */
  classes = new Int32Array(FIRST_CAPACITY);
  /** What `placesOf` has given out for this batch, by slot. */
  readonly #own = new Map<number, Int32Array>();
  /** Samples by slot, and the slots whose samples are those of the present batch. */
  readonly #values = new Map<number, Float64Array>();
  readonly #read = new Set<number>();

  /** Makes room for the next batch. */
  clear(): void {
    this.length = 0;
    this.#read.clear();
  }

  put(row: number, time: number, found: RowClass, target: number): void {
    const at = this.length++;
    if (at === this.rows.length) this.#grow();
    this.rows[at] = row;
    this.times[at] = time;
    this.targets[at] = target;
    this.classes[at] = found.number;
  }

  /** Where the state of each row begins in the table's cells. */
  places(width: number): Int32Array {
    if (this.#places.length < this.length) this.#places = new Int32Array(this.rows.length);
    const places = this.#places;
    for (let at = 0; at < this.length; at++) places[at] = this.targets[at]! * width;
    return places;
  }

  /** The places of the rows that a slot counts: the given ones where it counts all, else -1 for those left out. */
  placesOf(slot: number, bound: BoundFamily, places: Int32Array): Int32Array {
    const verdicts = new Uint8Array(bound.made.length);
    let isAll = true;
    for (const { number, slots, asked } of bound.made) {
      verdicts[number] = slots.includes(slot) ? COUNTS : asked.includes(slot) ? ASKS : 0;
      isAll &&= verdicts[number] === COUNTS;
    }
    if (isAll) return places;
    let own = this.#own.get(slot);
    if (own === undefined || own.length < this.length) {
      this.#own.set(slot, (own = new Int32Array(this.rows.length)));
    }
    const passes = bound.testOf(slot);
    for (let at = 0; at < this.length; at++) {
      const verdict = verdicts[this.classes[at]!]!;
      const isCounted = verdict === COUNTS || (verdict === ASKS && passes(this.rows[at]!));
      own[at] = isCounted ? places[at]! : -1;
    }
    return own;
  }

  /** The samples of a slot; slots of one field share them. */
  valuesOf(slot: number, bound: BoundFamily): Float64Array {
    const first = bound.firstSlotOf(slot);
    let values = this.#values.get(first);
    if (values === undefined || values.length < this.length) {
      values = new Float64Array(this.rows.length);
      this.#values.set(first, values);
    } else if (this.#read.has(first)) return values;
    bound.readNumbers(first, this.rows, this.length, values);
    this.#read.add(first);
    return values;
  }

  #grow(): void {
    const rows = new Int32Array(this.rows.length * 2);
    const times = new Float64Array(rows.length);
    const targets = new Int32Array(rows.length);
    const classes = new Int32Array(rows.length);
    rows.set(this.rows);
    times.set(this.times);
    targets.set(this.targets);
    classes.set(this.classes);
    Object.assign(this, { rows, times, targets, classes });
  }
}
