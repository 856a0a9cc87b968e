import type { CellAggregate } from './aggregate.ts';
import type { Slot } from './group-plan.ts';

/** Cells that every slice has, before those of its slots: rows that fell into it, newest time that placed one. */
export const ROWS_CELL = 0;
export const AS_OF_CELL = 1;
const OWN_CELLS = 2;

const FIRST_CAPACITY = 256;

/** Where the state of a slot stands in a row of the table. */
export type SlotPlace =
  { readonly state: 'cells'; readonly offset: number } | { readonly state: 'box'; readonly index: number };

/** How wide a row is, and where each slot stands in it. */
export interface RowLayout {
  readonly slots: readonly Slot[];
  readonly places: readonly SlotPlace[];
  readonly width: number;
  readonly boxes: number;
}

/** Lays the states of slots side by side. */
export function layoutOf(slots: readonly Slot[]): RowLayout {
  let width = OWN_CELLS;
  let boxes = 0;
  const places = slots.map(({ aggregate }): SlotPlace => {
    if (aggregate.state === 'box') return { state: 'box', index: boxes++ };
    width += aggregate.width;
    return { state: 'cells', offset: width - aggregate.width };
  });
  return { slots, places, width, boxes };
}

/** Brings cells and boxes of one row to the states of no row at all. */
export function resetRow(layout: RowLayout, row: SliceRow): void {
  row.cells[row.at + ROWS_CELL] = 0;
  row.cells[row.at + AS_OF_CELL] = 0;
  layout.slots.forEach(({ aggregate }, index) => {
    const place = layout.places[index]!;
    if (place.state === 'cells') (aggregate as CellAggregate).reset(row.cells, row.at + place.offset);
    else if (aggregate.state === 'box') row.boxes[row.boxAt + place.index] = aggregate.create();
  });
}

/** Merges one row into another of the same layout. */
export function mergeRow(layout: RowLayout, into: SliceRow, from: SliceRow): void {
  into.cells[into.at + ROWS_CELL]! += from.cells[from.at + ROWS_CELL]!;
  const asOf = from.cells[from.at + AS_OF_CELL]!;
  if (asOf > into.cells[into.at + AS_OF_CELL]!) into.cells[into.at + AS_OF_CELL] = asOf;
  for (let index = 0; index < layout.slots.length; index++) {
    const { aggregate } = layout.slots[index]!;
    const place = layout.places[index]!;
    if (aggregate.state === 'cells' && place.state === 'cells') {
      aggregate.merge(into.cells, into.at + place.offset, from.cells, from.at + place.offset);
    } else if (aggregate.state === 'box' && place.state === 'box') {
      aggregate.merge(into.boxes[into.boxAt + place.index], from.boxes[from.boxAt + place.index]);
    }
  }
}

/** Where one row's states stand. */
export interface SliceRow {
  readonly cells: Float64Array;
  readonly at: number;
  readonly boxes: unknown[];
  readonly boxAt: number;
}

/** A row that stands alone. */
export function looseRow(layout: RowLayout): SliceRow {
  const row = { cells: new Float64Array(layout.width), at: 0, boxes: new Array(layout.boxes), boxAt: 0 };
  resetRow(layout, row);
  return row;
}

/**
 * The slices of all groups of a family: one row each, in typed columns, found by (group, slice number) through open
 * addressing; the rows of one group are chained. A row costs 8 bytes a cell and about 28 beside.
 */
export class SliceTable {
  readonly layout: RowLayout;
  #cells: Float64Array;
  #boxes: unknown[] = [];
  #groups: Int32Array;
  #slices: Float64Array;
  /** Next row of the same group, or of the free list; -1 ends it. */
  #next: Int32Array;
  /** First row of each group. */
  #heads = new Int32Array(FIRST_CAPACITY).fill(-1);
  /** Row + 1 by hash; 0 is free. A power of two, at most half full. */
  #index = new Int32Array(FIRST_CAPACITY * 2);
  #used = 0;
  #free = -1;
  #size = 0;

  constructor(slots: readonly Slot[]) {
    this.layout = layoutOf(slots);
    this.#cells = new Float64Array(FIRST_CAPACITY * this.layout.width);
    this.#groups = new Int32Array(FIRST_CAPACITY);
    this.#slices = new Float64Array(FIRST_CAPACITY);
    this.#next = new Int32Array(FIRST_CAPACITY);
  }

  /** Slices held. */
  get size(): number {
    return this.#size;
  }

  /** Cells of all rows; another array after the table has grown. */
  get cells(): Float64Array {
    return this.#cells;
  }

  get boxes(): unknown[] {
    return this.#boxes;
  }

  /** Row of a slice; -1 when it is not held. */
  find(group: number, slice: number): number {
    return this.#index[this.#place(group, slice)]! - 1;
  }

