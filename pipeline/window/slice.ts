/**
 * Partial aggregate of one series (entity, property) over one UTC hour, merged by addition.
 *
 * A value enters as the integer `scaled(value)`; its sum is kept in two words, so that it is exact in any
 * order and equal to the sums that the engine computes: total = sumHigh * 2^26 + sumLow, 0 <= each low word < 2^26.
 */
export interface Slice {
  /** Measurements with quality `good`. */
  good: number;
  /** Measurements of any quality. */
  total: number;
  sumHigh: number;
  sumLow: number;
  /** Newest event time of any measurement in the slice, milliseconds UTC; 0 while empty. */
  asOf: number;
}

/** Decimal places that sums keep: scaled(value) = roundHalfEven(value * 10^6). */
export const SCALE = 1_000_000;
export const LOW_WORD = 67_108_864;

/** 1.5 * 2^52: adding and subtracting it rounds a double below 2^51 to an integer, half to even. */
const ROUNDER = 6_755_399_441_055_744;
const ROUNDER_MAX = 2_251_799_813_685_248;

/** The integer that a value counts as in sums. |result| <= 2^53 is checked at ingest. */
export function scaled(value: number): number {
  const x = value * SCALE;
  return x > -ROUNDER_MAX && x < ROUNDER_MAX ? x + ROUNDER - ROUNDER : x;
}

export function emptySlice(): Slice {
  return { good: 0, total: 0, sumHigh: 0, sumLow: 0, asOf: 0 };
}

/** Adds one measurement. `good` is 1 or 0. */
export function addToSlice(slice: Slice, value: number, good: number, time: number): void {
  slice.total += 1;
  if (time > slice.asOf) slice.asOf = time;
  if (good === 0) return;
  const whole = scaled(value);
  const high = Math.floor(whole / LOW_WORD);
  slice.good += 1;
  slice.sumHigh += high;
  slice.sumLow += whole - high * LOW_WORD;
}

/**
 * Mean of the good measurements, in the property's unit; NaN when there is none.
 * The engine computes the same with the same operations in the same order.
 */
export function meanOf(slice: Slice): number {
  return (slice.sumHigh * LOW_WORD + slice.sumLow) / slice.good / SCALE;
}
