/**
 * Which windows there are and how they are made of slices. All times milliseconds UTC; windows and slices `[start, end)`.
 *
 * A slice starts at `n * sliceMs + sliceOffsetMs`; every window begins and ends at the border of a slice, or its
 * border lies beyond the last slice that it holds. Local time is Asia/Ho_Chi_Minh, UTC+7 throughout.
 */
export interface WindowRule {
  readonly sliceMs: number;
  readonly sliceOffsetMs: number;
  /** Windows that contain this slice, ascending starts. */
  windowsOf(sliceStart: number): readonly number[];
  endOf(windowStart: number): number;
  /** Starts of the slices that make up a window, ascending. */
  slicesOf(windowStart: number): Iterable<number>;
  /** Start of the first slice that a window containing this slice may hold: what memory must keep for it. */
  firstSliceNeeded(sliceStart: number): number;
  /** `2026-11-23T14`, `2026-11-23`, `2026-W48`, `2026-11`, `2026-Q4`, `2026`, or the name of a period. */
  periodOf(windowStart: number): string;
  /** `Array(Int64)`: starts of the windows that contain a time. @param time SQL, Int64 milliseconds */
  windowsSql(time: string): string;
  /** Int64: end of a window. @param start SQL, Int64 milliseconds */
  endSql(start: string): string;
  /** The rule as text for the definition's hash and for people: `tumbling 1h`. */
  readonly text: string;
}

/** Start of the slice that contains a time. */
export function sliceStart(rule: Pick<WindowRule, 'sliceMs' | 'sliceOffsetMs'>, time: number): number {
  return Math.floor((time - rule.sliceOffsetMs) / rule.sliceMs) * rule.sliceMs + rule.sliceOffsetMs;
}
