import { officeHoursMax } from '../../model/registry.ts';
import type { Calendar, Holiday, OfficeHours } from '../../model/registry.ts';
import { DAY_MS, dayOfDate, dayOfText, LOCAL_OFFSET_MS, textOfDay, weekdayOf } from './civil-day.ts';

/** First day that calendars know, as a day number. */
export const FIRST_DAY = dayOfDate({ year: 2010, month: 1, day: 1 });
/** Days that they know: 2010 to 2035. */
export const CALENDAR_DAYS = dayOfDate({ year: 2036, month: 1, day: 1 }) - FIRST_DAY;
/** The known time is `[CALENDAR_START_MS, CALENDAR_END_MS)`, milliseconds UTC. */
export const CALENDAR_START_MS = FIRST_DAY * DAY_MS - LOCAL_OFFSET_MS;
export const CALENDAR_END_MS = CALENDAR_START_MS + CALENDAR_DAYS * DAY_MS;

/**
 * A calendar laid out by day, so that every question costs a few look-ups. "Open days" have office hours, "working
 * days" count for terms; both are numbered from 0. All times milliseconds.
 *
 * Indexed by day (0 is `FIRST_DAY`):
 * - `before`: working time from the start to this day's midnight; one more entry, the total, at the end
 * - `opens`, `closes`: office hours as offsets into the day, `officeHoursMax` a day, 0 where there are fewer
 * - `workingThrough`: working days up to this day, included
 * - `closing`: on a working day when it closes, offset into the day; -1 on others
 *
 * Indexed by number of an open day, of a quantum of working time, of a working day:
 * - `openDay`: its day; `throughOpenDay`: working time from the start to its close
 * - `quantumOpenDay`: number of the open day that holds the instant after `quantum * n` of working time
 * - `workingDay`: its day
 */
export interface WorkingCalendar {
  readonly id: string;
  readonly before: Float64Array;
  readonly opens: Int32Array;
  readonly closes: Int32Array;
  readonly workingThrough: Int32Array;
  readonly closing: Int32Array;
  readonly openDay: Int32Array;
  readonly throughOpenDay: Float64Array;
  readonly quantumOpenDay: Int32Array;
  readonly workingDay: Int32Array;
  /** Working time of one quantum: the whole, divided over as many as there are days. */
  readonly quantum: number;
  /** Most open days that begin inside one quantum: how far a search goes on from `quantumOpenDay`. */
  readonly quantumSteps: number;
  /** Why a day is not like its weekday, by `YYYY-MM-DD`, for people. */
  readonly notes: ReadonlyMap<string, DayNote>;
}

/** What a calendar says of one day. */
export interface DayNote {
  readonly vi: string;
  readonly en: string;
  readonly proposed: boolean;
}

interface Day {
  readonly hours: readonly OfficeHours[];
  readonly isCounted: boolean;
}

/**
 * Lays out one calendar. What a day is: an exception, else a swapped day, else a holiday, else its weekday.
 *
 * @param holidays of all sets; those that the calendar keeps are taken
 */
