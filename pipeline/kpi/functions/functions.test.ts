import { describe, expect, it } from 'vitest';
import { DERIVED_FUNCTIONS as FUNCTIONS } from '../derived/series-functions.ts';
import type { Argument, Vector } from './kpi-function.ts';
import { largestEightHours } from './vn-day.ts';

/** Hours beyond those that a vector writes are missing; arrays have at least the longest lookback. */
export function argumentsOf(vector: Vector): Argument[] {
  return vector.args.map((arg) => {
    if (typeof arg === 'number') return arg;
    const hours = new Float64Array(Math.max(12, arg.length)).fill(NaN);
    hours.set(arg);
    return hours;
  });
}

const cases = [...FUNCTIONS.values()].flatMap((entry) =>
  entry.vectors.map((vector) => ({ entry, vector, title: `${entry.name}: ${vector.from}` })),
);

describe('functions of the definitions', () => {
  it.each(cases)('$title', ({ entry, vector }) => {
    const result = entry.compute(...argumentsOf(vector));
    if (Number.isNaN(vector.expected)) expect(result).toBeNaN();
    else expect(result).toBeCloseTo(vector.expected, 5);
  });

  it('each has at least two worked examples and a source', () => {
    for (const entry of FUNCTIONS.values()) {
      expect(entry.vectors.length, entry.name).toBeGreaterThanOrEqual(2);
      expect(entry.source, entry.name).not.toBe('');
    }
  });

  it('gives the 24 printed eight-hour means of the decision, but for the rounding of its printed hours', () => {
    const printed = [
      18.0, 19.4, 21.2, 23.0, 23.8, 25.8, 28.2, 30.9, 33.8, 36.6, 39.9, 44.7, 51.3, 58.4, 66.2, 71.1, 74.4,
      73.7, 71.0, 65.0, 57.8, 48.7, 39.1, 31.6,
    ];
    const day = largestEightHours.vectors[0]?.args[0] as readonly number[];
    const means = printed.map((_, hour) => {
      // Only the eight hours that end at this one, as a day in which one hour has begun.
      const eight = day.slice(23 - hour, 31 - hour);
      const alone = Float64Array.from([...new Array<number>(23).fill(NaN), ...eight]);
      return largestEightHours.compute(alone, 1);
    });
    // The decision averaged hours with more digits than it prints: 44.6375 by its table is printed 44.7.
    means.forEach((mean, hour) => {
      expect(Math.abs(mean - (printed[hour] ?? NaN)), `ends ${String(hour + 1)}:00`).toBeLessThan(0.07);
    });
  });
});
