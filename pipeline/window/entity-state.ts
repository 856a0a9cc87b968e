import type { FeedSet } from '../time/watermark.ts';
import { emptySlice, type Slice } from './slice.ts';

/** The slices of one property of one entity that are in memory, by hour since 1970. */
export interface Series {
  readonly property: string;
  readonly slices: Map<number, Slice>;
}

/**
 * `suspected`: rows wait to be checked against the raw table; `withholding`: so too, and a window that was due has not
 * been published because of it; `confirmed`: the slice must be recomputed by SQL.
 */
export type Dirt = 'suspected' | 'withholding' | 'confirmed';

/** What a shard holds of one entity: a cache of what SQL over the raw events would say. */
export interface EntityState {
  readonly id: string;
  /** Area of its newest event; the registry's area wins where there is one. */
  area: string;
  areaTime: number;
  set: FeedSet;
  readonly series: Map<string, Series>;
  /** Hours whose slices changed since the last emission. */
  readonly changed: Set<number>;
  /** Hours whose slices in memory are not to be trusted, nor any window that contains them. */
  readonly dirty: Map<number, Dirt>;
  /** Times of versioned rows that are not sealed: a fact at one of them may be replaced, so SQL must judge. null: none. */
  corrected: Set<number> | null;
  /** The set's watermark when this entity was last emitted. */
  emittedUpTo: number;
}

/** An entity without a slice. */
export function newEntityState(id: string, set: FeedSet): EntityState {
  return {
    id,
    area: '',
    areaTime: Number.NEGATIVE_INFINITY,
    set,
    series: new Map(),
    changed: new Set(),
    dirty: new Map(),
    corrected: null,
    emittedUpTo: Number.NEGATIVE_INFINITY,
  };
}

/** The series of a property, made when it is missing. */
export function seriesOf(entity: EntityState, property: string): Series {
  let series = entity.series.get(property);
  if (series === undefined) {
    series = { property, slices: new Map() };
    entity.series.set(property, series);
  }
  return series;
}

/** The slice of an hour, made when it is missing. */
export function sliceOf(series: Series, hour: number): Slice {
  let slice = series.slices.get(hour);
  if (slice === undefined) {
    slice = emptySlice();
    series.slices.set(hour, slice);
  }
  return slice;
}

/** Replaces what memory holds of one hour by what SQL says: the given slices, and no others. */
export function installHour(entity: EntityState, hour: number, slices: ReadonlyMap<string, Slice>): void {
  for (const series of entity.series.values()) {
    if (!slices.has(series.property)) series.slices.delete(hour);
  }
  for (const [property, slice] of slices) seriesOf(entity, property).slices.set(hour, { ...slice });
}

/** Forgets every slice of an hour before `hour`. */
export function forgetBefore(entity: EntityState, hour: number): void {
  for (const series of entity.series.values()) {
    for (const held of series.slices.keys()) if (held < hour) series.slices.delete(held);
  }
}
