import type { Batch } from '../../model/batch/batch.ts';
import { decodeBatch } from '../../model/batch/batch.ts';
import { BatchBuilder } from '../../model/batch/batch-builder.ts';
import type { Event, MeasurementEvent } from '../../model/event.ts';
import { PROVINCE_AREA } from '../../model/subsystem.ts';
import type { EventKind } from '../../model/subsystem.ts';
import type { CellAggregate, Sample } from '../../window/group/aggregate.ts';
import type { Family } from '../../window/group/group-plan.ts';
import { layoutOf, looseRow, mergeRow } from '../../window/group/slice-table.ts';
import type { RowLayout, SliceRow } from '../../window/group/slice-table.ts';
import { sliceStart } from '../../window/group/window-rule.ts';
import type { GroupKpi } from '../group-kpi.ts';
import { drawsOf, randomEvents } from '../rows/rows-testing.ts';
import type { Draw } from '../rows/rows-testing.ts';

/** A row of a test, at its place in the log. */
export interface PlacedEvent {
  readonly event: Event;
  readonly position: number;
  readonly row: number;
}

const START = Date.parse('2026-01-20T00:00:00Z');
const SPAN_MS = 100 * 86_400_000;

/**
 * Events of a kind that meet: few cases with many versions, few properties, times that lie within 100 days. Position 1 and
 * 2 hold half of them each.
 */
export function meetingEvents(kind: EventKind, count: number, seed: number): PlacedEvent[] {
  const draw = drawsOf(seed);
  const rows = randomEvents(kind, count, draw).map((event) => meeting(event, draw));
  const half = Math.ceil(count / 2);
  return rows.map((event, index) => {
    return { event, position: index < half ? 1 : 2, row: index < half ? index : index - half };
  });
}

function meeting(event: Event, draw: Draw): Event {
  const { below, of } = draw;
  const time = (): number => START + (below(4) === 0 ? below(30) * 3_600_000 : below(SPAN_MS));
  const maybe = (): number | null => (below(3) === 0 ? null : time());
  const base = { eventTime: time(), latitude: below(5) === 0 ? null : below(2_000) / 7 };
  switch (event.kind) {
    case 'measurement': {
      const isRow = below(4) === 0;
      const period = isRow ? of(['', '2026-02', '2026-03', '2026-Q1', '2026-03-05', '2026']) : '';
      // Rows stand at whole hours and facts beside them: no row replaces a fact here.
      const place = { eventTime: isRow ? START + below(3) * 3_600_000 : base.eventTime + 1 };
      const version = isRow ? 1 + below(4) : 0;
      const value = below(10) === 0 ? event.value : below(5_000) / 10;
      const bounded = Math.abs(value) < 9e9 ? value : 7;
      const property = of(['pm25', 'noise']);
      const quality = of(['good', 'good', 'good', 'bad', 'withdrawn'] as const);
      return { ...event, ...base, ...place, period, version, value: bounded, property, quality };
    }
    case 'case': {
      const times = { respondedAt: maybe(), completedAt: maybe(), closedAt: maybe() };
      const caseId = `c${String(below(120))}`;
      const rating = below(3) === 0 ? null : below(500) / 5;
      // openedAt never changes: it follows from the case.
      const openedAt = START + Number(caseId.slice(1)) * 7_000_001;
      return { ...event, ...base, ...times, caseId, openedAt, dueAt: maybe(), rating, version: below(6) };
    }
    case 'post': {
      const sentiment = below(4) === 0 ? null : below(200) / 100 - 1;
      const platform = of(['a', "b'"]);
      return { ...event, ...base, platform, postId: `p${String(below(150))}`, sentiment, version: below(5) };
    }
    case 'alert':
      return { ...event, ...base, count: 1 + below(50) };
  }
}

/** What a log position covers: facts that no versioned row replaces, of each row the newest version; no deleted post. */
export function boundedEventsOf(events: readonly PlacedEvent[], position: number): PlacedEvent[] {
  const newest = new Map<string, PlacedEvent>();
  for (const one of events) {
    if (one.position > position) continue;
    const key = rowKey(one.event);
    const known = newest.get(key);
    if (known === undefined || isNewer(one, known)) newest.set(key, one);
  }
  return [...newest.values()].filter(({ event }) => {
    if (event.kind === 'post') return event.action !== 'delete';
    return event.kind !== 'measurement' || isRowEvent(event) || !newest.has(measurementKey(event));
  });
}

