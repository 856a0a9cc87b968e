import type { KpiStatus } from '../model/kpi-value.ts';
import { DAY_MS, HOUR_MS, localDayStart } from '../model/time.ts';
import { type EntityState, forgetBefore, type Series } from '../window/entity-state.ts';
import type { Slice } from '../window/slice.ts';
import type { CompiledKpi, Evaluated } from './compiled-kpi.ts';
import { contentOf, isSame, type PublishedContent, statusOf } from './published.ts';

/** One result of one window of one entity that must be published. `content` null: the window is gone. */
export interface Pane {
  readonly kpi: CompiledKpi;
  readonly entity: EntityState;
  readonly start: number;
  readonly end: number;
  readonly content: Evaluated | null;
  readonly status: KpiStatus;
}

/** Where a window's slices come from: memory, or what a repair has read. */
export type SeriesMap = ReadonlyMap<string, Pick<Series, 'slices'>>;

/**
 * Decides which windows of an entity are due, evaluates them, and remembers what was published of those that
 * memory still covers, so that unchanged content is not published again.
 *
 * Pure: what it gives depends on slices, dirt and watermark only.
 */
export class PaneBook {
  #definitions: readonly CompiledKpi[];
  readonly #cadenceOf: (entity: string) => number | null;
  readonly #latenessMs: number;
  #lookbackMax: number;
  readonly #published = new Map<EntityState, Map<string, PublishedContent>>();

  constructor(options: {
    readonly definitions: readonly CompiledKpi[];
    readonly cadenceOf: (entity: string) => number | null;
    readonly latenessMs: number;
  }) {
    this.#definitions = options.definitions;
    this.#cadenceOf = options.cadenceOf;
    this.#latenessMs = options.latenessMs;
    this.#lookbackMax = lookbackOf(options.definitions);
  }

  get definitions(): readonly CompiledKpi[] {
    return this.#definitions;
  }

  /**
   * Goes on with other definitions; what was published of those that stay the same stays known.
   *
   * @returns `wider`: memory must hold older hours than before, which it has let go
   */
  adopt(definitions: readonly CompiledKpi[]): 'wider' | 'same' {
    const kept = new Set(definitions.map(versionOf));
    const gone = this.#definitions.filter((kpi) => !kept.has(versionOf(kpi))).map(({ id }) => id);
    const before = this.#lookbackMax;
    this.#definitions = definitions;
    this.#lookbackMax = lookbackOf(definitions);
    if (gone.length > 0) {
      for (const windows of this.#published.values()) {
        for (const key of windows.keys()) if (gone.includes(kpiOfKey(key))) windows.delete(key);
      }
    }
    return this.#lookbackMax > before ? 'wider' : 'same';
  }

  /** Panes due since the entity was last asked: changed slices, and windows that the watermark has passed. */
  due(entity: EntityState): Pane[] {
    const panes: Pane[] = [];
    const changed = [...entity.changed];
    for (const kpi of this.#definitions) {
      for (const start of this.#candidates(entity, kpi, changed)) {
        if (isWithheld(entity, kpi, start)) continue;
        const pane = this.#evaluate(entity, kpi, start, entity.series);
        if (pane !== null) panes.push(pane);
      }
    }
    entity.changed.clear();
    entity.emittedUpTo = entity.set.watermark;
    this.#forget(entity);
    return panes;
  }

  /** Panes of every window that contains one of these hours, from slices that a repair has read. */
  repaired(entity: EntityState, hours: readonly number[], series: SeriesMap): Pane[] {
    const panes: Pane[] = [];
    for (const kpi of this.#definitions) {
      for (const start of windowsOf(kpi, hours)) {
        if (dirtyHours(entity, kpi, start).length > 0) continue;
        const pane = this.#evaluate(entity, kpi, start, series);
        if (pane !== null) panes.push(pane);
      }
    }
    return panes;
  }

  /** Panes of these windows of one definition, from slices that SQL has computed at the position: clean, if not here. */
  backfilled(
    entity: EntityState,
    kpi: CompiledKpi,
    from: { readonly starts: Iterable<number>; readonly series: SeriesMap },
  ): Pane[] {
    const panes: Pane[] = [];
    for (const start of from.starts) {
      const pane = this.#evaluate(entity, kpi, start, from.series);
      if (pane !== null) panes.push(pane);
    }
    return panes;
  }

  /** Forgets what lies before the hours that memory keeps. */
  release(entity: EntityState): void {
    this.#forget(entity);
  }

  /** First hour that memory must keep for the entity: every window that a hot slice can change lies after it. */
  hourKept(entity: EntityState): number {
    // The day of the horizon can still change, and it may look back as far as an hour does.
    return Math.max(0, this.hourWhole(entity) - this.#lookbackMax);
  }

  /** First hour whose windows all lie in memory with everything that they look back at. */
  hourWhole(entity: EntityState): number {
    const horizon = entity.set.watermark - this.#latenessMs;
    if (!Number.isFinite(horizon) || horizon < 0) return 0;
    return localDayStart(horizon) / HOUR_MS;
  }

  /** Notes what stands in the store, so that a restart or a repair does not publish it again. */
  notePublished(entity: EntityState, key: string, content: PublishedContent): void {
    let windows = this.#published.get(entity);
    if (windows === undefined) {
      windows = new Map();
      this.#published.set(entity, windows);
    }
    windows.set(key, content);
  }

  knows(entity: EntityState, key: string): boolean {
    return this.#published.get(entity)?.has(key) ?? false;
  }

  #candidates(entity: EntityState, kpi: CompiledKpi, changed: readonly number[]): Set<number> {
    const starts = new Set(windowsOf(kpi, changed));
    const { watermark } = entity.set;
    if (Math.floor(watermark / HOUR_MS) <= Math.floor(entity.emittedUpTo / HOUR_MS)) return starts;
    for (const start of windowsOf(kpi, hoursHeld(entity, kpi))) {
      const end = windowEnd(kpi, start);
      if (end <= watermark && end > entity.emittedUpTo) starts.add(start);
    }
    return starts;
  }

