import { officeHoursMax } from '../../model/registry.ts';
import { DAY_MS } from './civil-day.ts';
import { moveBehindPauses, NO_PAUSES, pausedBetween, type Pauses } from './pauses.ts';
import {
  CALENDAR_DAYS,
  CALENDAR_END_MS,
  CALENDAR_START_MS,
  type WorkingCalendar,
} from './working-calendar.ts';

/*
 * Arithmetic on a calendar, in whole milliseconds. Times are milliseconds UTC; a time that the calendar does not
 * know (before 2010, after 2035, NaN) gives NaN. SQL says the same in working-time-sql.ts, bit for bit.
 */

/** Most working time that is added: more than a calendar holds. */
export const addedMsMax = CALENDAR_DAYS * DAY_MS;

/**
 * Working time between two times outside pauses, milliseconds; 0 when `to` is not after `from`.
 */
export function workingMs(
  calendar: WorkingCalendar,
  { from, to, pauses = NO_PAUSES }: { readonly from: number; readonly to: number; readonly pauses?: Pauses },
): number {
  if (!isKnown(from) || !isKnown(to)) return NaN;
  if (to <= from) return 0;
  const scale = (ms: number): number => elapsed(calendar, ms);
  return scale(to) - scale(from) - pausedBetween(pauses, { from, to }, scale);
}

/**
 * Working days after the day of `from`, up to the day of `to`, whose closing does not lie in a pause; 0 when `to` is
 * not after `from`.
 */
export function workingDays(
  calendar: WorkingCalendar,
  { from, to, pauses = NO_PAUSES }: { readonly from: number; readonly to: number; readonly pauses?: Pauses },
): number {
  if (!isKnown(from) || !isKnown(to)) return NaN;
  if (to <= from) return 0;
  const days = workingThrough(calendar, to) - workingThrough(calendar, from);
  const nextDay = Math.min(dayStart(dayIndex(from) + 1), to);
  return days - pausedBetween(pauses, { from: nextDay, to }, (ms) => closedDays(calendar, ms));
}

/**
 * The first moment at which `ms` of working time outside pauses have gone by. An open pause that begins before it
 * has no end, so there is none: NaN.
 */
export function addWorkingMs(
  calendar: WorkingCalendar,
  { from, ms, pauses = NO_PAUSES }: { readonly from: number; readonly ms: number; readonly pauses?: Pauses },
): number {
  if (!isKnown(from) || !(ms >= 0 && ms <= addedMsMax)) return NaN;
  const start = elapsed(calendar, from);
  const goal = moveBehindPauses(start + ms, pauses, from, (time) => elapsed(calendar, time));
  return goal === start ? from : momentOf(calendar, goal);
}

/**
 * When a term of working days ends: at the closing of the n-th working day after the day of `from`, not counting
 * days at whose closing the clock stands. NaN when it does not run again; `from` itself for no day.
 */
export function addWorkingDays(
  calendar: WorkingCalendar,
  {
    from,
    days,
    pauses = NO_PAUSES,
  }: { readonly from: number; readonly days: number; readonly pauses?: Pauses },
): number {
  if (!isKnown(from) || !(days >= 0 && days <= CALENDAR_DAYS)) return NaN;
  if (days === 0) return from;
  const first = workingThrough(calendar, from);
  const nextDay = dayStart(dayIndex(from) + 1);
  const goal = moveBehindPauses(first + days, pauses, nextDay, (ms) => closedDays(calendar, ms));
  const day = calendar.workingDay[goal - 1];
  return day === undefined ? NaN : dayStart(day) + (calendar.closing[day] ?? 0);
}

/** Whether a promise that still stands will be broken within so much working time: 1 or 0, NaN when not known. */
export function willBreachWithin(
  calendar: WorkingCalendar,
  { now, dueAt, ms }: { readonly now: number; readonly dueAt: number; readonly ms: number },
): number {
  if (!isKnown(now) || !isKnown(dueAt)) return NaN;
  return now < dueAt && workingMs(calendar, { from: now, to: dueAt }) <= ms ? 1 : 0;
}

/** Whether the office is open at a time: 1 or 0, NaN when not known. */
export function isOpenAt(calendar: WorkingCalendar, time: number): number {
  if (!isKnown(time) || time + 1 > CALENDAR_END_MS) return NaN;
  return elapsed(calendar, time + 1) > elapsed(calendar, time) ? 1 : 0;
}

function isKnown(ms: number): boolean {
  return ms >= CALENDAR_START_MS && ms < CALENDAR_END_MS;
}

function dayIndex(ms: number): number {
  return Math.floor((ms - CALENDAR_START_MS) / DAY_MS);
}

function dayStart(day: number): number {
  return CALENDAR_START_MS + day * DAY_MS;
}

/** Working time from the calendar's start to a time within it, its end included. */
function elapsed({ before, opens, closes }: WorkingCalendar, ms: number): number {
  const day = dayIndex(ms);
  let sum = before[day] ?? 0;
  if (day === CALENDAR_DAYS) return sum;
  const intoDay = ms - dayStart(day);
  for (let slot = day * officeHoursMax; slot < (day + 1) * officeHoursMax; slot += 1) {
    const worked = Math.min(intoDay, closes[slot] ?? 0) - (opens[slot] ?? 0);
    if (worked > 0) sum += worked;
  }
  return sum;
}

/** The first moment at which so much working time has gone by since the calendar's start; NaN beyond its end. */
function momentOf(calendar: WorkingCalendar, goal: number): number {
  const { openDay, throughOpenDay, before, opens, closes, quantum, quantumOpenDay } = calendar;
  let open = quantumOpenDay[Math.floor((goal - 1) / quantum)];
  if (open === undefined) return NaN;
  while ((throughOpenDay[open] ?? Infinity) < goal) open += 1;
  const day = openDay[open];
  if (day === undefined) return NaN;
  let rest = goal - (before[day] ?? 0);
  let slot = day * officeHoursMax;
  for (;;) {
    const length = (closes[slot] ?? 0) - (opens[slot] ?? 0);
    if (rest <= length) return dayStart(day) + (opens[slot] ?? 0) + rest;
    rest -= length;
    slot += 1;
  }
}

/** Working days up to the day of a time, that day included. */
function workingThrough(calendar: WorkingCalendar, ms: number): number {
  return calendar.workingThrough[dayIndex(ms)] ?? 0;
}

/** Working days that have closed at a time; one that closes just then has. */
function closedDays({ workingThrough: through, closing, workingDay }: WorkingCalendar, ms: number): number {
  const day = dayIndex(ms);
  if (day === CALENDAR_DAYS) return workingDay.length;
  const closes = closing[day] ?? -1;
  const isStillOpen = closes >= 0 && ms - dayStart(day) < closes;
  return (through[day] ?? 0) - (isStillOpen ? 1 : 0);
}
