import type { BoundFamily, RowClass } from './bound-family.ts';

/** The rows of one batch that go into slices, column by column. */
export class FoldColumns {
  length = 0;
  rows: Int32Array;
  times: Float64Array;
  /** Row of the table that each goes to. */
  targets: Int32Array;
  readonly classes: RowClass[] = [];
  readonly #kinds = new Set<RowClass>();
  readonly #values = new Map<number, Float64Array>();

  constructor(capacity: number) {
    this.rows = new Int32Array(capacity);
    this.times = new Float64Array(capacity);
    this.targets = new Int32Array(capacity);
  }

  put(row: number, time: number, found: RowClass, target: number): void {
    const at = this.length++;
    // A row with several keys stands once for each.
    if (at === this.rows.length) this.#grow();
    this.rows[at] = row;
    this.times[at] = time;
    this.targets[at] = target;
    if (at === 0 || this.classes[at - 1] !== found) this.#kinds.add(found);
    this.classes[at] = found;
  }

  #grow(): void {
    const rows = new Int32Array(this.rows.length * 2);
    const times = new Float64Array(rows.length);
    const targets = new Int32Array(rows.length);
    rows.set(this.rows);
    times.set(this.times);
    targets.set(this.targets);
    Object.assign(this, { rows, times, targets });
  }

  /** Where the state of each row begins in the table's cells. */
  places(width: number): Int32Array {
    const places = new Int32Array(this.length);
    for (let at = 0; at < places.length; at++) places[at] = this.targets[at]! * width;
    return places;
  }

  /** The places of the rows that a slot counts: the given ones where it counts all, else -1 for those left out. */
  placesOf(slot: number, bound: BoundFamily, places: Int32Array): Int32Array {
    const kinds = [...this.#kinds];
    if (kinds.every(({ slots }) => slots.includes(slot))) return places;
    const counts = new Map(kinds.map((kind) => [kind, kind.slots.includes(slot)]));
    const asks = new Map(kinds.map((kind) => [kind, kind.asked.includes(slot)]));
    const own = new Int32Array(this.length);
    for (let at = 0; at < own.length; at++) {
      const kind = this.classes[at]!;
      const isCounted = counts.get(kind)! || (asks.get(kind)! && bound.passes(slot, this.rows[at]!));
      own[at] = isCounted ? places[at]! : -1;
    }
    return own;
  }

  /** The samples of a slot; slots of one field share them. */
  valuesOf(slot: number, bound: BoundFamily): Float64Array {
    const first = bound.firstSlotOf(slot);
    let values = this.#values.get(first);
    if (values !== undefined) return values;
    values = new Float64Array(this.length);
    const read = bound.numbersOf(first);
    if (read !== null) for (let at = 0; at < values.length; at++) values[at] = read(this.rows[at]!);
    this.#values.set(first, values);
    return values;
  }
}
