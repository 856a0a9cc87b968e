import type { KpiState } from '../model/kpi-value.ts';
import type { Title } from '../model/registry.ts';
import type { KpiSubsystem, Subsystem } from '../model/subsystem.ts';
import type { Slice } from '../window/slice.ts';

/** Everything that a definition may look at to give the value of one window of one entity. */
export interface WindowInput {
  readonly entity: string;
  /** Expected seconds between two readings of one property, or null where none is known. */
  readonly cadenceSeconds: number | null;
  /** Milliseconds UTC, `[start, end)`. */
  readonly start: number;
  readonly end: number;
  /**
   * Whether the watermark has passed the window's end. A running window judges completeness by the time
   * that has passed up to its newest reading, a complete one by its whole length.
   */
  readonly complete: boolean;
  /** The slice of a property that starts at `hour`, milliseconds UTC; undefined when it has no event. */
  slice(property: string, hour: number): Slice | undefined;
  /** Properties of this entity that have at least one slice inside `[start, end)`. */
  properties(): readonly string[];
}

/** The content of one value. */
export interface Evaluated {
  readonly value: number | null;
  readonly numerator: number | null;
  readonly denominator: number | null;
  readonly samples: number;
  /** Newest event time that counted, milliseconds UTC. */
  readonly asOf: number;
  readonly attributes: Readonly<Record<string, string>>;
}

/** A step of `bands`, in order: the first whose bound the value is below, or the last. */
export interface Band {
  readonly below: number | null;
  readonly state: KpiState;
}

/** A goal; the one that names most of what a value is of counts. No part of a definition's hash. */
export interface Target {
  readonly value: number;
  readonly area: string | null;
  readonly agency: string | null;
  readonly year: number | null;
}

/** What every definition says of itself, whatever computes it. */
export interface KpiFacts {
  readonly id: string;
  readonly version: number;
  /** sha256 of what can change a value, hex; targets, bands, titles are not part of it. */
  readonly hash: string;
  readonly subsystem: KpiSubsystem;
  readonly title: Title;
  readonly unit: string;
  readonly visibility: 'public' | 'internal' | 'restricted';
  readonly source: string;
  /** The value as the pack writes it: `usNowcast(pm25)`, or `max of pm25: vnPm25(…); o3: …`. */
  readonly formula: string;
  /** The promise: a value whose `asOf` is older than this is stale, seconds. */
  readonly freshSeconds: number;
  /** Id of the calendar during whose hours the promise holds, or '': always. */
  readonly freshDuring: string;
  readonly latenessSeconds: number;
  readonly bands: readonly Band[];
  readonly targets: readonly Target[];
  /**
   * The SQL that recomputes every complete window of the definition from raw events.
   * @param scope table expression and conditions; see `RecomputeScope`.
   */
  recomputeSql(scope: RecomputeScope): string;
}

/**
 * A definition over the hourly means of one entity (a station), checked and compiled both ways. Its SQL has the columns
 * `entity, window_start, window_end, value, numerator, denominator, samples`.
 */
export interface CompiledKpi extends KpiFacts {
  readonly subsystem: Subsystem;
  readonly window: 'hour' | 'day';
  /** Hours before the window that the value also reads (11 for a NowCast), 0 for none. */
  readonly lookbackHours: number;
  /** Properties it reads; null means every property of the entity. */
  readonly properties: readonly string[] | null;
  /** null: the rule gives no value for this window, no row exists. */
  evaluate(input: WindowInput): Evaluated | null;
}

/** What a recomputation reads, and which windows and entities it covers. */
export interface RecomputeScope {
  /**
   * What stands for the events: the name of a view (`measurements`) for an analyst, which is then restricted to
   * the subsystem, or a subquery in parentheses that is bounded to subsystem and position already.
   */
  readonly events: string;
  /** Windows with start in [from, to), ISO 8601 UTC; omitted: all. */
  readonly from?: string;
  readonly to?: string;
  /** Restrict to one entity; it is quoted by the compiler. */
  readonly entity?: string;
  /** Restrict to one area, of a definition by area. */
  readonly area?: string;
}
