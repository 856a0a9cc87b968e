import { DAY_MS, LOCAL_OFFSET_MS } from '../../model/time.ts';

/** A date of the Gregorian calendar. */
export interface Civil {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
}

/** Days since 1970-01-01 of the local day that contains a time. @param t milliseconds UTC */
export function localDayOf(t: number): number {
  return Math.floor((t + LOCAL_OFFSET_MS) / DAY_MS);
}

/** Start of a local day, milliseconds UTC. @param day days since 1970-01-01 */
export function startOfDay(day: number): number {
  return day * DAY_MS - LOCAL_OFFSET_MS;
}

const DAYS_PER_ERA = 146_097;
const YEARS_PER_ERA = 400;
/**
 * Days from 0000-03-01 to 1970-01-01: years begin in March here, so that the leap day is the last of a year.
 */
const EPOCH = 719_468;

/** The date of a day. @param day days since 1970-01-01 */
export function civilOf(day: number): Civil {
  const shifted = day + EPOCH;
  const era = Math.floor(shifted / DAYS_PER_ERA);
  const ofEra = shifted - era * DAYS_PER_ERA;
  const leaps = Math.floor(ofEra / 1_460) - Math.floor(ofEra / 36_524) + Math.floor(ofEra / 146_096);
  const yearOfEra = Math.floor((ofEra - leaps) / 365);
  const ofYear = ofEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const march = Math.floor((5 * ofYear + 2) / 153);
  const month = march < 10 ? march + 3 : march - 9;
  return {
    year: yearOfEra + era * YEARS_PER_ERA + (month <= 2 ? 1 : 0),
    month,
    day: ofYear - Math.floor((153 * march + 2) / 5) + 1,
  };
}

/**
 * Days since 1970-01-01 of a date. The month may lie outside 1 to 12: month 13 is January of the next year.
 */
export function dayOf(year: number, month: number, day: number): number {
  const months = year * 12 + month - 1;
  const realMonth = (((months % 12) + 12) % 12) + 1;
  const realYear = Math.floor(months / 12) - (realMonth <= 2 ? 1 : 0);
  const era = Math.floor(realYear / YEARS_PER_ERA);
  const yearOfEra = realYear - era * YEARS_PER_ERA;
  const march = realMonth > 2 ? realMonth - 3 : realMonth + 9;
  const ofYear = Math.floor((153 * march + 2) / 5) + day - 1;
  const ofEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + ofYear;
  return era * DAYS_PER_ERA + ofEra - EPOCH;
}

/** `2026-11-23`. @param day days since 1970-01-01 */
export function dateText(day: number): string {
  const { year, month, day: ofMonth } = civilOf(day);
  return `${String(year).padStart(4, '0')}-${two(month)}-${two(ofMonth)}`;
}

/** A number below 100 with two digits. */
export function two(number: number): string {
  return String(number).padStart(2, '0');
}

/** The day of a date as it is written, `2026-11-23`, or null when there is no such date. */
export function parseDate(text: string): number | null {
  const match = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text);
  if (match === null) return null;
  const day = dayOf(Number(match[1]), Number(match[2]), Number(match[3]));
  return dateText(day) === text ? day : null;
}
