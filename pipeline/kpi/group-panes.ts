import type { KpiStatus } from '../model/kpi-value.ts';
import type { BoxAggregate, CellAggregate } from '../window/group/aggregate.ts';
import type { GroupFold } from '../window/group/group-fold.ts';
import { type GroupState, noteChanged } from '../window/group/group-state.ts';
import {
  AS_OF_CELL,
  layoutOf,
  looseRow,
  resetRow,
  ROWS_CELL,
  type RowLayout,
  type SliceRow,
  type SlotPlace,
} from '../window/group/slice-table.ts';
import type { Evaluated } from './compiled-kpi.ts';
import { EmitThrottle } from './emit-throttle.ts';
import type { GroupKpi, GroupWindow } from './group-kpi.ts';
import { contentOf, isSame, type PublishedContent, statusOf } from './published.ts';

/** One result of one window of one key that must be published. `content` null: the window (or its item) is gone. */
export interface GroupPane {
  readonly kpi: GroupKpi;
  readonly group: GroupState;
  /** Dimensions beyond the key: item and rank of a top-k. */
  readonly dims: Readonly<Record<string, string>>;
  readonly start: number;
  readonly end: number;
  readonly content: Evaluated | null;
  readonly status: KpiStatus;
}

/** Where a window's slices come from, by start: memory, or what a repair has read. */
export type SliceSource = (start: number) => SliceRow | null;

/** A definition with its place in the family's rows and a row of its own to merge into. */
interface Merger {
  readonly kpi: GroupKpi;
  readonly layout: RowLayout;
  readonly scratch: SliceRow;
  /** Where each of its slots stands in a row of the family. */
  readonly from: readonly SlotPlace[];
  readonly indexOf: ReadonlyMap<string, number>;
}

/** What was published of one group, and up to where memory has forgotten it. */
interface Published {
  readonly windows: Map<string, PublishedContent>;
  kept: number;
  /** Windows before `kept` were noted again, by a repair. */
  isStale: boolean;
}

/**
 * Decides which windows of a group are due, evaluates them, and remembers what was published of those that memory
 * covers. Of windows that still run, only the fullest one of the newest slice is published before its time; the
 * others follow when they are the fullest, or over.
 *
 * Pure: what it gives depends on slices, dirt and watermark only; when it gives what still runs, on the time that it is
 * told too.
 */
export class GroupPanes {
  readonly #fold: GroupFold;
  #mergers: readonly Merger[];
  readonly #latenessMs: number;
  readonly #published = new Map<GroupState, Published>();
  readonly #throttle = new EmitThrottle();

  constructor(fold: GroupFold, kpis: readonly GroupKpi[], latenessMs: number) {
    this.#fold = fold;
    this.#latenessMs = latenessMs;
    this.#mergers = kpis.map((kpi) => mergerOf(kpi, fold));
  }

  get kpis(): readonly GroupKpi[] {
    return this.#mergers.map(({ kpi }) => kpi);
  }

  /** Goes on with definitions that the same fold serves; what was published of those that go is forgotten. */
  adopt(kpis: readonly GroupKpi[]): void {
    const kept = new Set(kpis.map(({ id }) => id));
    const gone = new Set(this.kpis.filter(({ id }) => !kept.has(id)).map(({ id }) => id));
    this.#mergers = kpis.map((kpi) => mergerOf(kpi, this.#fold));
    if (gone.size === 0) return;
    for (const { windows } of this.#published.values()) {
      for (const key of windows.keys()) if (gone.has(kpiOfKey(key))) windows.delete(key);
    }
  }

  /**
   * Panes of these windows of some definitions, from slices that SQL has computed at the position: clean, if not here.
   * A window that still runs is left out as `due` leaves it out.
   */
  backfilled(
    group: GroupState,
    kpis: ReadonlySet<string>,
    from: { readonly starts: Iterable<number>; readonly source: SliceSource },
  ): GroupPane[] {
    const panes: GroupPane[] = [];
    for (const merger of this.#mergers.filter(({ kpi }) => kpis.has(kpi.id))) {
      const { rule } = merger.kpi.plan;
      const running = Number.isFinite(group.newest) ? rule.windowsOf(group.newest)[0] : undefined;
      const windows = this.#published.get(group)?.windows;
      for (const start of from.starts) {
        const isDue = rule.endOf(start) <= group.set.watermark || start === running;
        if (!isDue && windows?.has(windowKey(merger.kpi.id, start)) !== true) continue;
        this.#evaluate(merger, group, { start, source: from.source, panes, now: NEVER_WAITS });
      }
    }
    return panes;
  }

