import type { Aggregate } from '../../window/group/aggregate.ts';
import { distinct } from './boxes/distinct.ts';
import { quantile, SHARE_STEPS } from './boxes/quantile.ts';
import { timeWeightedMean } from './boxes/time-weighted-mean.ts';
import { TOP_K_MAX, topK } from './boxes/top-k.ts';
import { count } from './cells/count.ts';
import { energyMean } from './cells/energy-mean.ts';
import { first, last } from './cells/first-last.ts';
import { max, min } from './cells/min-max.ts';
import { rateOfChange } from './cells/rate-of-change.ts';
import { stddev } from './cells/stddev.ts';
import { mean, sum } from './cells/sum-mean.ts';

/** An aggregate that needs a number, such as the share of a quantile. */
export interface AggregateMaker {
  /** As a definition writes it, without the number. */
  readonly name: string;
  /** What the number is, for a message: `a share from 0 to 1 in steps of 0.0001`. */
  readonly parameter: string;
  /** A number that is accepted, for a hint. */
  readonly example: number;
  accepts(parameter: number): boolean;
  /** The name of what is made holds the number: `quantile(0.9)`. */
  make(parameter: number): Aggregate;
}

const ALL: readonly Aggregate[] = [
  count,
  sum,
  mean,
  min,
  max,
  first,
  last,
  rateOfChange,
  stddev,
  energyMean,
  timeWeightedMean,
  distinct,
];

/** Every aggregate that needs no number, by name. */
export const AGGREGATES: ReadonlyMap<string, Aggregate> = new Map(ALL.map((entry) => [entry.name, entry]));

const quantileMaker: AggregateMaker = {
  name: 'quantile',
  parameter: 'a share from 0 to 1 in steps of 0.0001',
  example: 0.9,
  accepts: (share) => share >= 0 && share <= 1 && Math.round(share * SHARE_STEPS) / SHARE_STEPS === share,
  make: quantile,
};

const topKMaker: AggregateMaker = {
  name: 'topk',
  parameter: `the length of the list, a whole number from 1 to ${String(TOP_K_MAX)}`,
  example: 10,
  accepts: (k) => Number.isInteger(k) && k >= 1 && k <= TOP_K_MAX,
  make: topK,
};

/** Every aggregate that needs a number, by name. */
export const AGGREGATE_MAKERS: ReadonlyMap<string, AggregateMaker> = new Map(
  [quantileMaker, topKMaker].map((maker) => [maker.name, maker]),
);

/**
 * The aggregate that a definition names. undefined: no such name, a number where none is taken, or none or a wrong
 * one where it is; `AGGREGATE_MAKERS` says what a number must be.
 */
export function aggregateOf(name: string, parameter?: number): Aggregate | undefined {
  if (parameter === undefined) return AGGREGATES.get(name);
  const maker = AGGREGATE_MAKERS.get(name);
  return maker?.accepts(parameter) === true ? maker.make(parameter) : undefined;
}
