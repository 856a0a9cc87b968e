import Type, { type Static } from 'typebox';

import { officeHoursMax } from '../../model/registry.ts';
import { closed, date, list, slug, text, title } from './schema-parts.ts';

const spanText = Type.String({
  pattern: '^([01]\\d|2[0-3]):[0-5]\\d-([01]\\d:[0-5]\\d|2[0-3]:[0-5]\\d|24:00)$',
});
const hours = Type.Array(spanText, { maxItems: officeHoursMax });
const weekdayName = Type.Enum(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']);

const calendarEntry = Type.Object(
  {
    id: slug,
    name: title,
    hours: Type.Object(
      {
        ...{ mon: Type.Optional(hours), tue: Type.Optional(hours), wed: Type.Optional(hours) },
        ...{ thu: Type.Optional(hours), fri: Type.Optional(hours), sat: Type.Optional(hours) },
        sun: Type.Optional(hours),
      },
      closed,
    ),
    workingDays: Type.Optional(Type.Array(weekdayName, { maxItems: 7 })),
    holidays: Type.Optional(Type.Array(slug, { maxItems: 20 })),
    exceptions: Type.Optional(
      Type.Array(Type.Object({ from: date, through: Type.Optional(date), hours, reason: text }, closed), {
        maxItems: 1_000,
      }),
    ),
  },
  closed,
);

const holidayEntry = Type.Object(
  {
    id: slug,
    set: Type.Optional(slug),
    name: title,
    days: Type.Optional(Type.Array(date, { maxItems: 31 })),
    swaps: Type.Optional(Type.Array(Type.Object({ off: date, work: date }, closed), { maxItems: 10 })),
    proposed: Type.Optional(Type.Boolean()),
  },
  closed,
);

const agencyEntry = Type.Object(
  {
    id: slug,
    name: title,
    aliases: Type.Optional(Type.Array(text, { maxItems: 100 })),
    calendar: Type.Optional(slug),
    area: slug,
    parent: Type.Optional(slug),
    validFrom: date,
    validTo: Type.Optional(date),
  },
  closed,
);

const periodSpan = Type.Object({ id: slug, name: title, from: date, through: date }, closed);

const periodEntry = Type.Object(
  {
    id: slug,
    name: title,
    fromDayOfMonth: Type.Optional(Type.Integer({ minimum: 1, maximum: 28 })),
    spans: Type.Optional(Type.Array(periodSpan, { minItems: 1, maxItems: 1_000 })),
  },
  closed,
);

/** `calendars.yaml` */
export const calendarsFile = Type.Object({ calendars: Type.Array(calendarEntry, { maxItems: 200 }) }, closed);
/** `holidays.yaml` */
export const holidaysFile = Type.Object({ holidays: Type.Array(holidayEntry, list) }, closed);
/** `agencies.yaml` */
export const agenciesFile = Type.Object({ agencies: Type.Array(agencyEntry, list) }, closed);
/** `periods.yaml` */
export const periodsFile = Type.Object({ periods: Type.Array(periodEntry, list) }, closed);

/** One entry of each registry as its file writes it. */
export type CalendarEntry = Static<typeof calendarEntry>;
export type HolidayEntry = Static<typeof holidayEntry>;
export type AgencyEntry = Static<typeof agencyEntry>;
export type PeriodEntry = Static<typeof periodEntry>;
