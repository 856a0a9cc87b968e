import type { WindowRule } from '../../window/group/window-rule.ts';
import type { KpiFacts, RecomputeScope } from '../compiled-kpi.ts';
import type { ValueExpressions } from '../sql/value-sql.ts';
import type { Gauge } from './gauges.ts';
import type { Offset } from './offset.ts';

/** How the windows of an input that lie in a window become one number; `same`: it is the same window. */
export type Over = 'same' | 'sum' | 'mean' | 'max' | 'min' | 'last' | 'count' | 'age';

/** A KPI as a derived definition reads it. */
export interface DerivedInput {
  readonly name: string;
  readonly kpi: string;
  readonly version: number;
  /** Whose watermark says up to when its windows are complete; of a derived one those behind it. */
  readonly subsystems: readonly string[];
  readonly over: Over;
  /** Milliseconds before the end of a window that are looked at; 0: the window itself. */
  readonly withinMs: number;
  /** One, or those of a series. */
  readonly offsets: readonly Offset[];
  readonly isSeries: boolean;
  /** Whether the shifted start of a window is always the start of a window: then one joins by it. */
  readonly isAligned: boolean;
  /** What stands for a missing value; null: nothing. */
  readonly fallback: number | null;
  readonly isOptional: boolean;
}

/** What a derived value is made of. */
export interface DerivedPlan extends Pick<ValueExpressions, 'value' | 'needs' | 'numerator' | 'denominator'> {
  readonly rule: WindowRule;
  /** `area`, `entity` or dimensions: those of every input. */
  readonly by: readonly string[];
  readonly inputs: readonly DerivedInput[];
  /** What the platform counts itself, or null: then there are inputs. */
  readonly gauge: Gauge | null;
  readonly minDenominator: number;
  /** 1: reads definitions over events only; 2: reads derived ones of level 1; … */
  readonly level: number;
}

/** What of a derived definition is recomputed; `events` is the name of the view of values. */
export interface DerivedScope extends RecomputeScope {
  /** Starts of the windows that are wanted; left out: those in [from, to). */
  readonly windows?: readonly number[];
  /** `e:<entity>` or `a:<area>`; left out: all. */
  readonly places?: readonly string[];
  /** Up to when time is known, milliseconds UTC: running windows begin, windows without a value of their own end by it. */
  readonly until?: number;
}

/**
 * A definition over values of other KPIs. SQL alone evaluates it, for the runner and for readers; its columns are
 * `area, entity, dims, window_start, window_end, value, numerator, denominator, samples` and, of the inputs,
 * `provisional, grade, as_of_ms, seen, expected, reason`.
 */
export interface DerivedKpi extends KpiFacts {
  readonly derived: DerivedPlan;
  recomputeSql(scope: DerivedScope): string;
}
