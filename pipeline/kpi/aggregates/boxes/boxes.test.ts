import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Sample } from '../../../window/group/aggregate.ts';
import { folded, tried } from '../../../../fixtures/kpi/tried-aggregates.ts';
import { byCodePoint } from './code-point-order.ts';
import { distinct, DISTINCT_HASHES_MAX } from './distinct.ts';
import { quantile, QUANTILE_SAMPLE_MAX } from './quantile.ts';
import { textHash } from './text-hash.ts';
import { POINTS_MAX, timeWeightedMean } from './time-weighted-mean.ts';
import { TOP_ITEMS_MAX, topK } from './top-k.ts';

const settings = { seed: 20_261_124, numRuns: 300 };

function sample(part: Partial<Sample>): Sample {
  return { value: 0, text: '', time: 0, idHigh: 0, idLow: 0, ...part };
}

const numbers = (values: readonly number[]): Sample[] => values.map((value) => sample({ value }));
const texts = (list: readonly string[]): Sample[] => list.map((text) => sample({ text }));

/** `from <= i < to`, each a text of its own. */
function* differentTexts(from: number, to: number): Generator<Sample> {
  for (let i = from; i < to; i += 1) yield sample({ text: `citizen ${String(i)}` });
}

describe('quantile', () => {
  it.each([
    [0, 1],
    [0.1, 1],
    [0.1001, 2],
    [0.5, 5],
    [0.7, 7],
    [0.9, 9],
    [1, 10],
  ])('of share %d of 1 … 10 is %d', (share, expected) => {
    expect(folded(quantile(share), numbers([10, 9, 8, 7, 6, 5, 4, 3, 2, 1])).finish()).toBe(expected);
  });

  it('lies within 2^-8 of the sample of that rank', () => {
    const value = fc.oneof(
      fc.double({ min: -QUANTILE_SAMPLE_MAX, max: QUANTILE_SAMPLE_MAX, noNaN: true }),
      fc.double({ min: -1, max: 1, noNaN: true }),
      fc.integer({ min: -300, max: 300 }),
    );
    const steps = fc.integer({ min: 0, max: 10_000 });
    const law = fc.property(fc.array(value, { minLength: 1, maxLength: 200 }), steps, (values, step) => {
      const sorted = [...values].sort((a, b) => a - b);
      const exact = sorted[Math.max(0, Math.ceil((step * values.length) / 10_000) - 1)]!;
      const error = Math.abs(folded(quantile(step / 10_000), numbers(values)).finish() - exact);
      expect(error).toBeLessThanOrEqual(Math.max(Math.abs(exact) / 256, 1 / 1_048_576));
    });
    fc.assert(law, settings);
  });

  it('never has more than 16,131 buckets, whatever is sent', () => {
    const state = tried(quantile(0.5));
    const word = new Uint32Array(2);
    const number = new Float64Array(word.buffer);
    for (let key = 0; key < 2 ** 19; key += 1) {
      word[1] = key << 13;
      if (Number.isFinite(number[0])) state.add(sample({ value: number[0]! }));
    }
    expect((state.written() as number[][])[0]?.length).toBe(16_131);
  });
});

describe('distinct', () => {
  it('is exact below its bound', () => {
    const state = folded(distinct, [
      ...differentTexts(0, 4_000),
      ...differentTexts(3_000, DISTINCT_HASHES_MAX - 1),
    ]);
    expect(state.finish()).toBe(DISTINCT_HASHES_MAX - 1);
  });

  it.each([4_096, 10_000, 100_000])('lies within 5 %% of %d', (different) => {
    const share = folded(distinct, differentTexts(0, different)).finish() / different;
    expect(Math.abs(share - 1)).toBeLessThan(0.05);
  });

  it('keeps the same hashes when slices beyond the bound are merged in another order', () => {
    const slices = [0, 5_000, 9_000].map((from) => folded(distinct, differentTexts(from, from + 6_000)));
    const whole = folded(distinct, differentTexts(0, 15_000));
    const merged = tried(distinct);
    for (const slice of [slices[2]!, slices[0]!, slices[1]!]) merged.merge(slice);
    expect(merged.written()).toEqual(whole.written());
    expect(merged.finish()).toBe(whole.finish());
  });

  it('hashes as the specification of xxHash32 says', () => {
    // xxHash32('a') = 0x550d7456; the upper 32 of the 53 bits.
    expect(Math.floor(textHash('a') / 2 ** 21)).toBe(0x550d7456);
    expect(Math.floor(textHash('') / 2 ** 21)).toBe(0x02cc5d05);
    expect(textHash('\ud800')).toBe(textHash('\ufffd'));
  });
});

