import type { Calendar, Holiday, NamedPeriod, OfficeHours, Registry } from '../../model/registry.ts';
import { weekdayOf, dayOfText } from '../working-time/civil-day.ts';
import { isDate } from './check-date.ts';
import type { EntryPlace } from './entry-place.ts';
import type { Mistakes, Place } from './mistakes.ts';

/** Shortest day on which an office is open: the packed calendar finds a moment by steps of open days. */
export const openDayMsMin = 3_600_000;

const dateHint = 'YYYY-MM-DD of a day that exists';

/** Checks calendars, holidays, agencies and named periods beyond their schemas. */
export function checkCalendars(
  registry: Omit<Registry, 'hash'>,
  placeOf: EntryPlace,
  mistakes: Mistakes,
): void {
  const sets = new Set([...registry.holidays.values()].map(({ set }) => set));
  for (const calendar of registry.calendars.values()) checkCalendar(calendar, sets, placeOf, mistakes);
  checkHolidays(registry.holidays, placeOf, mistakes);
  checkAgencies(registry, placeOf, mistakes);
  for (const period of registry.periods.values()) checkPeriod(period, placeOf, mistakes);
}

function checkCalendar(
  calendar: Calendar,
  sets: ReadonlySet<string>,
  placeOf: EntryPlace,
  mistakes: Mistakes,
): void {
  const at = (...path: (string | number)[]): Place => placeOf('calendars', calendar.id, path);
  const names = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
  calendar.week.forEach((hours, weekday) => {
    checkHours(hours, at('hours', names[weekday] ?? ''), mistakes);
  });
  for (const weekday of calendar.workingDays) {
    if ((calendar.week[weekday] ?? []).length > 0) continue;
    const reason = `${names[weekday]} counts as a working day and has no office hours`;
    mistakes.add(at('workingDays'), reason, 'a term ends when the office closes: give it hours');
  }
  calendar.holidays.forEach((set, index) => {
    if (sets.has(set)) return;
    mistakes.add(
      at('holidays', index),
      `no holiday belongs to the set "${set}"`,
      'see `set` in holidays.yaml',
    );
  });
  calendar.exceptions.forEach(({ from, through, hours }, index) => {
    checkHours(hours, at('exceptions', index, 'hours'), mistakes);
    for (const [field, value] of [
      ['from', from],
      ['through', through],
    ] as const) {
      if (!isDate(value)) mistakes.add(at('exceptions', index, field), `"${value}" is not a date`, dateHint);
    }
    if (through < from) {
      mistakes.add(at('exceptions', index, 'through'), 'through is before from', 'it is the last day');
    }
  });
}

function checkHours(hours: readonly OfficeHours[], place: Place, mistakes: Mistakes): void {
  let sum = 0;
  let closed = -1;
  for (const { openMs, closeMs } of hours) {
    if (closeMs <= openMs) {
      mistakes.add(place, 'a span ends before it starts', 'as in 07:30-11:30; midnight is 24:00');
      return;
    }
    if (openMs <= closed) {
      mistakes.add(place, 'spans overlap, touch or are out of order', 'join them, the earlier first');
      return;
    }
    closed = closeMs;
    sum += closeMs - openMs;
  }
  if (hours.length > 0 && sum < openDayMsMin) {
    mistakes.add(place, 'the office is open for less than an hour', 'leave the day out, or open longer');
  }
}

