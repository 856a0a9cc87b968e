import type { Subsystem } from '../model/subsystem.ts';
import type { GroupPlan } from '../window/group/group-plan.ts';
import type { Evaluated, KpiFacts } from './compiled-kpi.ts';

/** One window of one key, merged from its slices: what the value of a definition is made of. */
export interface GroupWindow {
  /** The number of a measure; NaN when it has no value. */
  measure(name: string): number;
  /** Rows of the family in the window. */
  readonly rows: number;
  /** Newest time that placed a row in it, milliseconds UTC. */
  readonly asOf: number;
  readonly start: number;
  readonly end: number;
  /** Whether the watermark has passed the window's end. */
  readonly complete: boolean;
}

/**
 * A definition over rows of one kind, grouped by key and window, compiled both ways. Its SQL has the columns
 * `area, entity, dims Map(String, String), window_start, window_end, value, numerator, denominator, samples`.
 */
export interface GroupKpi extends KpiFacts {
  readonly subsystem: Subsystem;
  readonly plan: GroupPlan;
  /** A running window is published at most this often, seconds; 0: with every tick. */
  readonly emitSeconds: number;
  /** The measure whose items are the values (top-k), or null: one value a window. */
  readonly itemsOf: string | null;
  /**
   * null: the rule gives no value for this window, no row exists. A value of null is a row that says "no value": a
   * denominator of zero or below its minimum.
   */
  evaluate(window: GroupWindow): Evaluated | null;
}
