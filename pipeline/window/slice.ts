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

/** 2^52: from here on a double is an integer; below, adding and taking it away rounds half to even. */
const WHOLE_FROM = 4_503_599_627_370_496;

/** The integer that a value counts as in sums. |result| <= 2^53 is checked at ingest. */
export function scaled(value: number): number {
  const x = value * SCALE;
  if (x >= WHOLE_FROM || x <= -WHOLE_FROM) return x;
  return x >= 0 ? x + WHOLE_FROM - WHOLE_FROM : x - WHOLE_FROM + WHOLE_FROM;
}

/** A slice without a measurement. */
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
