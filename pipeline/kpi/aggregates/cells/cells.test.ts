import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Aggregate, Sample } from '../../../window/group/aggregate.ts';
import { addToSlice, emptySlice, meanOf, scaled } from '../../../window/slice.ts';
import { folded, tried } from '../../../../fixtures/kpi/tried-aggregates.ts';
import { energyMean } from './energy-mean.ts';
import { first, last } from './first-last.ts';
import { max, min } from './min-max.ts';
import { rateOfChange } from './rate-of-change.ts';
import { DECADES, ENERGY_OF_TENTH, RATIO_OF_HUNDREDTH } from './sound-levels.ts';
import { stddev } from './stddev.ts';
import { mean, sum } from './sum-mean.ts';

const settings = { seed: 20_261_124, numRuns: 300 };
const HOUR = 3_600_000;

/** A minute apart, unless said otherwise. */
function samples(values: readonly number[], everyMs = 60_000): Sample[] {
  return values.map((value, i) => ({ value, text: '', time: i * everyMs, idHigh: 0, idLow: i }));
}

function valueOf(aggregate: Aggregate, values: readonly number[]): number {
  return folded(aggregate, samples(values)).finish();
}

const accepted = fc.double({ min: -9_007_199_254, max: 9_007_199_254, noNaN: true });

describe('sum and mean', () => {
  it('lose no bit: a sum of integers is what BigInt gives, rounded once', () => {
    const law = fc.property(fc.array(accepted, { minLength: 1, maxLength: 200 }), (values) => {
      const exact = values.reduce((total, value) => total + BigInt(scaled(value)), 0n);
      expect(valueOf(sum, values)).toBe(Number(exact) / 1_000_000 + 0);
    });
    fc.assert(law, settings);
  });

  it('hold the sum of 2^32 of the largest samples, built by doubling', () => {
    const state = folded(sum, samples([-9_007_199_254.740_992]));
    for (let i = 0; i < 32; i += 1) state.merge(tried(sum, state.written()));
    expect(state.written()).toEqual([2 ** 32, -(2 ** 43), 0]);
    expect(state.finish()).toBe((-9_007_199_254_740_992 * 2 ** 32) / 1_000_000);
  });

  it('gives the mean that a slice of measurements gives', () => {
    const law = fc.property(fc.array(accepted, { minLength: 1, maxLength: 100 }), (values) => {
      const slice = emptySlice();
      for (const value of values) addToSlice(slice, value, 1, 0);
      expect(valueOf(mean, values)).toBe(meanOf(slice));
    });
    fc.assert(law, settings);
  });

  it('takes tenths as people write them', () => {
    expect(valueOf(sum, [0.1, 0.2, 0.3])).toBe(0.6);
    expect(valueOf(mean, [0.1, 0.1, 0.1])).toBe(0.1);
  });
});

describe('min, max, first, last and rate of change', () => {
  it('keep the ends', () => {
    const values = [7, -3, 12, -0, 4];
    const ends = [min, max, first, last].map((aggregate) => valueOf(aggregate, values));
    expect(ends).toEqual([-3, 12, 7, 4]);
    expect(valueOf(min, [-0, 5])).toBe(0);
    expect(valueOf(rateOfChange, values)).toBe((4 - 7) / (4 / 60));
  });

  it('order rows of one time by their ids, the upper half first', () => {
    const at = { text: '', time: 1_000 };
    const rows: Sample[] = [
      { ...at, value: 1, idHigh: 2, idLow: 0 },
      { ...at, value: 2, idHigh: 1, idLow: 4_294_967_295 },
      { ...at, value: 3, idHigh: 1, idLow: 7 },
    ];
    expect([folded(first, rows).finish(), folded(last, rows).finish()]).toEqual([3, 1]);
    expect(folded(rateOfChange, rows).finish()).toBe(NaN);
  });

  it('gives the rise per hour', () => {
    expect(folded(rateOfChange, samples([1.5, 9, 2], HOUR)).finish()).toBe(0.25);
    expect(folded(rateOfChange, samples([1.5])).finish()).toBe(NaN);
  });
});

