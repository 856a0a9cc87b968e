import { CALENDAR_DEFAULT, type Registry } from '../../model/registry.ts';
import { layOutCalendar, type WorkingCalendar } from './working-calendar.ts';

/** The calendars of a registry, laid out, and which agency goes by which. */
export interface CalendarBook {
  /** By id, ascending: the order of their records in SQL. */
  readonly calendars: readonly WorkingCalendar[];
  /** Index into `calendars` by an agency's id or other name. */
  readonly byAgency: ReadonlyMap<string, number>;
  /** Index of the calendar for texts that name no agency; -1: there is none. */
  readonly otherwise: number;
  /** The calendar of an agency; undefined when the registry has not even `office-hours`. */
  calendarOf(agency: string): WorkingCalendar | undefined;
}

/** What of a registry a book is made of. */
export type CalendarRegistry = Pick<Registry, 'calendars' | 'holidays' | 'agencies'>;

/** Lays out every calendar of a registry: about 2 ms each. */
export function openCalendarBook(registry: CalendarRegistry): CalendarBook {
  const ids = [...registry.calendars.keys()].sort();
  const calendars = ids.flatMap((id) => {
    const calendar = registry.calendars.get(id);
    return calendar === undefined ? [] : [layOutCalendar(calendar, registry.holidays.values())];
  });
  const byAgency = new Map<string, number>();
  for (const agency of registry.agencies.values()) {
    for (const name of [agency.id, ...agency.aliases]) byAgency.set(name, ids.indexOf(agency.calendar));
  }
  const otherwise = ids.indexOf(CALENDAR_DEFAULT);
  return {
    ...{ calendars, byAgency, otherwise },
    calendarOf: (agency) => calendars[byAgency.get(agency) ?? otherwise],
  };
}
