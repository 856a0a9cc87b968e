import { dateOfDay, dayOfDate } from './civil-day.ts';

/** A date of the Vietnamese lunar calendar; a leap month follows the month of the same number. */
export interface LunarDate {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly isLeapMonth: boolean;
}

/** Years for which Tết is computed. */
export const TET_YEAR_MIN = 1990;
export const TET_YEAR_MAX = 2105;

/** Day number of 1970-01-01 among Julian days. */
const julianOfEpoch = 2_440_588;
const synodicMonth = 29.530588853;
/** Julian date of the new moon that the series counts from, in January 1900. */
const firstNewMoon = 2_415_021.076998695;
/** Months are named by the civil day at Hà Nội. China's calendar, at UTC+8, differs in some years. */
const hanoiHours = 7;

/**
 * Lunar date of a civil day. Months begin on the day of the new moon; month 11 contains the winter solstice; a
 * year of thirteen months has its leap month where the sun enters no new sign.
 *
 * Rules and series as Hồ Ngọc Đức published them ("Thuật toán tính âm lịch"), after Meeus, Astronomical
 * Algorithms. Good to minutes, and so to the day except where a new moon falls within minutes of midnight.
 *
 * @param dayNumber days since 1970-01-01
 */
export function lunarDateOf(dayNumber: number): LunarDate {
  const monthStart = newMoonDay(monthIndexOf(dayNumber));
  const { year: civilYear } = dateOfDay(dayNumber);
  const solsticeMonth = eleventhMonth(civilYear);
  const isBeforeIt = monthStart <= solsticeMonth;
  const from = isBeforeIt ? eleventhMonth(civilYear - 1) : solsticeMonth;
  const to = isBeforeIt && monthStart < solsticeMonth ? solsticeMonth : eleventhMonth(civilYear + 1);
  if (monthStart === solsticeMonth) {
    return { year: civilYear, month: 11, day: dayNumber - monthStart + 1, isLeapMonth: false };
  }
  const monthsAfter = Math.floor((monthStart - from) / 29);
  const leap = to - from > 365 ? leapMonthAfter(from) : 99;
  const ordinal = monthsAfter >= leap ? monthsAfter - 1 : monthsAfter;
  const month = ((ordinal + 10) % 12) + 1;
  const endYear = isBeforeIt ? civilYear : civilYear + 1;
  return {
    year: month >= 11 && monthsAfter < 4 ? endYear - 1 : endYear,
    month,
    day: dayNumber - monthStart + 1,
    isLeapMonth: monthsAfter === leap,
  };
}

/** Day number of Tết Nguyên đán, the first day of the lunar year that begins in `year`. */
export function tetOf(year: number): number {
  const day = tetDays.get(year);
  if (day !== undefined) return day;
  const found = dayOfLunar({ year, month: 1, day: 1 }, dayOfDate({ year, month: 1, day: 15 }));
  tetDays.set(year, found);
  return found;
}

const tetDays = new Map<number, number>();

/** Day number of Giỗ Tổ Hùng Vương, the tenth of the third lunar month. */
export function hungVuongOf(year: number): number {
  return dayOfLunar({ year, month: 3, day: 10 }, dayOfDate({ year, month: 3, day: 15 }));
}

/** First day at or after `from`, within two months, that has a lunar date outside leap months. */
function dayOfLunar(wanted: Omit<LunarDate, 'isLeapMonth'>, from: number): number {
  for (let day = from; day < from + 62; day += 1) {
    const { year, month, day: lunarDay, isLeapMonth } = lunarDateOf(day);
    if (year !== wanted.year || month !== wanted.month || lunarDay !== wanted.day || isLeapMonth) continue;
    return day;
  }
  throw new RangeError(`lunar ${wanted.day}/${wanted.month}/${wanted.year} is not near day ${from}`);
}

/** First day of the lunar month that contains the winter solstice of a civil year. */
function eleventhMonth(civilYear: number): number {
  const lastDay = dayOfDate({ year: civilYear, month: 12, day: 31 });
  const index = monthIndexOf(lastDay);
  const start = newMoonDay(index);
  return solarSign(start) >= 9 ? newMoonDay(index - 1) : start;
}

/** How many months after a month 11 the leap month comes, in a year that has one. */
function leapMonthAfter(eleventh: number): number {
  const index = monthIndexOf(eleventh);
  let sign = solarSign(newMoonDay(index + 1));
  for (let months = 2; months < 14; months += 1) {
    const next = solarSign(newMoonDay(index + months));
    if (next === sign) return months - 1;
    sign = next;
  }
  throw new RangeError(`no leap month after day ${eleventh}`);
}

/** Number of the newest new moon at or before a day; the mean month is off by up to a day either way. */
function monthIndexOf(dayNumber: number): number {
  let index = Math.floor((dayNumber + julianOfEpoch - firstNewMoon) / synodicMonth) + 1;
  while (newMoonDay(index) > dayNumber) index -= 1;
  return index;
}

/** Day number, at Hà Nội, of new moon `k` since January 1900. */
function newMoonDay(k: number): number {
  const t = k / 1236.85;
  const [t2, t3] = [t * t, t * t * t];
  const sun = 359.2242 + 29.10535608 * k - 0.0000333 * t2 - 0.00000347 * t3;
  const moon = 306.0253 + 385.81691806 * k + 0.0107306 * t2 + 0.00001236 * t3;
  const node = 21.2964 + 390.67050646 * k - 0.0016528 * t2 - 0.00000239 * t3;
  const mean =
    2_415_020.75933 +
    29.53058868 * k +
    0.0001178 * t2 -
    0.000000155 * t3 +
    0.00033 * sine(166.56 + 132.87 * t - 0.009173 * t2);
  const periodic =
    (0.1734 - 0.000393 * t) * sine(sun) +
    0.0021 * sine(2 * sun) -
    0.4068 * sine(moon) +
    0.0161 * sine(2 * moon) -
    0.0004 * sine(3 * moon) +
    0.0104 * sine(2 * node) -
    0.0051 * sine(sun + moon) -
    0.0074 * sine(sun - moon) +
    0.0004 * sine(2 * node + sun) -
    0.0004 * sine(2 * node - sun) -
    0.0006 * sine(2 * node + moon) +
    0.001 * sine(2 * node - moon) +
    0.0005 * sine(2 * moon + sun);
  const dynamicalTime = -0.000278 + 0.000265 * t + 0.000262 * t2;
  return Math.floor(mean + periodic - dynamicalTime + 0.5 + hanoiHours / 24) - julianOfEpoch;
}

/** Sign of the zodiac, 0 to 11 from the spring equinox, in which the sun stands when a local day begins. */
function solarSign(dayNumber: number): number {
  const t = (dayNumber + julianOfEpoch - 2_451_545.5 - hanoiHours / 24) / 36_525;
  const t2 = t * t;
  const anomaly = 357.5291 + 35_999.0503 * t - 0.0001559 * t2 - 0.00000048 * t * t2;
  const mean = 280.46645 + 36_000.76983 * t + 0.0003032 * t2;
  const centre =
    (1.9146 - 0.004817 * t - 0.000014 * t2) * sine(anomaly) +
    (0.019993 - 0.000101 * t) * sine(2 * anomaly) +
    0.00029 * sine(3 * anomaly);
  const longitude = mean + centre;
  return Math.floor((longitude - 360 * Math.floor(longitude / 360)) / 30);
}

function sine(degrees: number): number {
  return Math.sin((degrees * Math.PI) / 180);
}
