import { DAY_MS, HOUR_MS, LOCAL_OFFSET_MS } from '../../model/time.ts';
import type { WindowRule } from '../../window/group/window-rule.ts';
import { civilOf, dateText, dayOf, localDayOf, startOfDay, two } from './civil.ts';
import { tumbling } from './hopping.ts';
import { DAY_SLICES, HOUR_SLICES, remembered, slicesBetween } from './spans.ts';
import type { Slicing } from './spans.ts';

/** Calendar windows, all in local time. `week` is that of ISO 8601: Monday to Sunday. */
export type CalendarUnit = 'hour' | 'day' | 'week' | 'month' | 'quarter' | 'year';

/** Every unit of the calendar. */
export const CALENDAR_UNITS: readonly CalendarUnit[] = ['hour', 'day', 'week', 'month', 'quarter', 'year'];

/** A rule of days in three forms: of a day number, and as SQL over one. Days count from 1970-01-01, local. */
interface DayRule {
  readonly slicing: Slicing;
  /** First day of the window that contains a day. */
  firstDay(day: number): number;
  /** First day of the window after that which begins on a day. */
  nextDay(first: number): number;
  period(first: number): string;
  /** @param day SQL, Int64. @param date SQL, Date32 of the same day */
  firstDaySql(day: string, date: string): string;
  nextDaySql(day: string, date: string): string;
}

/** Windows that follow the calendar without a gap. */
export function calendar(unit: CalendarUnit): WindowRule {
  const text = `calendar ${unit}`;
  return unit === 'hour' ? { ...tumbling(HOUR_MS), text } : ofDays(DAY_RULES[unit], text);
}

/**
 * Months of reports, from the 15th to the 14th (Decree 09/2019/NĐ-CP, from memory), named by the month they
 * end in:
 * `report-month 2026-11` is 2026-10-15 to 2026-11-14.
 */
export function reportMonth(): WindowRule {
  return ofDays(REPORT_MONTH, 'period report-month');
}

/**
 * The year so far, one window for every local day: it holds the slices from the start of the year to the
 * end of its day.
 *
 * A window is told from others by its start, so the start that it carries is that of its last day, and its
 * period says what it covers: `2026-01-01/2026-11-23`. A slice lies in the windows of all days from its own
 * to the end of the year, those that have not begun too.
 */
export function yearToDate(): WindowRule {
  const windowsOf = remembered((slice: number): readonly number[] => {
    const day = localDayOf(slice);
    const days = dayOf(civilOf(day).year + 1, 1, 1) - day;
    return Array.from({ length: days }, (_, index) => startOfDay(day + index));
  });
  const yearStart = (time: number): number => startOfDay(dayOf(civilOf(localDayOf(time)).year, 1, 1));
  return {
    ...DAY_SLICES,
    windowsOf,
    endOf: (start) => start + DAY_MS,
    slicesOf: (start) => slicesBetween(DAY_SLICES, yearStart(start), start + DAY_MS),
    firstSliceNeeded: yearStart,
    periodOf(start) {
      const day = localDayOf(start);
      return `${String(civilOf(day).year)}-01-01/${dateText(day)}`;
    },
    windowsSql(time) {
      const day = daySql(time);
      const next = `toInt64(makeDate32(toYear(${dateSql(day)}) + 1, 1, 1))`;
      return `arrayMap(ahead -> toInt64(${startSql(`(${day} + ahead)`)}), range(toUInt64(${next} - ${day})))`;
    },
    endSql: (start) => `toInt64(${start} + ${String(DAY_MS)})`,
    text: 'calendar yearToDate',
  };
}

