import type { Batch, WideColumn } from '../../model/batch/batch.ts';
import type { Dirt } from '../entity-state.ts';
import type { FeedRegister } from '../feed-register.ts';
import type { BoxAggregate, CellAggregate, Sample } from './aggregate.ts';
import { BoundFamily, type RowClass } from './bound-family.ts';
import { FoldColumns } from './fold-columns.ts';
import type { Family } from './group-plan.ts';
import { type GroupState, keyText, noteChanged } from './group-state.ts';
import { AS_OF_CELL, mergeRow, ROWS_CELL, type SliceRow, SliceTable } from './slice-table.ts';
import { WindowTimers } from './window-timers.ts';

/** Ends of the windows that a slice belongs to, so that the fold can tell when they are due. */
export type EndsOf = (sliceStart: number) => Iterable<number>;

/**
 * Folds the rows of one kind into the slices of one family.
 *
 * Like every memory of a shard it is a cache: what it holds of a slice is what SQL over the raw rows up to the
 * position would say, but for the slices marked dirty. Pure: no clock, no I/O.
 */
export class GroupFold {
  readonly family: Family;
  readonly table: SliceTable;
  readonly groups = new Map<string, GroupState>();
  readonly touched = new Set<GroupState>();
  readonly dirtyGroups = new Set<GroupState>();
  readonly #feeds: FeedRegister;
  readonly #latenessMs: number;
  readonly #endsOf: EndsOf;
  readonly #timers = new WindowTimers();
  readonly #columns = new FoldColumns();
  readonly #sample: Sample = { value: 0, text: '', time: 0, idHigh: 0, idLow: 0 };
  /**
   * Slices that start before this were not read back by the last restart: memory does not know them, whatever the
   * watermark of their group says.
   */
  loadedFrom = Number.NEGATIVE_INFINITY;
  /** Rows of this kind wait to be checked and stored: until then no value of the family is up to the position. */
  waiting = false;
  #count = 0;

  constructor(
    family: Family,
    options: { readonly feeds: FeedRegister; readonly latenessMs: number; readonly endsOf: EndsOf },
  ) {
    this.family = family;
    this.table = new SliceTable(family.slots);
    this.#feeds = options.feeds;
    this.#latenessMs = options.latenessMs;
    this.#endsOf = options.endsOf;
  }

  /** Folds the fresh rows of a batch (all, when null), judged by the watermarks before it. */
  fold(batch: Batch, rows: Uint32Array | null): void {
    const bound = this.#bind(batch);
    const length = rows === null ? batch.length : rows.length;
    const columns = this.#columns;
    columns.clear();
    for (let index = 0; index < length; index++) {
      const row = rows === null ? index : rows[index]!;
      const found = bound.classOf(row);
      if (found === null) continue;
      const time = bound.at(row);
      if (Number.isNaN(time)) continue;
      if (time >= found.from && time < found.to) {
        columns.put(row, time, found, found.row);
        continue;
      }
      for (const group of found.groups) {
        const target = this.#targetOf(group, time, found);
        if (target >= 0) columns.put(row, time, found, target);
      }
    }
    this.#add(bound, columns, batch.wide('id_hash'));
  }

