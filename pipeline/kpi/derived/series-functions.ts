import { FUNCTIONS } from '../functions/functions.ts';
import { hoursAt, numberAt, sqlAt } from '../functions/kpi-function.ts';
import type { KpiFunction, SqlStep } from '../functions/kpi-function.ts';

/*
 * Functions over a series: the values of an input at several offsets, in their order, NaN where there is none.
 * What is missing is left out. All steps are + - * / and sqrt, which are correctly rounded, in one order.
 */

function present(series: Float64Array): number[] {
  return [...series].filter((value) => !Number.isNaN(value));
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

/** Sum of squares of the differences to the mean. */
function squares(values: readonly number[], mean: number): number {
  return values.reduce((sum, value) => sum + (value - mean) * (value - mean), 0);
}

const presentSql = (series: string): string => `arrayFilter(x -> NOT isNaN(x), ${series})`;
const totalSql = (values: string): string => `arrayFold((sum, x) -> sum + x, ${values}, toFloat64(0))`;

function momentSteps(series: string, prefix: string): SqlStep[] {
  const [values, mean, squared] = [`${prefix}values`, `${prefix}mean`, `${prefix}squares`];
  return [
    { name: values, sql: presentSql(series) },
    { name: mean, sql: `${totalSql(values)} / length(${values})` },
    {
      name: squared,
      sql: `arrayFold((sum, x) -> sum + (x - ${mean}) * (x - ${mean}), ${values}, toFloat64(0))`,
    },
  ];
}

const deviationSql = (prefix: string): string =>
  `if(length(${prefix}values) >= 2, sqrt(${prefix}squares / (length(${prefix}values) - 1)), nan)`;

/** Arithmetic mean. */
export const meanOf: KpiFunction = {
  name: 'meanOf',
  kinds: ['hours'],
  revision: 1,
  source: 'arithmetic mean of what is there',
  compute(...args) {
    const values = present(hoursAt(args, 0));
    return values.length === 0 ? NaN : total(values) / values.length;
  },
  sql(args, prefix) {
    const values = `${prefix}values`;
    const steps = [{ name: values, sql: presentSql(sqlAt(args, 0)) }];
    return { steps, result: `if(empty(${values}), nan, ${totalSql(values)} / length(${values}))` };
  },
  vectors: [
    { args: [[1, 2, 6]], expected: 3, from: 'by hand' },
    { args: [[NaN, 4, NaN]], expected: 4, from: 'what is missing is left out' },
    { args: [[NaN, NaN]], expected: NaN, from: 'nothing there' },
  ],
};

/** Standard deviation of a sample (n - 1); of at least two. */
export const stddevOf: KpiFunction = {
  name: 'stddevOf',
  kinds: ['hours'],
  revision: 1,
  source: 'standard deviation of a sample, n - 1',
  compute(...args) {
    const values = present(hoursAt(args, 0));
    if (values.length < 2) return NaN;
    return Math.sqrt(squares(values, total(values) / values.length) / (values.length - 1));
  },
  sql: (args, prefix) => ({ steps: momentSteps(sqlAt(args, 0), prefix), result: deviationSql(prefix) }),
  vectors: [
    { args: [[2, 4, 4, 4, 5, 5, 7, 9].slice(0, 2)], expected: Math.SQRT2, from: 'by hand: sqrt(2 / 1)' },
    { args: [[3, NaN]], expected: NaN, from: 'one value has none' },
    { args: [[5, 5, 5]], expected: 0, from: 'equal values' },
  ],
};

/** Middle value; of an even number the mean of the two in the middle. */
export const medianOf: KpiFunction = {
  name: 'medianOf',
  kinds: ['hours'],
  revision: 1,
  source: 'median; of an even number the mean of the two in the middle',
  compute(...args) {
    const values = present(hoursAt(args, 0)).sort((a, b) => a - b);
    const half = Math.floor(values.length / 2);
    if (values.length === 0) return NaN;
    return values.length % 2 === 1 ? values[half]! : (values[half - 1]! + values[half]!) / 2;
  },
  sql(args, prefix) {
    const values = `${prefix}values`;
    const half = `intDiv(length(${values}), 2)`;
    const even = `(${values}[${half}] + ${values}[${half} + 1]) / 2`;
    return {
      steps: [{ name: values, sql: `arraySort(${presentSql(sqlAt(args, 0))})` }],
      result: `multiIf(empty(${values}), nan, length(${values}) % 2 = 1, ${values}[${half} + 1], ${even})`,
    };
  },
  vectors: [
    { args: [[9, 1, 5]], expected: 5, from: 'by hand' },
    { args: [[9, 1, NaN, 5, 2]], expected: 3.5, from: 'by hand: (2 + 5) / 2' },
    { args: [[NaN]], expected: NaN, from: 'nothing there' },
  ],
};

/** How many standard deviations a value lies from the mean of a series; none where all of it is equal. */
export const zScore: KpiFunction = {
  name: 'zScore',
  kinds: ['number', 'hours'],
  revision: 1,
  source: '(value - mean) / standard deviation of a sample',
  compute(...args) {
    const value = numberAt(args, 0);
    const values = present(hoursAt(args, 1));
    if (values.length < 2) return NaN;
    const mean = total(values) / values.length;
    const deviation = Math.sqrt(squares(values, mean) / (values.length - 1));
    return deviation === 0 ? NaN : (value - mean) / deviation;
  },
  sql(args, prefix) {
    const deviation = `${prefix}deviation`;
    const steps = [...momentSteps(sqlAt(args, 1), prefix), { name: deviation, sql: deviationSql(prefix) }];
    const score = `(${sqlAt(args, 0)} - ${prefix}mean) / ${deviation}`;
    return { steps, result: `if(isNaN(${deviation}) OR ${deviation} = 0, nan, ${score})` };
  },
  vectors: [
    { args: [7, [1, 3]], expected: 5 / Math.SQRT2, from: 'by hand: mean 2, deviation sqrt(2)' },
    { args: [7, [3, 3, 3]], expected: NaN, from: 'no spread, no score' },
    { args: [7, [3, NaN]], expected: NaN, from: 'one value has no spread' },
  ],
};

/**
 * Forecast by the drift method over a series, the newest first: the newest and its mean step further,
 * y1 + (y1 - yn) / (n - 1). Over the same hour of past weeks it is the seasonal naive forecast with drift.
 */
export const trendOf: KpiFunction = {
  name: 'trendOf',
  kinds: ['hours'],
  revision: 1,
  source: 'drift method: Hyndman, Athanasopoulos, Forecasting: Principles and Practice, simple methods',
  compute(...args) {
    const values = present(hoursAt(args, 0));
    if (values.length < 2) return NaN;
    const newest = values[0]!;
    return newest + (newest - values[values.length - 1]!) / (values.length - 1);
  },
  sql(args, prefix) {
    const values = `${prefix}values`;
    const drift = `(${values}[1] - ${values}[-1]) / (length(${values}) - 1)`;
    return {
      steps: [{ name: values, sql: presentSql(sqlAt(args, 0)) }],
      result: `if(length(${values}) < 2, nan, ${values}[1] + ${drift})`,
    };
  },
  vectors: [
    { args: [[10, 8, 4]], expected: 13, from: 'by hand: 10 + 6 / 2' },
    { args: [[10, NaN, 4]], expected: 16, from: 'by hand: 10 + 6 / 1' },
    { args: [[10]], expected: NaN, from: 'one value has no trend' },
  ],
};

/** What is over series alone. */
export const SERIES_FUNCTIONS: readonly KpiFunction[] = [meanOf, stddevOf, medianOf, zScore, trendOf];

/** Every function that a derived definition may call. */
export const DERIVED_FUNCTIONS: ReadonlyMap<string, KpiFunction> = new Map([
  ...FUNCTIONS,
  ...SERIES_FUNCTIONS.map((entry) => [entry.name, entry] as const),
]);
