import { DAY_MS, dateOfDay, dayOfDate, LOCAL_OFFSET_MS, localDayOf } from './civil-day.ts';
import { TET_YEAR_MAX, TET_YEAR_MIN, tetOf } from './lunar-calendar.ts';

/** A day at most so far from Tết is compared with the day at the same distance from another year's Tết. */
export const tetDistanceDaysMax = 30;

/**
 * The same time of day on the day of an earlier year that it compares with: at the same distance from Tết within 30
 * days of it, the same civil date otherwise (29 February becomes 28). Two days may have the same counterpart, and
 * some have none, where the neighbourhoods of the two Tết end.
 *
 * @param ms milliseconds UTC
 * @param yearsBack whole years, negative for a later year
 * @returns NaN outside 1991 to 2104
 */
export function tetAligned(ms: number, yearsBack: number): number {
  const day = localDayOf(ms);
  if (!Number.isInteger(yearsBack) || !Number.isFinite(day)) return NaN;
  const { year, month, day: dayOfMonth } = dateOfDay(day);
  if (!isCovered(year) || !isCovered(year - yearsBack)) return NaN;
  const toDay = (target: number): number => ms + (target - day) * DAY_MS;
  for (const lunarYear of [year, year + 1]) {
    const distance = day - tetOf(lunarYear);
    if (Math.abs(distance) <= tetDistanceDaysMax) return toDay(tetOf(lunarYear - yearsBack) + distance);
  }
  const isLeapDay = month === 2 && dayOfMonth === 29;
  const target = year - yearsBack;
  const isLeapYear = dateOfDay(dayOfDate({ year: target, month: 2, day: 29 })).day === 29;
  return toDay(dayOfDate({ year: target, month, day: isLeapDay && !isLeapYear ? 28 : dayOfMonth }));
}

function isCovered(year: number): boolean {
  return year > TET_YEAR_MIN && year < TET_YEAR_MAX;
}

/**
 * SQL of `tetAligned`: Nullable(Int64).
 *
 * @param ms SQL, Nullable(Int64) milliseconds UTC
 * @param yearsBack SQL, a whole number
 */
export function tetAlignedSql(ms: string, yearsBack: string): string {
  const years = Array.from({ length: TET_YEAR_MAX - TET_YEAR_MIN + 1 }, (_, index) => TET_YEAR_MIN + index);
  const tet = (year: string): string =>
    `transform(toInt32(${year}), [${years.join(', ')}], [${years.map(tetOf).join(', ')}], toInt32(0))`;
  const epoch = "toDate32('1970-01-01')";
  const near = (year: string): string => `abs(ta_d - ${tet(year)}) <= ${tetDistanceDaysMax}`;
  const aligned = (year: string): string => `${tet(`${year} - ta_n`)} + ta_d - ${tet(year)}`;
  const civil = `dateDiff('day', ${epoch}, addYears(addDays(${epoch}, ta_d), -ta_n))`;
  const target = `multiIf(${near('ta_y')}, ${aligned('ta_y')}, ${near('ta_y + 1')}, ${aligned('ta_y + 1')}, ${civil})`;
  const covered = (year: string): string => `${year} > ${TET_YEAR_MIN} AND ${year} < ${TET_YEAR_MAX}`;
  const moved = `if(${covered('ta_y')} AND ${covered('ta_y - ta_n')}, ta_t + (${target} - ta_d) * ${DAY_MS}, NULL)`;
  const withYear = `arrayMap(ta_y -> ${moved}, [toInt64(toYear(addDays(${epoch}, ta_d)))])[1]`;
  const day = `arrayMap(ta_d -> ${withYear}, [intDiv(ta_t + ${LOCAL_OFFSET_MS}, ${DAY_MS})])[1]`;
  // 1970 to 2200: outside, dates would wrap; a year count that is no whole number has no counterpart.
  const time = `toInt64(least(greatest(ifNull(${ms}, 0), 0), 7258118400000))`;
  const count = `toInt64(least(greatest(ifNull(${yearsBack}, 0), -200), 200))`;
  const isWhole = `ifNull(${yearsBack} = ${count} AND ${ms} >= 0 AND ${ms} < 7258118400000, 0)`;
  return `if(${isWhole}, arrayMap((ta_t, ta_n) -> ${day}, [${time}], [${count}])[1], NULL)`;
}