/** Whether a measurement is a row and stands in the table of rows. */
export function isRowEvent(event: Event): boolean {
  return event.kind === 'measurement' && (event.version > 0 || event.period !== '');
}

function rowKey(event: Event): string {
  switch (event.kind) {
    case 'measurement':
      return isRowEvent(event) ? measurementKey(event) : event.id;
    case 'case':
      return JSON.stringify([event.feed, event.caseId]);
    case 'post':
      return JSON.stringify([event.platform, event.postId, event.feed]);
    case 'alert':
      return event.id;
  }
}

function measurementKey({ feed, entity, property, eventTime, period }: MeasurementEvent): string {
  return JSON.stringify([feed, entity, property, eventTime, period]);
}

function isNewer(one: PlacedEvent, other: PlacedEvent): boolean {
  const order = [versionOf(one) - versionOf(other), one.position - other.position, one.row - other.row];
  return (order.find((difference) => difference !== 0) ?? 0) > 0;
}

function versionOf({ event }: PlacedEvent): number {
  return event.kind === 'alert' ? 0 : event.version;
}

/** The events as one batch. */
export function batchOf(kind: EventKind, events: readonly PlacedEvent[]): Batch {
  const builder = new BatchBuilder(kind);
  for (const { event } of events) builder.add(event);
  return decodeBatch(kind, builder.finish());
}

/** A slice as JavaScript folds it. */
export interface FoldedSlice {
  readonly key: readonly string[];
  readonly slice: number;
  readonly state: SliceRow;
}

/** Folds a batch into the slices of a family, row by row. */
export function foldSlices(family: Family, batch: Batch, layout: RowLayout): Map<string, FoldedSlice> {
  const slices = new Map<string, FoldedSlice>();
  const test = family.test?.bind(batch) ?? ((): boolean => true);
  const at = family.at.bind(batch);
  const keys = family.by.map(({ value }) => value.bind(batch));
  const tests = family.slots.map((slot) => slot.test?.bind(batch) ?? ((): boolean => true));
  const samples = family.slots.map(({ of }) => of?.bind(batch) ?? ((): number => 0));
  const ids = batch.wide('id_hash');
  for (let row = 0; row < batch.length; row++) {
    const time = at(row);
    if (!test(row) || Number.isNaN(time)) continue;
    for (const key of keysAt(keys, row)) {
      const slice = sliceStart(family, time);
      const name = JSON.stringify([key, slice]);
      const found = slices.get(name) ?? { key, slice, state: looseRow(layout) };
      slices.set(name, found);
      const { state } = found;
      state.cells[0]! += 1;
      state.cells[1] = Math.max(state.cells[1]!, time);
      family.slots.forEach((_, index) => {
        if (!tests[index]!(row)) return;
        const value = samples[index]!(row);
        if (value === '' || (typeof value === 'number' && !Number.isFinite(value))) return;
        const [text, number] = typeof value === 'string' ? [value, 0] : ['', value];
        const place = { idHigh: ids[row * 2 + 1]!, idLow: ids[row * 2]! };
        addTo(layout, state, index, { value: number, text, time, ...place });
      });
    }
  }
  return slices;
}

function addTo(layout: RowLayout, state: SliceRow, index: number, sample: Sample): void {
  const { aggregate } = layout.slots[index]!;
  const place = layout.places[index]!;
  if (place.state === 'cells') (aggregate as CellAggregate).add(state.cells, place.offset, sample);
  else if (aggregate.state === 'box') aggregate.add(state.boxes[place.index], sample);
}

function keysAt(
  keys: readonly ((row: number) => string | readonly string[])[],
  row: number,
): readonly (readonly string[])[] {
  let found: readonly (readonly string[])[] = [[]];
  for (const key of keys) {
    const value = key(row);
    const texts = typeof value === 'string' ? [value] : value;
    found = found.flatMap((before) => texts.map((text) => [...before, text]));
  }
  return found;
}