function ofDays(rule: DayRule, text: string): WindowRule {
  const { slicing } = rule;
  const windowsOf = remembered((slice: number): readonly number[] => [
    startOfDay(rule.firstDay(localDayOf(slice))),
  ]);
  const endOf = (start: number): number => startOfDay(rule.nextDay(localDayOf(start)));
  return {
    ...slicing,
    windowsOf,
    endOf,
    slicesOf: (start) => slicesBetween(slicing, start, endOf(start)),
    firstSliceNeeded: (slice) => windowsOf(slice)[0] ?? slice,
    periodOf: (start) => rule.period(localDayOf(start)),
    windowsSql(time) {
      const day = daySql(time);
      return `[toInt64(${startSql(rule.firstDaySql(day, dateSql(day)))})]`;
    },
    endSql(start) {
      const day = daySql(start);
      return `toInt64(${startSql(rule.nextDaySql(day, dateSql(day)))})`;
    },
    text,
  };
}

/** Local day of a time; a start before 1970 is a whole day, of which intDiv cuts nothing off. */
function daySql(time: string): string {
  return `intDiv(toInt64(${time}) + ${String(LOCAL_OFFSET_MS)}, ${String(DAY_MS)})`;
}

/** Not by the engine's time zone: that one has another offset before 1975. */
function dateSql(day: string): string {
  return `addDays(toDate32('1970-01-01'), ${day})`;
}

function startSql(day: string): string {
  return `${day} * ${String(DAY_MS)} - ${String(LOCAL_OFFSET_MS)}`;
}

const FIRST_MONTH_SQL = {
  1: (date: string): string => `toMonth(${date})`,
  3: (date: string): string => `toQuarter(${date}) * 3 - 2`,
  12: (): string => '1',
} as const;

/** Windows of whole months that begin on the same day of a month; `shift` days before it lies the 1st. */
function monthly(
  months: 1 | 3 | 12,
  shift: 0 | 14,
  period: (year: number, month: number) => string,
): DayRule {
  const firstMonth = (month: number): number => month - ((month - 1) % months);
  return {
    slicing: DAY_SLICES,
    firstDay(day) {
      const { year, month } = civilOf(day - shift);
      return dayOf(year, firstMonth(month), 1 + shift);
    },
    nextDay(first) {
      const { year, month } = civilOf(first);
      return dayOf(year, month + months, 1 + shift);
    },
    period(first) {
      const { year, month } = civilOf(first);
      return period(year, month);
    },
    firstDaySql(_, date) {
      const of = shift === 0 ? date : `addDays(${date}, -${String(shift)})`;
      return `toInt64(makeDate32(toYear(${of}), ${FIRST_MONTH_SQL[months](of)}, ${String(1 + shift)}))`;
    },
    nextDaySql: (_, date) => `toInt64(addMonths(${date}, ${String(months)}))`,
  };
}

const REPORT_MONTH = monthly(1, 14, (year, month) => {
  return `report-month ${month === 12 ? `${String(year + 1)}-01` : `${String(year)}-${two(month + 1)}`}`;
});

const DAY_RULES: Readonly<Record<Exclude<CalendarUnit, 'hour'>, DayRule>> = {
  day: {
    slicing: HOUR_SLICES,
    firstDay: (day) => day,
    nextDay: (first) => first + 1,
    period: dateText,
    firstDaySql: (day) => day,
    nextDaySql: (day) => `(${day} + 1)`,
  },
  // 1970-01-01 was a Thursday.
  week: {
    slicing: DAY_SLICES,
    firstDay: (day) => Math.floor((day + 3) / 7) * 7 - 3,
    nextDay: (first) => first + 7,
    period: weekText,
    firstDaySql: (day) => `(intDiv(${day} + 3, 7) * 7 - 3)`,
    nextDaySql: (day) => `(${day} + 7)`,
  },
  month: monthly(1, 0, (year, month) => `${String(year)}-${two(month)}`),
  quarter: monthly(3, 0, (year, month) => `${String(year)}-Q${String((month + 2) / 3)}`),
  year: monthly(12, 0, String),
};

/** `2026-W48`: a week belongs to the year of its Thursday, and week 1 is that of the first Thursday. */
function weekText(monday: number): string {
  const thursday = monday + 3;
  const { year } = civilOf(thursday);
  const week = Math.floor((thursday - dayOf(year, 1, 1)) / 7) + 1;
  return `${String(year)}-W${two(week)}`;
}
