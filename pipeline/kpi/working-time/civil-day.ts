/** Milliseconds of a day; local time has no daylight saving. */
export const DAY_MS = 86_400_000;

/** Asia/Ho_Chi_Minh is UTC+7 throughout the years that calendars know. */
export const LOCAL_OFFSET_MS = 7 * 3_600_000;

/** A civil date of the Gregorian calendar; `month` and `day` from 1. */
export interface CivilDate {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

/** Number of a civil date, days since 1970-01-01. */
export function dayOfDate({ year, month, day }: CivilDate): number {
  return Date.UTC(year, month - 1, day) / DAY_MS;
}

/** Civil date of a day number. */
export function dateOfDay(dayNumber: number): CivilDate {
  const date = new Date(dayNumber * DAY_MS);
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
}

/** Number of the day that `YYYY-MM-DD` names. */
export function dayOfText(text: string): number {
  return Date.parse(`${text}T00:00:00Z`) / DAY_MS;
}

/** `YYYY-MM-DD` of a day number. */
export function textOfDay(dayNumber: number): string {
  return new Date(dayNumber * DAY_MS).toISOString().slice(0, 10);
}

/** Weekday of a day number, Monday is 0. 1970-01-01 was a Thursday. */
export function weekdayOf(dayNumber: number): number {
  return (((dayNumber + 3) % 7) + 7) % 7;
}

/** Number of the local day that contains an instant, milliseconds UTC. */
export function localDayOf(ms: number): number {
  return Math.floor((ms + LOCAL_OFFSET_MS) / DAY_MS);
}