function checkHolidays(
  holidays: ReadonlyMap<string, Holiday>,
  placeOf: EntryPlace,
  mistakes: Mistakes,
): void {
  const offDays = new Map<string, string>();
  for (const { id, set, days } of holidays.values()) for (const day of days) offDays.set(`${set} ${day}`, id);
  const swapped = new Set<string>();
  for (const holiday of holidays.values()) {
    const at = (...path: (string | number)[]): Place => placeOf('holidays', holiday.id, path);
    const checkDay = (day: string, ...path: (string | number)[]): void => {
      if (!isDate(day)) mistakes.add(at(...path), `"${day}" is not a date`, dateHint);
    };
    holiday.days.forEach((day, index) => checkDay(day, 'days', index));
    holiday.swaps.forEach(({ off, work }, index) => {
      checkDay(off, 'swaps', index, 'off');
      checkDay(work, 'swaps', index, 'work');
      for (const day of [off, work]) {
        const key = `${holiday.set} ${day}`;
        if (offDays.has(key) || swapped.has(key)) {
          const reason = `${day} is a day off or swapped already`;
          mistakes.add(at('swaps', index), reason, 'a day is given away or worked instead once');
        }
        swapped.add(key);
      }
      if (weekdayOf(dayOfText(off)) > 4) {
        mistakes.add(at('swaps', index, 'off'), `${off} is a weekend`, 'off is the working day given away');
      }
    });
    if (holiday.days.length + holiday.swaps.length === 0) {
      mistakes.add(at('id'), `"${holiday.id}" has no days`, 'give days, or swaps');
    }
  }
}

function checkAgencies(registry: Omit<Registry, 'hash'>, placeOf: EntryPlace, mistakes: Mistakes): void {
  const owners = new Map<string, string>();
  for (const agency of registry.agencies.values()) {
    const at = (field: string): Place => placeOf('agencies', agency.id, [field]);
    if (!registry.areas.has(agency.area)) {
      mistakes.add(at('area'), `"${agency.area}" is not an area`, 'add it to areas.yaml, or correct it');
    }
    if (!registry.calendars.has(agency.calendar)) {
      mistakes.add(at('calendar'), `"${agency.calendar}" is not a calendar`, 'see calendars.yaml');
    }
    if (agency.parent !== '' && (!registry.agencies.has(agency.parent) || agency.parent === agency.id)) {
      mistakes.add(at('parent'), `"${agency.parent}" is not another agency`, 'see agencies.yaml');
    }
    for (const field of ['validFrom', 'validTo'] as const) {
      if (agency[field] === '' || isDate(agency[field])) continue;
      mistakes.add(at(field), `"${agency[field]}" is not a date`, dateHint);
    }
    if (agency.validTo !== '' && agency.validTo <= agency.validFrom) {
      mistakes.add(
        at('validTo'),
        'validTo is not after validFrom',
        'it is the first day on which it is gone',
      );
    }
    for (const name of [agency.id, ...agency.aliases]) {
      const owner = owners.get(name);
      if (owner !== undefined && owner !== agency.id) {
        mistakes.add(at('aliases'), `"${name}" already names "${owner}"`, 'a name belongs to one agency');
      }
      owners.set(name, agency.id);
    }
  }
}

function checkPeriod(period: NamedPeriod, placeOf: EntryPlace, mistakes: Mistakes): void {
  const at = (...path: (string | number)[]): Place => placeOf('periods', period.id, path);
  if (period.shape.kind === 'month') {
    if (period.shape.fromDay > 0) return;
    mistakes.add(at('id'), `"${period.id}" has no days`, 'give fromDayOfMonth, or spans');
    return;
  }
  let end = '';
  const ids = new Set<string>();
  period.shape.spans.forEach(({ id, from, to }, index) => {
    if (!isDate(from)) mistakes.add(at('spans', index, 'from'), `"${from}" is not a date`, dateHint);
    if (!isDate(to)) mistakes.add(at('spans', index, 'through'), `"${to}" is not a date`, dateHint);
    if (to <= from)
      mistakes.add(at('spans', index, 'through'), 'through is before from', 'it is the last day');
    if (from < end)
      mistakes.add(at('spans', index, 'from'), 'overlaps the span before', 'put them in order, apart');
    if (ids.has(id)) mistakes.add(at('spans', index, 'id'), `"${id}" is there already`, 'an id stands once');
    ids.add(id);
    end = to;
  });
}
