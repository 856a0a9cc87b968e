/** When it happened: milliseconds since the Unix epoch, UTC, stamped by the producer. */
export type EventTimeMs = number & { readonly clock: 'event' };

/** When we saw it: milliseconds since the Unix epoch, UTC, read from a `Clock`. */
export type ProcessingTimeMs = number & { readonly clock: 'processing' };

/** Marks milliseconds as event time. */
export const eventTime = (ms: number): EventTimeMs => ms as EventTimeMs;
/** Marks milliseconds as processing time. */
export const processingTime = (ms: number): ProcessingTimeMs => ms as ProcessingTimeMs;

/** Before every event. A watermark starts here, so nothing is late at start-up. */
export const EVENT_TIME_MIN = eventTime(Number.MIN_SAFE_INTEGER);

/** A second, milliseconds. */
export const SECOND_MS = 1_000;
/** A minute, milliseconds. */
export const MINUTE_MS = 60_000;
/** An hour, milliseconds. */
export const HOUR_MS = 3_600_000;
/** A day, milliseconds. */
export const DAY_MS = 86_400_000;

/** Asia/Ho_Chi_Minh is UTC+7 without daylight saving since 1975; earlier times are refused anyway. */
export const LOCAL_OFFSET_MS = 7 * HOUR_MS;

/** Start of the UTC hour that contains `t`; the same instant as the local hour, the offset being whole hours. */
export function hourStart(t: number): number {
  return Math.floor(t / HOUR_MS) * HOUR_MS;
}

/** Start of the local day (Asia/Ho_Chi_Minh) that contains `t`, as UTC milliseconds. */
export function localDayStart(t: number): number {
  return Math.floor((t + LOCAL_OFFSET_MS) / DAY_MS) * DAY_MS - LOCAL_OFFSET_MS;
}

/** The local calendar date of `t`, `2026-11-23`. */
export function localDate(t: number): string {
  return new Date(t + LOCAL_OFFSET_MS).toISOString().slice(0, 10);
}
