import { hoursAt, numberAt, sqlAt } from './kpi-function.ts';
import type { KpiFunction } from './kpi-function.ts';

/** The larger of two values; the other one where one has no value. */
export const larger: KpiFunction = {
  name: 'larger',
  kinds: ['number', 'number'],
  revision: 1,
  source: 'ours',
  compute(...args) {
    const [a, b] = [numberAt(args, 0), numberAt(args, 1)];
    if (Number.isNaN(b)) return a;
    return a >= b ? a : b;
  },
  sql(args, prefix) {
    const [a, b] = [`${prefix}a`, `${prefix}b`];
    return {
      steps: [
        { name: a, sql: sqlAt(args, 0) },
        { name: b, sql: sqlAt(args, 1) },
      ],
      result: `multiIf(isNaN(${b}), ${a}, ${a} >= ${b}, ${a}, ${b})`,
    };
  },
  vectors: [
    { args: [36, 45], expected: 45, from: 'O3 of Decision 1459, 2.3 c: the larger index' },
    { args: [50, 36], expected: 50, from: 'the other way round' },
    { args: [NaN, 36], expected: 36, from: 'first missing' },
    { args: [36, NaN], expected: 36, from: 'second missing' },
    { args: [NaN, NaN], expected: NaN, from: 'both missing' },
  ],
};

/** A value, but never above a bound. */
export const atMost: KpiFunction = {
  name: 'atMost',
  kinds: ['number', 'number'],
  revision: 1,
  source: 'ours',
  compute(...args) {
    const [bound, value] = [numberAt(args, 0), numberAt(args, 1)];
    return value > bound ? bound : value;
  },
  sql(args, prefix) {
    const value = `${prefix}value`;
    return {
      steps: [{ name: value, sql: sqlAt(args, 1) }],
      result: `if(${value} > ${sqlAt(args, 0)}, ${sqlAt(args, 0)}, ${value})`,
    };
  },
  vectors: [
    { args: [100, 104.2], expected: 100, from: 'above' },
    { args: [100, 99.9], expected: 99.9, from: 'below' },
    { args: [100, NaN], expected: NaN, from: 'no value' },
  ],
};

/** The window's own hour: the newest of the hourly means, however many exist before it. */
export const newestHour: KpiFunction = {
  name: 'newestHour',
  kinds: ['hours'],
  revision: 1,
  source: 'ours',
  compute: (...args) => hoursAt(args, 0)[0] ?? NaN,
  sql: (args) => ({ steps: [], result: `${sqlAt(args, 0)}[1]` }),
  vectors: [
    { args: [[7, 8, 9]], expected: 7, from: 'newest first' },
    { args: [[NaN, 8, 9]], expected: NaN, from: 'no value in the newest hour' },
  ],
};
