import { hoursAt, sqlAt } from './kpi-function.ts';
import type { Hours, KpiFunction, SqlStep } from './kpi-function.ts';

/** Hours that a NowCast looks at: c1 is the window's own hour, c12 eleven hours earlier. */
const NOWCAST_HOURS = 12;

/** Added before truncation, so that 20.3 carried as 20.299999999999997 stays 20.3. */
const TRUNCATION_SLACK = 0.000001;

const EPA_SOURCE = 'EPA, Technical Assistance Document for the Reporting of Daily Air Quality (NowCast)';
const VN_SOURCE = 'Decision 1459/QĐ-TCMT of 2019-11-12, 2.2.1 a';

/** The printed example of the decision, 2.3 a, turned to newest first. */
const EXAMPLE = [20.6, 19.6, 22.4, 20.3, 16.5, 19, 16.5, 19.5, 23.5, 20.5, 24.7, 26.9];

/**
 * EPA NowCast: w = max(cmin / cmax, 1/2), the weighted mean of the last 12 hours with weights w^(i-1), absent
 * hours left out of both sums; truncated to 0.1. No value unless two of c1..c3 exist.
 */
export const usNowcast: KpiFunction = {
  name: 'usNowcast',
  kinds: ['hours'],
  revision: 1,
  source: EPA_SOURCE,
  compute(...args) {
    const c = hoursAt(args, 0);
    if (!hasTwoOfThree(c)) return NaN;
    const w = weight(c);
    return Math.floor((weightedSum(c, w) / sumOfWeights(c, w)) * 10 + TRUNCATION_SLACK) / 10;
  },
  sql(args, prefix) {
    const c = sqlAt(args, 0);
    const mean = `${prefix}sum / ${prefix}weights`;
    const result = `if(${twoOfThreeSql(c)}, floor((${mean}) * 10 + 0.000001) / 10, nan)`;
    return { steps: nowcastSteps(c, prefix), result };
  },
  vectors: [
    { args: [EXAMPLE], expected: 20.2, from: 'hours of Decision 1459, 2.3 a: 20.2657, truncated' },
    { args: [fill(20.3)], expected: 20.3, from: 'twelve equal hours give their value' },
    { args: [fill(0)], expected: 0, from: 'no pollution at all: w = 1' },
    { args: [[10, NaN, 40]], expected: 16, from: 'by hand: w = 1/2, (10 + 40/4) / (1 + 1/4)' },
    { args: [[10, NaN, NaN, 40]], expected: NaN, from: 'one of c1..c3 only' },
    { args: [[NaN, 30, 30]], expected: 30, from: 'c1 missing, c2 and c3 there' },
    { args: [[-1, 10]], expected: 2.6, from: 'by hand: w = 1/2, (-1 + 5) / 1.5 = 2.666' },
  ],
};

/**
 * NowCast of Decision 1459: w = max(cmin / cmax, 1/2); above 1/2 the weighted mean, at 1/2 the closed form
 * 1/2 c1 + 1/4 c2 + ... + (1/2)^12 c12, which the decision does **not** normalise (absent hours count as 0).
 * Not rounded: the decision rounds the index only, its printed 20.3 is for reading.
 */
export const vnNowcast: KpiFunction = {
  name: 'vnNowcast',
  kinds: ['hours'],
  revision: 1,
  source: VN_SOURCE,
  compute(...args) {
    const c = hoursAt(args, 0);
    if (!hasTwoOfThree(c)) return NaN;
    const w = weight(c);
    return w > 0.5 ? weightedSum(c, w) / sumOfWeights(c, w) : weightedSum(c, w) * 0.5;
  },
  sql(args, prefix) {
    const c = sqlAt(args, 0);
    const [w, sum, weights] = [`${prefix}w`, `${prefix}sum`, `${prefix}weights`];
    const result = `if(${twoOfThreeSql(c)}, if(${w} > 0.5, ${sum} / ${weights}, ${sum} * 0.5), nan)`;
    return { steps: nowcastSteps(c, prefix), result };
  },
  vectors: [
    { args: [EXAMPLE], expected: 20.265765, from: 'Decision 1459, 2.3 a: printed as 20.3' },
    { args: [[10, 20, 40]], expected: 15, from: 'by hand: w = 1/2, 5 + 5 + 5, not normalised' },
    { args: [[10, NaN, 40]], expected: 10, from: 'by hand: 5 + 0 + 5' },
    { args: [fill(0)], expected: 0, from: 'no pollution at all: w = 1' },
    { args: [[NaN, NaN, 30, 30]], expected: NaN, from: 'one of c1..c3 only' },
  ],
};

function hasTwoOfThree(c: Hours): boolean {
  let present = 0;
  for (let i = 0; i < 3; i += 1) if (!Number.isNaN(c[i])) present += 1;
  return present >= 2;
}

function weight(c: Hours): number {
  let least = Infinity;
  let largest = -Infinity;
  for (const x of c) {
    if (x < least) least = x;
    if (x > largest) largest = x;
  }
  // Nothing but zeros (or a drifting sensor below zero) has no ratio; equal weights are the only sense.
  if (largest <= 0) return 1;
  const ratio = least / largest;
  return ratio > 0.5 ? ratio : 0.5;
}

/** Sum of w^(i-1) c_i by Horner's rule, from the oldest hour to the newest. */
function weightedSum(c: Hours, w: number): number {
  let sum = 0;
  for (let i = c.length - 1; i >= 0; i -= 1) {
    const x = c[i] ?? NaN;
    sum = sum * w + (Number.isNaN(x) ? 0 : x);
  }
  return sum;
}

/** Sum of w^(i-1) over the hours that exist, by Horner's rule. */
function sumOfWeights(c: Hours, w: number): number {
  let sum = 0;
  for (let i = c.length - 1; i >= 0; i -= 1) sum = sum * w + (Number.isNaN(c[i]) ? 0 : 1);
  return sum;
}

function twoOfThreeSql(c: string): string {
  return `arrayCount(x -> NOT isNaN(x), arraySlice(${c}, 1, 3)) >= 2`;
}

function nowcastSteps(c: string, prefix: string): SqlStep[] {
  const present = `arrayFilter(x -> NOT isNaN(x), ${c})`;
  const [least, largest, w] = [`${prefix}least`, `${prefix}largest`, `${prefix}w`];
  const ratio = `${least} / ${largest}`;
  const fold = (x: string): string =>
    `arrayFold((acc, x) -> acc * ${w} + if(isNaN(x), 0, ${x}), arrayReverse(${c}), toFloat64(0))`;
  return [
    { name: least, sql: `arrayMin(${present})` },
    { name: largest, sql: `arrayMax(${present})` },
    { name: w, sql: `if(${largest} <= 0, 1, if(${ratio} > 0.5, ${ratio}, 0.5))` },
    { name: `${prefix}sum`, sql: fold('x') },
    { name: `${prefix}weights`, sql: fold('1') },
  ];
}

function fill(value: number): number[] {
  return new Array<number>(NOWCAST_HOURS).fill(value);
}
