import { CALENDAR_DEFAULT, HOLIDAY_SET_DEFAULT } from '../../model/registry.ts';
import type { Agency, Calendar, Holiday, NamedPeriod, OfficeHours } from '../../model/registry.ts';
import { dayOfText, textOfDay } from '../working-time/civil-day.ts';
import type { AgencyEntry, CalendarEntry, HolidayEntry, PeriodEntry } from './calendar-schema.ts';

const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

/** A calendar as its file writes it, with the defaults put in. */
export function toCalendar(entry: CalendarEntry): Calendar {
  const week = weekdays.map((name) => officeHours(entry.hours[name] ?? []));
  const open = weekdays.filter((name) => (entry.hours[name] ?? []).length > 0);
  return {
    id: entry.id,
    name: entry.name,
    week,
    workingDays: (entry.workingDays ?? open).map((name) => weekdays.indexOf(name)),
    holidays: entry.holidays ?? [HOLIDAY_SET_DEFAULT],
    exceptions: (entry.exceptions ?? []).map(({ from, through, hours, reason }) => ({
      ...{ from, through: through ?? from, hours: officeHours(hours), reason },
    })),
  };
}

/** An occasion as its file writes it, with the defaults put in. */
export function toHoliday(entry: HolidayEntry): Holiday {
  return {
    id: entry.id,
    set: entry.set ?? HOLIDAY_SET_DEFAULT,
    name: entry.name,
    days: entry.days ?? [],
    swaps: entry.swaps ?? [],
    proposed: entry.proposed ?? false,
  };
}

/** An agency as its file writes it, with the defaults put in. */
export function toAgency(entry: AgencyEntry): Agency {
  return {
    id: entry.id,
    name: entry.name,
    aliases: entry.aliases ?? [],
    calendar: entry.calendar ?? CALENDAR_DEFAULT,
    area: entry.area,
    parent: entry.parent ?? '',
    validFrom: entry.validFrom,
    validTo: entry.validTo ?? '',
  };
}

/** A named period as its file writes it; with both shapes or none the month wins and the check refuses it. */
export function toPeriod(entry: PeriodEntry): NamedPeriod {
  const shape: NamedPeriod['shape'] =
    entry.spans === undefined
      ? { kind: 'month', fromDay: entry.fromDayOfMonth ?? 0 }
      : {
          kind: 'list',
          spans: entry.spans.map(({ id, name, from, through }) => ({
            ...{ id, name, from, to: followingDay(through) },
          })),
        };
  return { id: entry.id, name: entry.name, shape };
}

/** The day after; the text itself where it is no date, for the check to find. */
function followingDay(text: string): string {
  const day = dayOfText(text);
  return Number.isNaN(day) ? text : textOfDay(day + 1);
}

function officeHours(spans: readonly string[]): OfficeHours[] {
  return spans.map((span) => {
    const [openMs, closeMs] = span.split('-').map(millisecondsOf);
    return { openMs: openMs ?? 0, closeMs: closeMs ?? 0 };
  });
}

function millisecondsOf(clock: string): number {
  const [hour, minute] = clock.split(':').map(Number);
  return ((hour ?? 0) * 60 + (minute ?? 0)) * 60_000;
}