/** A recomputed window, the content that two sides are compared by. */
export interface GroupRow {
  readonly area: string;
  readonly entity: string;
  readonly dims: Readonly<Record<string, string>>;
  readonly start: number;
  readonly end: number;
  readonly value: number | null;
  readonly numerator: number | null;
  readonly denominator: number | null;
  readonly samples: number;
}

/** Every window of a definition as the pipeline merges and evaluates it, each as complete. */
export function evaluateGroups(kpi: GroupKpi, batch: Batch): GroupRow[] {
  const family: Family = { ...kpi.plan.family, slots: [...kpi.plan.slots.values()] };
  const layout = layoutOf(family.slots);
  const { rule } = kpi.plan;
  const slices = foldSlices(family, batch, layout);
  const windows = new Map<string, { key: readonly string[]; start: number; state: SliceRow }>();
  for (const { key, slice } of slices.values()) {
    for (const start of rule.windowsOf(slice)) {
      const name = JSON.stringify([key, start]);
      if (!windows.has(name)) windows.set(name, { key, start, state: looseRow(layout) });
    }
  }
  for (const { key, start, state } of windows.values()) {
    for (const slice of rule.slicesOf(start)) {
      const found = slices.get(JSON.stringify([key, slice]));
      if (found !== undefined) mergeRow(layout, state, found.state);
    }
  }
  return [...windows.values()].flatMap((window) => rowsOf(kpi, layout, window));
}

function rowsOf(
  kpi: GroupKpi,
  layout: RowLayout,
  {
    key,
    start,
    state,
  }: { readonly key: readonly string[]; readonly start: number; readonly state: SliceRow },
): GroupRow[] {
  const names = [...kpi.plan.slots.keys()];
  const end = kpi.plan.rule.endOf(start);
  const place = placeOf(kpi, key);
  const [rows, asOf] = [state.cells[0]!, state.cells[1]!];
  const measure = (name: string): number => finishAt(layout, state, names.indexOf(name));
  if (kpi.itemsOf !== null) {
    const index = names.indexOf(kpi.itemsOf);
    const { aggregate } = layout.slots[index]!;
    const at = layout.places[index]!;
    if (aggregate.state === 'cells' || at.state === 'cells') throw new TypeError('no items');
    const items = aggregate.items?.(state.boxes[at.index]) ?? [];
    return items.map(({ item, value }, rank) => ({
      ...{ ...place, dims: { ...place.dims, item, rank: String(rank + 1) }, start, end, value },
      ...{ numerator: null, denominator: null, samples: rows },
    }));
  }
  const content = kpi.evaluate({ measure, rows, asOf, start, end, complete: true });
  if (content === null) return [];
  const { value, numerator, denominator, samples } = content;
  return [{ ...place, start, end, value, numerator, denominator, samples }];
}

function placeOf(kpi: GroupKpi, key: readonly string[]): Pick<GroupRow, 'area' | 'entity' | 'dims'> {
  const named = new Map(kpi.plan.family.by.map(({ name }, index) => [name, key[index] ?? '']));
  const entity = named.get('entity') ?? '';
  const area = entity === '' ? (named.get('area') ?? PROVINCE_AREA) : '';
  const dims = [...named].filter(([name]) => name !== 'area' && name !== 'entity');
  return { area, entity, dims: Object.fromEntries(dims) };
}

function finishAt(layout: RowLayout, state: SliceRow, index: number): number {
  const { aggregate } = layout.slots[index]!;
  const place = layout.places[index]!;
  if (place.state === 'cells') return (aggregate as CellAggregate).finish(state.cells, place.offset);
  return aggregate.state === 'box' ? aggregate.finish(state.boxes[place.index]) : NaN;
}

/** The partial states of a slice as `storedGroupSlices` gives them. */
export function partialsOf(layout: RowLayout, state: SliceRow): unknown[][] {
  return layout.slots.map(({ aggregate }, index) => {
    const place = layout.places[index]!;
    if (aggregate.state === 'box')
      return [aggregate.write(state.boxes[place.state === 'box' ? place.index : -1])];
    const offset = place.state === 'cells' ? place.offset : 0;
    return [...state.cells.subarray(offset, offset + aggregate.width)];
  });
}