describe('stddev', () => {
  it.each([
    [[2, 4, 4, 4, 5, 5, 7, 9], 2],
    [[5], 0],
    [[0.1, 0.1, 0.1], 0],
    [[9_007_199_254, -9_007_199_254], 9_007_199_254],
    [[1e9, 1e9 + 1], 0.5],
  ])('of %j is %d', (values, expected) => {
    expect(valueOf(stddev, values)).toBe(expected);
  });

  it('differs from the exact root by less than 2^-50 of it', () => {
    const law = fc.property(fc.array(accepted, { minLength: 2, maxLength: 50 }), (values) => {
      const wholes = values.map((value) => BigInt(scaled(value)));
      const n = BigInt(wholes.length);
      const total = wholes.reduce((a, b) => a + b, 0n);
      const variance = n * wholes.reduce((a, b) => a + b * b, 0n) - total * total;
      // Compared squared and in integers: (value * n * 10^6 * 2^20)^2 against variance * 2^40.
      const ours = BigInt(Math.round(valueOf(stddev, values) * Number(n) * 1e6)) << 20n;
      const exact = variance << 40n;
      const slack = exact / 2n ** 49n + (ours << 21n) + 2n ** 42n;
      expect(ours * ours - exact < slack && exact - ours * ours < slack).toBe(true);
    });
    fc.assert(law, settings);
  });

  it('holds the squares of 2^32 of the largest samples, built by doubling', () => {
    const state = folded(stddev, samples([9_007_199_254.740_992, -9_007_199_254.740_992]));
    for (let i = 0; i < 31; i += 1) state.merge(tried(stddev, state.written()));
    expect(state.written()).toEqual([2 ** 32, 0, 0, 0, 0, 0, 2 ** 12]);
    expect(state.finish()).toBe(9_007_199_254.740_992);
  });
});

describe('energy mean', () => {
  it('gives a constant level back, for every tenth of a decibel', () => {
    const wrong = [];
    for (let tenths = 0; tenths < DECADES * 100; tenths += 1) {
      const level = tenths / 10;
      for (const n of [1, 3])
        if (valueOf(energyMean, Array<number>(n).fill(level)) !== level) wrong.push(level);
    }
    expect(wrong).toEqual([]);
  });

  it('has tables that agree with the powers of ten', () => {
    for (const [i, energy] of ENERGY_OF_TENTH.entries()) {
      expect(Math.abs(energy - 2 ** 20 * 10 ** (i / 100))).toBeLessThanOrEqual(0.5 + 1e-6);
    }
    for (const [i, ratio] of RATIO_OF_HUNDREDTH.entries()) {
      expect(Math.abs(ratio - 2 ** 40 * 10 ** ((2 * i + 1) / 2_000))).toBeLessThanOrEqual(0.5 + 1e-3);
    }
  });

  it.each([
    [[60, 70], 67.4],
    [[50, 50, 80], 75.24],
    [[65.3, 65.3, 0], 63.54],
    [[-20, -5], 0],
    [[250], 189.9],
  ])('of %j is %d dB', (levels, expected) => {
    expect(valueOf(energyMean, levels)).toBe(expected);
  });

  it('lies within 0.06 dB of the formula, within 0.0051 dB for levels in tenths', () => {
    const list = fc.array(fc.double({ min: 0, max: 189.9, noNaN: true }), { minLength: 1, maxLength: 50 });
    const formula = (levels: readonly number[]): number =>
      10 * Math.log10(levels.reduce((total, level) => total + 10 ** (level / 10), 0) / levels.length);
    const law = fc.property(list, (levels) => {
      expect(Math.abs(valueOf(energyMean, levels) - formula(levels))).toBeLessThan(0.06);
      const tenths = levels.map((level) => Math.round(level * 10) / 10);
      expect(Math.abs(valueOf(energyMean, tenths) - formula(tenths))).toBeLessThan(0.0051);
    });
    fc.assert(law, settings);
  });
});