  /** Row of a slice, made empty when it is missing. */
  obtain(group: number, slice: number): number {
    let place = this.#place(group, slice);
    const found = this.#index[place]! - 1;
    if (found >= 0) return found;
    if ((this.#size + 1) * 2 > this.#index.length) {
      this.#rehash(this.#index.length * 2);
      place = this.#place(group, slice);
    }
    const row = this.#takeRow();
    this.#index[place] = row + 1;
    this.#groups[row] = group;
    this.#slices[row] = slice;
    this.#chain(group, row);
    this.#size += 1;
    resetRow(this.layout, this.rowAt(row));
    return row;
  }

  rowAt(row: number): SliceRow {
    return {
      cells: this.#cells,
      at: row * this.layout.width,
      boxes: this.#boxes,
      boxAt: row * this.layout.boxes,
    };
  }

  /** Slice numbers of a group, in no order. */
  slicesOf(group: number): number[] {
    const slices: number[] = [];
    for (let row = this.#headOf(group); row >= 0; row = this.#next[row]!) slices.push(this.#slices[row]!);
    return slices;
  }

  remove(group: number, slice: number): void {
    const row = this.find(group, slice);
    if (row < 0) return;
    this.#unlink(group, row);
    this.#unindex(this.#place(group, slice));
    for (let box = 0; box < this.layout.boxes; box++) this.#boxes[row * this.layout.boxes + box] = undefined;
    this.#next[row] = this.#free;
    this.#free = row;
    this.#size -= 1;
  }

  /** Removes every slice of a group before `slice`. */
  removeBefore(group: number, slice: number): void {
    for (const held of this.slicesOf(group)) if (held < slice) this.remove(group, held);
  }

  #headOf(group: number): number {
    return group < this.#heads.length ? this.#heads[group]! : -1;
  }

  #place(group: number, slice: number): number {
    const mask = this.#index.length - 1;
    let place = hashOf(group, slice) & mask;
    for (;;) {
      const row = this.#index[place]! - 1;
      if (row < 0 || (this.#groups[row] === group && this.#slices[row] === slice)) return place;
      place = (place + 1) & mask;
    }
  }

  #takeRow(): number {
    if (this.#free >= 0) {
      const row = this.#free;
      this.#free = this.#next[row]!;
      return row;
    }
    if (this.#used === this.#groups.length) this.#grow();
    return this.#used++;
  }

  #grow(): void {
    const capacity = this.#groups.length * 2;
    this.#cells = larger(this.#cells, new Float64Array(capacity * this.layout.width));
    this.#groups = larger(this.#groups, new Int32Array(capacity));
    this.#slices = larger(this.#slices, new Float64Array(capacity));
    this.#next = larger(this.#next, new Int32Array(capacity));
  }

  #rehash(length: number): void {
    this.#index = new Int32Array(length);
    for (let group = 0; group < this.#heads.length; group++) {
      for (let row = this.#heads[group]!; row >= 0; row = this.#next[row]!) {
        this.#index[this.#place(group, this.#slices[row]!)] = row + 1;
      }
    }
  }

  #chain(group: number, row: number): void {
    if (group >= this.#heads.length) {
      const heads = new Int32Array(Math.max(group + 1, this.#heads.length * 2)).fill(-1);
      heads.set(this.#heads);
      this.#heads = heads;
    }
    this.#next[row] = this.#heads[group]!;
    this.#heads[group] = row;
  }

  #unlink(group: number, row: number): void {
    if (this.#heads[group] === row) {
      this.#heads[group] = this.#next[row]!;
      return;
    }
    let before = this.#heads[group]!;
    while (this.#next[before] !== row) before = this.#next[before]!;
    this.#next[before] = this.#next[row]!;
  }

  /** Frees a place and moves up what was pushed behind it, so that no search stops too early. */
  #unindex(place: number): void {
    const mask = this.#index.length - 1;
    let hole = place;
    for (let at = (hole + 1) & mask; this.#index[at] !== 0; at = (at + 1) & mask) {
      const row = this.#index[at]! - 1;
      const home = hashOf(this.#groups[row]!, this.#slices[row]!) & mask;
      if (((at - home) & mask) < ((at - hole) & mask)) continue;
      this.#index[hole] = this.#index[at]!;
      hole = at;
    }
    this.#index[hole] = 0;
  }
}

function hashOf(group: number, slice: number): number {
  let hash = Math.imul(group, 0x9e3779b1) ^ Math.imul(slice | 0, 0x85ebca77);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return hash ^ (hash >>> 13);
}

function larger<Cells extends Float64Array | Int32Array>(from: Cells, into: Cells): Cells {
  into.set(from as never);
  return into;
}