describe('top-k', () => {
  it('ranks by count, then by code point', () => {
    const list = texts(['ổ gà', 'rác', 'đèn', 'ổ gà', 'rác', '\u{1f6a7}', '\ue000']);
    expect(folded(topK(4), list).items()).toEqual([
      { item: 'rác', value: 2 },
      { item: 'ổ gà', value: 2 },
      { item: 'đèn', value: 1 },
      { item: '\ue000', value: 1 },
    ]);
    expect(folded(topK(4), list).finish()).toBe(2);
  });

  it('compares as the bytes of UTF-8 do', () => {
    const text = fc.string({ unit: 'binary', maxLength: 6 });
    const law = fc.property(text, text, (a, b) => {
      expect(Math.sign(byCodePoint(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
    });
    fc.assert(law, settings);
  });

  it('has items at its bound and none beyond, in whichever slice the bound is passed', () => {
    const full = folded(topK(3), differentTexts(0, TOP_ITEMS_MAX));
    expect(full.items().length).toBe(3);
    full.merge(folded(topK(3), differentTexts(TOP_ITEMS_MAX, TOP_ITEMS_MAX + 1)));
    expect([full.items(), full.finish(), full.written()]).toEqual([[], NaN, [1, [], []]]);
    const other = folded(topK(3), differentTexts(0, 5));
    other.merge(full);
    expect(other.written()).toEqual(full.written());
  });

  it('counts names that objects know', () => {
    const list = texts(['__proto__', 'constructor', '__proto__']);
    expect(folded(topK(1), list).items()).toEqual([{ item: '__proto__', value: 2 }]);
  });
});

describe('time-weighted mean', () => {
  const at = (minute: number, value: number, idLow = 0): Sample =>
    sample({ time: minute * 60_000, value, idLow });

  // minute  0    1    2    3    4    5    6    7    8    9   10
  //         2---------20-----------------------------------5
  it('weighs each sample by how long it holds; the last one ends the span', () => {
    expect(folded(timeWeightedMean, [at(10, 5), at(0, 2), at(2, 20)]).finish()).toBe((2 * 2 + 20 * 8) / 10);
  });

  it('is the sample while there is one time, the last by id', () => {
    expect(folded(timeWeightedMean, [at(3, 7.25)]).finish()).toBe(7.25);
    expect(folded(timeWeightedMean, [at(3, 9, 2), at(3, 7, 1)]).finish()).toBe(9);
  });

  it('is exact over 397 days of the largest samples', () => {
    const days = 397 * 24 * 60;
    const value = 9_007_199_254.740_991;
    const list = [at(0, value), at(days / 3, value), at(days, 0)];
    expect(folded(timeWeightedMean, list).finish()).toBe(value);
  });

  it('has a value at its bound and none beyond, in whichever slice the bound is passed', () => {
    const list = Array.from({ length: POINTS_MAX }, (_, i) => at(i, 4));
    const full = folded(timeWeightedMean, list);
    expect(full.finish()).toBe(4);
    full.merge(folded(timeWeightedMean, [at(1, 1)]));
    expect([full.finish(), full.written()]).toEqual([NaN, [POINTS_MAX + 1, []]]);
    const other = folded(timeWeightedMean, [at(1, 1)]);
    other.merge(full);
    expect(other.written()).toEqual([POINTS_MAX + 2, []]);
  });
});