export function layOutCalendar(calendar: Calendar, holidays: Iterable<Holiday>): WorkingCalendar {
  const notes = new Map<string, DayNote>();
  const special = specialDays(calendar, holidays, notes);
  const n = CALENDAR_DAYS;
  const before = new Float64Array(n + 1);
  const [opens, closes] = [new Int32Array(n * officeHoursMax), new Int32Array(n * officeHoursMax)];
  const [workingThrough, closing] = [new Int32Array(n), new Int32Array(n).fill(-1)];
  const [openDay, workingDay] = [new Int32Array(n), new Int32Array(n)];
  const throughOpenDay = new Float64Array(n);
  let [open, working] = [0, 0];
  for (let day = 0; day < n; day += 1) {
    const { hours, isCounted } = special.get(FIRST_DAY + day) ?? weekdayHours(calendar, FIRST_DAY + day);
    let sum = before[day] ?? 0;
    hours.forEach(({ openMs, closeMs }, index) => {
      opens[day * officeHoursMax + index] = openMs;
      closes[day * officeHoursMax + index] = closeMs;
      sum += closeMs - openMs;
    });
    before[day + 1] = sum;
    if (hours.length > 0) {
      openDay[open] = day;
      throughOpenDay[open] = sum;
      open += 1;
    }
    if (isCounted) {
      workingDay[working] = day;
      working += 1;
      // A term that ends at midnight still ends on its own day.
      closing[day] = Math.min(hours.at(-1)?.closeMs ?? -1, DAY_MS - 1);
    }
    workingThrough[day] = working;
  }
  return {
    ...{ id: calendar.id, before, opens, closes, workingThrough, closing, notes },
    ...{ openDay: openDay.slice(0, open), throughOpenDay: throughOpenDay.slice(0, open) },
    workingDay: workingDay.slice(0, working),
    ...quanta(throughOpenDay.subarray(0, open)),
  };
}

function quanta(
  throughOpenDay: Float64Array,
): Pick<WorkingCalendar, 'quantum' | 'quantumOpenDay' | 'quantumSteps'> {
  const total = throughOpenDay.at(-1) ?? 0;
  const quantum = Math.max(1, Math.ceil(total / CALENDAR_DAYS));
  const quantumOpenDay = new Int32Array(Math.ceil(total / quantum));
  let [open, quantumSteps] = [0, 0];
  for (let index = 0; index < quantumOpenDay.length; index += 1) {
    while ((throughOpenDay[open] ?? Infinity) <= index * quantum) open += 1;
    quantumOpenDay[index] = open;
    let steps = 0;
    while ((throughOpenDay[open + steps] ?? Infinity) < (index + 1) * quantum) steps += 1;
    quantumSteps = Math.max(quantumSteps, steps);
  }
  return { quantum, quantumOpenDay, quantumSteps };
}

function weekdayHours(calendar: Calendar, dayNumber: number): Day {
  const weekday = weekdayOf(dayNumber);
  return { hours: calendar.week[weekday] ?? [], isCounted: calendar.workingDays.includes(weekday) };
}

/** Days that are not like their weekday, by day number; later rules replace earlier ones. */
function specialDays(
  calendar: Calendar,
  holidays: Iterable<Holiday>,
  notes: Map<string, DayNote>,
): ReadonlyMap<number, Day> {
  const days = new Map<number, Day>();
  const set = (day: number, value: Day, note: DayNote): void => {
    days.set(day, value);
    notes.set(textOfDay(day), note);
  };
  const closed: Day = { hours: [], isCounted: false };
  const kept = [...holidays].filter((holiday) => calendar.holidays.includes(holiday.set));
  for (const { days: off, name, proposed } of kept) {
    for (const text of off) set(dayOfText(text), closed, { ...name, proposed });
  }
  for (const { swaps, name, proposed } of kept) {
    for (const { off, work } of swaps) {
      const given = weekdayHours(calendar, dayOfText(off));
      // An office that is closed on that weekday anyway gives nothing away and works nothing instead.
      if (given.hours.length === 0) continue;
      set(dayOfText(off), closed, { vi: `${name.vi} (hoán đổi)`, en: `${name.en} (swapped)`, proposed });
      const note = { vi: `Làm bù cho ngày ${off}`, en: `Worked instead of ${off}`, proposed };
      set(dayOfText(work), given, note);
    }
  }
  for (const { from, through, hours, reason } of calendar.exceptions) {
    for (let day = dayOfText(from); day <= dayOfText(through); day += 1) {
      const { isCounted } = days.get(day) ?? weekdayHours(calendar, day);
      const note = { vi: reason, en: reason, proposed: false };
      set(day, { hours, isCounted: isCounted && hours.length > 0 }, note);
    }
  }
  return days;
}
