import { SCALE, scaled } from '../../window/slice.ts';
import type { SampleSql } from '../../window/group/aggregate.ts';
import { numberSql } from './sample-sql.ts';

/**
 * Sums of integers in two cells, high and low: sum = high * WORD + low, 0 <= low < WORD, high a signed integer.
 *
 * The cells follow from the sum alone, whatever the order of additions. Exact while |sum| < 2^95: 2^32 samples of
 * the largest size. One word of `slice.ts` would not carry that far.
 */
export const WORD = 4_398_046_511_104; // 2^42

const LOW_BITS = WORD - 1;

/** Largest |scaled(sample)| in a sum or mean, 2^63: times in milliseconds fit. A sample beyond counts as this. */
export const SUM_WHOLE_MAX = 9_223_372_036_854_775_808;

/** Largest |scaled(sample)| where products are formed, 2^53: what ingest accepts. A sample beyond counts as this. */
export const PRODUCT_WHOLE_MAX = 9_007_199_254_740_992;

/** The integer that a sample counts as, at most `max` in size. */
export function wholeOf(value: number, max: number): number {
  const whole = scaled(value);
  if (whole > max) return max;
  return whole < -max ? -max : whole;
}

/** SQL of `wholeOf`: Float64. @param value SQL, Float64, never nan */
export function wholeSql(value: string, max: number): string {
  const bound = `toFloat64(${BigInt(max).toString()})`;
  return `least(greatest(roundBankers(${value} * ${String(SCALE)}), -${bound}), ${bound})`;
}

/** Adds an integer to the sum in `cells[at]` (high) and `cells[at + 1]` (low). */
export function addWhole(cells: Float64Array, at: number, whole: number): void {
  const high = Math.floor(whole / WORD);
  addWords(cells, at, high, whole - high * WORD);
}

/** Adds a sum in two words to another. */
export function addWords(cells: Float64Array, at: number, high: number, low: number): void {
  const sum = cells[at + 1]! + low;
  const carry = sum >= WORD ? 1 : 0;
  cells[at] = cells[at]! + high + carry;
  cells[at + 1] = sum - carry * WORD;
}

/** SQL of the two words of the sum of all samples that count. */
export function sumWordsSql(sample: SampleSql, max: number): readonly [string, string] {
  const sum = `sumIf(toInt128(${wholeSql(numberSql(sample), max)}), ${sample.test})`;
  const low = `bitAnd(${sum}, ${lowBitsSql('Int128')})`;
  // Divided, not shifted: once compiled, the engine shifts zeros into a negative Int128, interpreted it does not.
  return [`toFloat64(intDiv(${sum} - ${low}, toInt128(${String(WORD)})))`, `toFloat64(${low})`];
}

/** Mask of the low 42 bits, as SQL of the named integer type. */
export function lowBitsSql(type: 'Int128' | 'Int256'): string {
  return `to${type}(${String(LOW_BITS)})`;
}