  /** Marks the slices that these rows fall into. */
  mark(batch: Batch, rows: Iterable<number>, dirt: 'suspected' | 'confirmed'): void {
    const bound = this.#bind(batch);
    for (const row of rows) {
      const found = bound.classOf(row);
      const time = found === null ? NaN : bound.at(row);
      if (found === null || Number.isNaN(time)) continue;
      for (const group of found.groups) this.markDirty(group, this.startOf(this.#numberOf(time)), dirt);
    }
  }

  markDirty(group: GroupState, start: number, dirt: Dirt): void {
    const dirty = (group.dirty ??= new Map<number, Dirt>());
    if (dirt === 'confirmed' || !dirty.has(start)) dirty.set(start, dirt);
    this.dirtyGroups.add(group);
  }

  /** The group of a key, hearing of this feed from now on. */
  groupOf(key: readonly string[], feed: string): GroupState {
    const group = this.groups.get(keyText(key));
    if (group === undefined) return this.restoreGroup(key, [feed]);
    if (!group.set.feeds.some((clock) => clock.feed === feed)) this.#include(group, feed);
    return group;
  }

  /**
   * A new group that has always heard of these feeds, after a restart: hearing of one after the other would move the
   * watermark of their set on to that of the first.
   */
  restoreGroup(key: readonly string[], feeds: readonly string[]): GroupState {
    const set = this.#feeds.setOf(feeds);
    const newest = Number.NEGATIVE_INFINITY;
    const group = { number: this.#count++, key, set, newest, changed: null, passed: null, dirty: null };
    this.groups.set(keyText(key), group);
    return group;
  }

  /** Turns the watermarks that have moved into windows that are over. */
  passWatermarks(): void {
    this.#timers.take((group, end) => {
      (group.passed ??= new Set()).add(end);
      this.touched.add(group);
    });
  }

  /** Puts what SQL says of a slice in the place of what memory holds; null: nothing is there. */
  install(group: GroupState, start: number, row: SliceRow | null): void {
    const slice = this.#numberOf(start);
    this.table.remove(group.number, slice);
    if (row === null) return;
    mergeRow(this.table.layout, this.table.rowAt(this.table.obtain(group.number, slice)), row);
    if (start > group.newest) group.newest = start;
    this.watchEnds(group, start);
  }

  rowOf(group: GroupState, start: number): SliceRow | null {
    const row = this.table.find(group.number, this.#numberOf(start));
    return row < 0 ? null : this.table.rowAt(row);
  }

  slicesOf(group: GroupState): number[] {
    return this.table.slicesOf(group.number).map((slice) => this.startOf(slice));
  }

  /** Forgets the slices of a group that start before a time. */
  forgetBefore(group: GroupState, time: number): void {
    this.table.removeBefore(group.number, this.#numberOf(time));
  }

  /** Start of the slice that holds a time. */
  sliceAt(time: number): number {
    return this.startOf(this.#numberOf(time));
  }

  startOf(slice: number): number {
    return slice * this.family.sliceMs + this.family.sliceOffsetMs;
  }

  #numberOf(time: number): number {
    return Math.floor((time - this.family.sliceOffsetMs) / this.family.sliceMs);
  }

  #bind(batch: Batch): BoundFamily {
    return new BoundFamily(this.family, batch, (key, feed) => this.groupOf(key, feed));
  }

  /** Row of the table for a time of a group; -1 when the slice is sealed, which makes it dirty. */
  #targetOf(group: GroupState, time: number, found: RowClass): number {
    const slice = this.#numberOf(time);
    const start = this.startOf(slice);
    // Ids are checked from the horizon on: before it only SQL knows whether the row is the first of its id.
    const horizon = group.set.watermark - this.#latenessMs;
    if (time < horizon || start < this.loadedFrom) {
      this.markDirty(group, start, 'confirmed');
      return -1;
    }
    let target = this.table.find(group.number, slice);
    if (target < 0) {
      target = this.table.obtain(group.number, slice);
      this.watchEnds(group, start);
    }
    noteChanged(group, start);
    this.touched.add(group);
    if (found.groups.length === 1) {
      found.from = Math.max(start, horizon);
      found.to = start + this.family.sliceMs;
      found.row = target;
    }
    return target;
  }

  #add(bound: BoundFamily, columns: FoldColumns, ids: WideColumn): void {
    const { cells, layout } = this.table;
    const places = columns.places(layout.width);
    for (let at = 0; at < columns.length; at++) {
      const place = places[at]!;
      cells[place + ROWS_CELL]! += 1;
      if (columns.times[at]! > cells[place + AS_OF_CELL]!) cells[place + AS_OF_CELL] = columns.times[at]!;
    }
    layout.slots.forEach(({ aggregate }, slot) => {
      const own = columns.placesOf(slot, bound, places);
      const { length } = columns;
      const where = layout.places[slot]!;
      if (aggregate.state === 'cells' && where.state === 'cells' && aggregate.addMany !== undefined) {
        aggregate.addMany(cells, where.offset, {
          ...{ length, places: own, values: columns.valuesOf(slot, bound) },
          ...{ times: columns.times, rows: columns.rows, ids },
        });
      } else this.#addOneByOne(bound, columns, { slot, own, ids });
    });
  }

  #addOneByOne(
    bound: BoundFamily,
    columns: FoldColumns,
    { slot, own, ids }: { readonly slot: number; readonly own: Int32Array; readonly ids: WideColumn },
  ): void {
    const { cells, boxes, layout } = this.table;
    const { aggregate } = layout.slots[slot]!;
    const where = layout.places[slot]!;
    const sample = this.#sample;
    for (let at = 0; at < columns.length; at++) {
      const row = columns.rows[at]!;
      if (own[at]! < 0 || !bound.sample(slot, row, sample)) continue;
      sample.time = columns.times[at]!;
      sample.idHigh = ids[row * 2 + 1]!;
      sample.idLow = ids[row * 2]!;
      if (where.state === 'cells') (aggregate as CellAggregate).add(cells, own[at]! + where.offset, sample);
      else (aggregate as BoxAggregate).add(boxes[columns.targets[at]! * layout.boxes + where.index], sample);
    }
  }

  /** Notes when the windows of a slice end. */
  watchEnds(group: GroupState, start: number): void {
    for (const end of this.#endsOf(start)) if (end > group.set.watermark) this.#timers.add(group, end);
  }

  /**
   * The group hears of one more feed. Its new set starts no earlier than its old one stood: what was sealed for the
   * group stays sealed.
   */
  #include(group: GroupState, feed: string): void {
    const old = group.set;
    group.set = this.#feeds.setOf([...old.feeds.map((clock) => clock.feed), feed]);
    group.set.watermark = Math.max(group.set.watermark, old.watermark);
    for (const start of this.slicesOf(group)) {
      noteChanged(group, start);
      this.watchEnds(group, start);
    }
    this.touched.add(group);
  }
}