  #evaluate(entity: EntityState, kpi: CompiledKpi, start: number, series: SeriesMap): Pane | null {
    const end = windowEnd(kpi, start);
    const complete = entity.set.watermark >= end;
    const key = windowKey(kpi, start);
    const before = this.#published.get(entity)?.get(key);
    const own = propertiesWithin(kpi, series, start, end);
    // A running window that has no event of its own yet would only repeat its predecessors.
    if (!complete && own.length === 0 && before === undefined) return null;
    const content = kpi.evaluate({
      entity: entity.id,
      cadenceSeconds: this.#cadenceOf(entity.id),
      start,
      end,
      complete,
      slice: (property, hour): Slice | undefined => series.get(property)?.slices.get(hour / HOUR_MS),
      properties: () => own,
    });
    const status = statusOf(complete, content, before);
    if (before === undefined ? content === null : isSame(before, content, status)) return null;
    this.notePublished(entity, key, contentOf(content, status));
    return { kpi, entity, start, end, content, status };
  }

  #forget(entity: EntityState): void {
    const hour = this.hourKept(entity);
    forgetBefore(entity, hour);
    const windows = this.#published.get(entity);
    if (windows === undefined) return;
    for (const key of windows.keys()) {
      if (startOfKey(key) < hour * HOUR_MS) windows.delete(key);
    }
  }
}

/** Names a window of one entity: `<start ms> <kpi>`. */
export function windowKey(kpi: Pick<CompiledKpi, 'id'>, start: number): string {
  return `${start} ${kpi.id}`;
}

/** Starts of the windows of a definition that read one of these hours. */
export function windowsOf(kpi: CompiledKpi, hours: Iterable<number>): Set<number> {
  const starts = new Set<number>();
  for (const hour of hours) {
    if (kpi.window === 'day') {
      starts.add(localDayStart(hour * HOUR_MS));
      // An evening hour is also read by the next day, whose first eight-hour means reach back to it.
      starts.add(localDayStart((hour + kpi.lookbackHours) * HOUR_MS));
    } else for (let back = 0; back <= kpi.lookbackHours; back++) starts.add((hour + back) * HOUR_MS);
  }
  return starts;
}

/** End of the window of a definition that starts at `start`, milliseconds UTC, exclusive. */
export function windowEnd(kpi: CompiledKpi, start: number): number {
  return start + (kpi.window === 'day' ? DAY_MS : HOUR_MS);
}

/** A window with a dirty slice in its reach is not published until it is repaired, and every such slice notes it. */
function isWithheld(entity: EntityState, kpi: CompiledKpi, start: number): boolean {
  const hours = dirtyHours(entity, kpi, start);
  for (const hour of hours) if (entity.dirty.get(hour) === 'suspected') entity.dirty.set(hour, 'withholding');
  return hours.length > 0;
}

function dirtyHours(entity: EntityState, kpi: CompiledKpi, start: number): readonly number[] {
  if (entity.dirty.size === 0) return NO_HOURS;
  const hours: number[] = [];
  const last = windowEnd(kpi, start) / HOUR_MS;
  for (let hour = start / HOUR_MS - kpi.lookbackHours; hour < last; hour++) {
    if (entity.dirty.has(hour)) hours.push(hour);
  }
  return hours;
}

const NO_HOURS: readonly number[] = [];

function propertiesWithin(kpi: CompiledKpi, series: SeriesMap, start: number, end: number): string[] {
  const names: string[] = [];
  for (const [property, { slices }] of series) {
    if (kpi.properties !== null && !kpi.properties.includes(property)) continue;
    for (let hour = start / HOUR_MS; hour < end / HOUR_MS; hour++) {
      if (slices.has(hour)) {
        names.push(property);
        break;
      }
    }
  }
  return names;
}

function hoursHeld(entity: EntityState, kpi: CompiledKpi): Set<number> {
  const hours = new Set<number>();
  for (const series of entity.series.values()) {
    if (kpi.properties !== null && !kpi.properties.includes(series.property)) continue;
    for (const hour of series.slices.keys()) hours.add(hour);
  }
  return hours;
}

function startOfKey(key: string): number {
  return Number(key.slice(0, key.indexOf(' ')));
}

function kpiOfKey(key: string): string {
  return key.slice(key.indexOf(' ') + 1);
}

function versionOf({ id, version, hash }: CompiledKpi): string {
  return `${id} ${version} ${hash}`;
}

function lookbackOf(definitions: readonly CompiledKpi[]): number {
  return Math.max(0, ...definitions.map((kpi) => kpi.lookbackHours));
}
