import { HOUR_MS, SECOND_MS } from '../../../model/time.ts';
import { LOW_WORD, SCALE, meanOf } from '../../../window/slice.ts';
import type { Slice } from '../../../window/slice.ts';
import type { WindowInput } from '../../compiled-kpi.ts';
import type { Argument } from '../../functions/kpi-function.ts';
import { HOURS_BEGUN } from './check-definition.ts';
import { hoursOf } from '../plan.ts';
import type { Plan } from '../plan.ts';
import { isHours } from '../schema.ts';
import type { Measure } from '../schema.ts';

/** What the measures of a definition are in one window. */
export interface WindowFacts {
  readonly scope: ReadonlyMap<string, Argument>;
  /** Good readings of the hours that were complete enough; of `hours` measures only. */
  readonly samples: number;
  readonly asOf: number;
}

/** Reads the measures of one window from its slices; null when nothing is there to speak of. */
export type WindowReader = (input: WindowInput) => WindowFacts | null;

/** The reader for a plan. It keeps its buffers: a result is valid until the next call. */
export function windowReader(plan: Plan): WindowReader {
  return plan.measures.every(isHours) ? hoursReader(plan) : totalsReader(plan);
}

/**
 * Hourly means, newest first. An hour counts when it has a good reading and, where the cadence is known, the
 * needed share of its readings. In a running window the hour of the newest reading is judged by the time up to
 * that reading, and an hourly window has no value of a property before its own hour has one: until then the
 * value would only repeat the hours before.
 */
function hoursReader(plan: Plan): WindowReader {
  const buffers = plan.measures.map((measure) => ({
    ...measure,
    means: new Float64Array(hoursOf(plan, measure)),
  }));
  const scope = new Map<string, Argument>(buffers.map(({ name, means }) => [name, means]));
  return (input) => {
    const newest = input.complete ? input.end - 1 : newestReading(input, plan.properties ?? []);
    let samples = 0;
    let asOf = 0;
    for (const { property, means } of buffers) {
      for (let back = 0; back < means.length; back += 1) {
        const hour = input.end - (back + 1) * HOUR_MS;
        const slice = input.slice(property, hour);
        means[back] = NaN;
        if (slice === undefined || !hasEnough(plan, input, slice, secondsJudged(hour, newest))) continue;
        means[back] = meanOf(slice);
        samples += slice.good;
        if (slice.asOf > asOf) asOf = slice.asOf;
      }
      if (!input.complete && plan.windowHours === 1 && Number.isNaN(means[0])) means.fill(NaN);
    }
    scope.set(HOURS_BEGUN, Math.floor((newest - input.start) / HOUR_MS) + 1);
    return samples === 0 ? null : { scope, samples, asOf };
  };
}

/** Seconds of an hour by which its completeness is judged: all, but for the hour of the newest reading. */
function secondsJudged(hour: number, newest: number): number {
  return newest >= hour && newest < hour + HOUR_MS - 1 ? (newest - hour) / SECOND_MS : HOUR_MS / SECOND_MS;
}

function hasEnough(plan: Plan, input: WindowInput, slice: Slice, seconds: number): boolean {
  if (slice.good === 0) return false;
  const cadence = input.cadenceSeconds;
  return cadence === null || slice.good * cadence * 100 >= plan.completeness * seconds;
}

/** Newest reading of the window itself; before its start when there is none. */
function newestReading(input: WindowInput, properties: readonly string[]): number {
  let newest = input.start - 1;
  for (const property of properties) {
    for (let hour = input.start; hour < input.end; hour += HOUR_MS) {
      const asOf = input.slice(property, hour)?.asOf ?? 0;
      if (asOf > newest) newest = asOf;
    }
  }
  return newest;
}

/** Sums of one property, or of all of them, over the window. */
interface Totals extends Slice {
  /** Properties with at least one reading. */
  properties: number;
}

function totalsReader(plan: Plan): WindowReader {
  const wanted = new Set(plan.measures.map((measure) => measure.property));
  return (input) => {
    const totals = new Map<string, Totals>();
    for (const property of wanted) {
      const read = property === '*' ? input.properties() : [property];
      totals.set(property, totalsOf(input, read));
    }
    const scope = new Map<string, Argument>([[HOURS_BEGUN, plan.windowHours]]);
    let asOf = 0;
    for (const measure of plan.measures) {
      const total = totals.get(measure.property);
      if (total === undefined) continue;
      if (total.asOf > asOf) asOf = total.asOf;
      scope.set(measure.name, numberOf(measure, total, input));
    }
    return asOf === 0 ? null : { scope, samples: 0, asOf };
  };
}

function totalsOf(input: WindowInput, properties: readonly string[]): Totals {
  const totals: Totals = { good: 0, total: 0, sumHigh: 0, sumLow: 0, asOf: 0, properties: 0 };
  for (const property of properties) {
    const before = totals.total;
    for (let hour = input.start; hour < input.end; hour += HOUR_MS) {
      const slice = input.slice(property, hour);
      if (slice === undefined) continue;
      totals.good += slice.good;
      totals.total += slice.total;
      totals.sumHigh += slice.sumHigh;
      totals.sumLow += slice.sumLow;
      if (slice.asOf > totals.asOf) totals.asOf = slice.asOf;
    }
    if (totals.total > before) totals.properties += 1;
  }
  return totals;
}

function numberOf({ kind }: Measure, totals: Totals, input: WindowInput): number {
  switch (kind) {
    case 'mean':
      return meanOf(totals);
    case 'sum':
      return (totals.sumHigh * LOW_WORD + totals.sumLow) / SCALE;
    case 'count':
      return totals.good;
    case 'received':
      return totals.total;
    case 'expected':
      return expectedReadings(totals, input);
    default:
      return NaN;
  }
}

/** Properties seen times readings by the cadence, in a running window up to the newest one. */
function expectedReadings(totals: Totals, input: WindowInput): number {
  const cadence = input.cadenceSeconds;
  if (cadence === null) return totals.total;
  const whole = Math.ceil((input.end - input.start) / SECOND_MS / cadence);
  if (input.complete) return totals.properties * whole;
  const begun = Math.floor((totals.asOf - input.start) / SECOND_MS / cadence) + 1;
  return totals.properties * Math.min(begun, whole);
}