  /** Touches the groups of which windows have waited long enough for their next publication. @param now milliseconds */
  wake(now: number): void {
    for (const [group, starts] of this.#throttle.wake(now)) {
      const kept = this.sliceKept(group);
      for (const start of starts) {
        if (start >= kept) noteChanged(group, start);
        else this.#fold.markDirty(group, start, 'confirmed');
      }
      this.#fold.touched.add(group);
    }
  }

  /** After a restart: what waited before it is not known. */
  wakeAll(): void {
    if (this.kpis.every(({ emitSeconds }) => emitSeconds === 0)) return;
    for (const group of this.#fold.groups.values()) {
      if (!Number.isFinite(group.newest)) continue;
      noteChanged(group, group.newest);
      this.#fold.touched.add(group);
    }
  }

  /**
   * Panes due since the group was last asked: changed slices, and windows that the watermark has passed.
   *
   * @param now milliseconds: windows that run wait for their turn; absent: none does
   */
  due(group: GroupState, now = NEVER_WAITS): GroupPane[] {
    const panes: GroupPane[] = [];
    const source: SliceSource = (start) => this.#fold.rowOf(group, start);
    const from = Math.max(this.#fold.loadedFrom, this.#publishedOf(group).kept);
    for (const merger of this.#mergers) {
      for (const start of this.#candidates(group, merger.kpi)) {
        if (isWithheld(group, merger.kpi, start)) continue;
        if (start < from) {
          // Memory holds a part of it only: SQL tells the whole.
          this.#fold.markDirty(group, start, 'confirmed');
          continue;
        }
        this.#evaluate(merger, group, { start, source, panes, now });
      }
    }
    group.changed = null;
    group.passed = null;
    this.release(group);
    return panes;
  }

  /**
   * Panes of every window that contains one of these slices, from what a repair has read.
   *
   * @param now as of `due`
   */
  repaired(
    group: GroupState,
    slices: readonly number[],
    from: { readonly source: SliceSource; readonly now?: number },
  ): GroupPane[] {
    const { source, now = NEVER_WAITS } = from;
    const panes: GroupPane[] = [];
    for (const merger of this.#mergers) {
      for (const start of windowsOf(merger.kpi, slices)) {
        if (dirtyWithin(group, merger.kpi, start).length > 0) continue;
        this.#evaluate(merger, group, { start, source, panes, now });
      }
    }
    return panes;
  }

  /** Start of the first slice that memory must keep for the group: every window of a hot slice lies in it whole. */
  sliceKept(group: GroupState): number {
    return this.sliceKeptAt(group.set.watermark);
  }

  sliceKeptAt(watermark: number): number {
    const horizon = watermark - this.#latenessMs;
    if (!Number.isFinite(horizon) || horizon < 0) return Number.NEGATIVE_INFINITY;
    const slice = this.#fold.sliceAt(horizon);
    let kept = slice;
    for (const { kpi } of this.#mergers) kept = Math.min(kept, kpi.plan.rule.firstSliceNeeded(slice));
    return kept;
  }

  /** Slices that all windows of these slices are made of: what a repair reads. */
  slicesNeeded(slices: readonly number[]): Set<number> {
    const needed = new Set<number>();
    for (const { kpi } of this.#mergers) {
      for (const start of windowsOf(kpi, slices)) {
        for (const slice of kpi.plan.rule.slicesOf(start)) needed.add(slice);
      }
    }
    return needed;
  }

  /** Windows of these slices that memory knows no publication of: [start, KPI id]. */
  unknownWindows(group: GroupState, slices: readonly number[]): [number, string][] {
    const unknown: [number, string][] = [];
    const windows = this.#published.get(group)?.windows;
    for (const { kpi } of this.#mergers) {
      for (const start of windowsOf(kpi, slices)) {
        if (windows?.has(windowKey(kpi.id, start)) !== true) unknown.push([start, kpi.id]);
      }
    }
    return unknown;
  }

  /** Ends of windows that memory holds whole, that are over and were not told to be: a restart may find some. */
  untold(group: GroupState): Set<number> {
    const ends = new Set<number>();
    const windows = this.#published.get(group)?.windows;
    for (const { kpi } of this.#mergers) {
      const { rule } = kpi.plan;
      for (const start of windowsOf(kpi, this.#fold.slicesOf(group))) {
        const end = rule.endOf(start);
        if (start < this.#fold.loadedFrom || end > group.set.watermark) continue;
        const status = windows?.get(windowKey(kpi.id, start))?.status ?? 'provisional';
        if (status === 'provisional') ends.add(end);
      }
    }
    return ends;
  }

  /** Notes what stands in the store of one window (of an item of it), unless something newer is known. */
  notePublished(group: GroupState, key: string, content: PublishedContent): void {
    const published = this.#publishedOf(group);
    if (!published.windows.has(key)) this.#note(published, key, content);
  }

  /** Forgets what lies before the slices that memory keeps. */
  release(group: GroupState): void {
    const kept = this.sliceKept(group);
    const published = this.#publishedOf(group);
    if (kept <= published.kept && !published.isStale) return;
    published.kept = kept;
    published.isStale = false;
    this.#fold.forgetBefore(group, kept);
    for (const key of published.windows.keys()) if (startOfKey(key) < kept) published.windows.delete(key);
  }

  #note(published: Published, key: string, content: PublishedContent): void {
    published.windows.set(key, content);
    if (startOfKey(key) < published.kept) published.isStale = true;
  }

  #publishedOf(group: GroupState): Published {
    let published = this.#published.get(group);
    if (published === undefined) {
      published = { windows: new Map(), kept: Number.NEGATIVE_INFINITY, isStale: false };
      this.#published.set(group, published);
    }
    return published;
  }

  #candidates(group: GroupState, kpi: GroupKpi): Set<number> {
    const { rule } = kpi.plan;
    const { watermark } = group.set;
    const starts = new Set<number>();
    const windows = this.#published.get(group)?.windows;
    const running = Number.isFinite(group.newest) ? rule.windowsOf(group.newest)[0] : undefined;
    for (const slice of group.changed ?? NO_TIMES) {
      for (const start of rule.windowsOf(slice)) {
        const isDue = rule.endOf(start) <= watermark || start === running;
        if (isDue || windows?.has(windowKey(kpi.id, start)) === true) starts.add(start);
      }
    }
    for (const end of group.passed ?? NO_TIMES) {
      for (const start of rule.windowsOf(this.#fold.sliceAt(end - 1))) {
        if (rule.endOf(start) === end) starts.add(start);
      }
    }
    return starts;
  }

  #evaluate(
    merger: Merger,
    group: GroupState,
    at: {
      readonly start: number;
      readonly source: SliceSource;
      readonly panes: GroupPane[];
      readonly now: number;
    },
  ): void {
    const { kpi } = merger;
    const { start, now } = at;
    const end = kpi.plan.rule.endOf(start);
    const complete = group.set.watermark >= end;
    const prefix = windowKey(kpi.id, start);
    if (!complete && this.#throttle.holds(group, { kpi, start, name: prefix }, now)) return;
    const values = this.#valuesOf(merger, at, { start, end, complete });
    const published = this.#publishedOf(group);
    const { windows } = published;
    const give = (name: string, dims: GroupPane['dims'], content: Evaluated | null): void => {
      const before = windows.get(name);
      const status = statusOf(complete, content, before);
      if (before === undefined ? content === null : isSame(before, content, status)) return;
      this.#note(published, name, contentOf(content, status));
      at.panes.push({ kpi, group, dims, start, end, content, status });
      this.#throttle.note(group, { kpi, name: prefix, isOver: complete }, now);
    };
    if (kpi.itemsOf === null) {
      give(prefix, NO_DIMS, values[0]?.content ?? null);
      return;
    }
    const given = new Set<string>();
    for (const { dims, content } of values) {
      const name = `${prefix} ${JSON.stringify(dims)}`;
      given.add(name);
      give(name, dims, content);
    }
    // Items that have fallen out of the list are taken back.
    for (const name of [...windows.keys()]) {
      if (!name.startsWith(`${prefix} `) || given.has(name)) continue;
      give(name, JSON.parse(name.slice(prefix.length + 1)) as GroupPane['dims'], null);
    }
  }

  #valuesOf(
    merger: Merger,
    { source }: { readonly source: SliceSource },
    times: Pick<GroupWindow, 'start' | 'end' | 'complete'>,
  ): { dims: GroupPane['dims']; content: Evaluated | null }[] {
    const { kpi, layout, scratch, indexOf } = merger;
    resetRow(layout, scratch);
    for (const slice of kpi.plan.rule.slicesOf(times.start)) {
      const row = source(slice);
      if (row !== null) mergeOwn(merger, row);
    }
    const rows = scratch.cells[ROWS_CELL]!;
    if (rows === 0) return [];
    const asOf = scratch.cells[AS_OF_CELL]!;
    const measure = (name: string): number => finishSlot(layout, scratch, indexOf.get(name) ?? -1);
    if (kpi.itemsOf === null)
      return [{ dims: NO_DIMS, content: kpi.evaluate({ ...times, rows, asOf, measure }) }];
    const index = indexOf.get(kpi.itemsOf) ?? -1;
    const aggregate = layout.slots[index]?.aggregate as BoxAggregate;
    const place = layout.places[index]!;
    const box = scratch.boxes[place.state === 'box' ? place.index : -1];
    return (aggregate.items?.(box) ?? []).map(({ item, value }, rank) => ({
      dims: { item, rank: String(rank + 1) },
      content: { value, numerator: null, denominator: null, samples: rows, asOf, attributes: {} },
    }));
  }
}

/** A time by which every wait is over. */
const NEVER_WAITS = Number.POSITIVE_INFINITY;
const NO_DIMS: Readonly<Record<string, string>> = {};
const NO_TIMES: ReadonlySet<number> = new Set();

/** Names a window of one group: `<start ms> <kpi>`; an item of it has its dimensions behind. */
export function windowKey(kpi: string, start: number): string {
  return `${String(start)} ${kpi}`;
}

function startOfKey(key: string): number {
  return Number(key.slice(0, key.indexOf(' ')));
}

/** Its id has no blank; what an item adds stands behind one. */
function kpiOfKey(key: string): string {
  return key.split(' ', 2)[1] ?? '';
}

/** Starts of the windows that contain one of these slices. */
function windowsOf(kpi: GroupKpi, slices: Iterable<number>): Set<number> {
  const starts = new Set<number>();
  for (const slice of slices) for (const start of kpi.plan.rule.windowsOf(slice)) starts.add(start);
  return starts;
}

function dirtyWithin(group: GroupState, kpi: GroupKpi, start: number): number[] {
  if (group.dirty === null || group.dirty.size === 0) return [];
  const end = kpi.plan.rule.endOf(start);
  return [...group.dirty.keys()].filter((slice) => slice >= start && slice < end);
}

/** A window with a dirty slice is not published until it is repaired, and every such slice notes it. */
function isWithheld(group: GroupState, kpi: GroupKpi, start: number): boolean {
  const slices = dirtyWithin(group, kpi, start);
  for (const slice of slices)
    if (group.dirty?.get(slice) === 'suspected') group.dirty.set(slice, 'withholding');
  return slices.length > 0;
}

function mergerOf(kpi: GroupKpi, fold: GroupFold): Merger {
  const names = [...kpi.plan.slots.keys()];
  const slots = [...kpi.plan.slots.values()];
  const layout = layoutOf(slots);
  const { layout: whole } = fold.table;
  const from = slots.map(({ text }) => whole.places[whole.slots.findIndex((slot) => slot.text === text)]!);
  return {
    kpi,
    layout,
    scratch: looseRow(layout),
    from,
    indexOf: new Map(names.map((name, i) => [name, i])),
  };
}

function mergeOwn({ layout, scratch, from }: Merger, row: SliceRow): void {
  scratch.cells[ROWS_CELL]! += row.cells[row.at + ROWS_CELL]!;
  const asOf = row.cells[row.at + AS_OF_CELL]!;
  if (asOf > scratch.cells[AS_OF_CELL]!) scratch.cells[AS_OF_CELL] = asOf;
  for (let index = 0; index < from.length; index++) {
    const { aggregate } = layout.slots[index]!;
    const into = layout.places[index]!;
    const place = from[index]!;
    if (into.state === 'cells' && place.state === 'cells') {
      (aggregate as CellAggregate).merge(scratch.cells, into.offset, row.cells, row.at + place.offset);
    } else if (into.state === 'box' && place.state === 'box') {
      (aggregate as BoxAggregate).merge(scratch.boxes[into.index], row.boxes[row.boxAt + place.index]);
    }
  }
}

function finishSlot(layout: RowLayout, row: SliceRow, index: number): number {
  const place = layout.places[index];
  if (place === undefined) return NaN;
  const { aggregate } = layout.slots[index]!;
  if (place.state === 'cells') return (aggregate as CellAggregate).finish(row.cells, row.at + place.offset);
  return (aggregate as BoxAggregate).finish(row.boxes[row.boxAt + place.index]);
}
