import type { Subsystem } from './subsystem.ts';

/** A text in both languages of the screens; Vietnamese first. */
export interface Title {
  readonly vi: string;
  readonly en: string;
}

/** A measured quantity: its own unit, the units it may be sent in, and its plausible range. */
export interface Property {
  readonly id: string;
  readonly title: Title;
  /** UCUM code of the unit that is stored, `ug/m3`. */
  readonly unit: string;
  /** Units that are accepted, each with the factor to the stored unit; always contains `unit` with 1. */
  readonly units: Readonly<Record<string, number>>;
  /** Other names that feeds use for this property. */
  readonly aliases: readonly string[];
  /** A value outside [min, max], in the stored unit, is quarantined as OUT_OF_RANGE. */
  readonly min: number;
  readonly max: number;
}

/** A standard station may carry a VN_AQI on walls; an indicative one shows concentrations only. */
export type EntityClass = (typeof ENTITY_CLASSES)[number];

/** Every class of entities. */
export const ENTITY_CLASSES = ['standard', 'indicative'] as const;

/** A station, a portal, a hospital: whatever events are about. */
export interface Entity {
  readonly id: string;
  readonly name: Title;
  readonly subsystem: Subsystem;
  readonly area: string;
  readonly class: EntityClass;
  /** Expected seconds between two readings of one property, or null where none is known. */
  readonly cadenceSeconds: number | null;
  readonly latitude: number | null;
  readonly longitude: number | null;
  /** Place on the schematic map, kilometres east and south of its north-west corner; null: not drawn. */
  readonly map: { readonly x: number; readonly y: number } | null;
}

/** A node of the hierarchy of areas, valid from a date to a date. */
export interface Area {
  readonly id: string;
  readonly name: Title;
  readonly level: 'province' | 'district' | 'commune';
  readonly parent: string;
  readonly validFrom: string;
  /** First day on which it no longer exists, or ''. */
  readonly validTo: string;
  readonly km2: number | null;
  /** Population by year, from the statistical yearbook named in the file. */
  readonly population: Readonly<Record<string, number>>;
  /** Schematic outline, kilometres from the map's north-west corner; empty: not drawn. */
  readonly outline: readonly (readonly [number, number])[];
}

/** Configuration of a feed. A feed that is not listed has the defaults and is marked undeclared. */
export interface FeedConfig {
  readonly id: string;
  readonly title: Title;
  /** Used when a row does not say. */
  readonly subsystem: Subsystem | null;
  readonly kind: string | null;
  readonly area: string;
  /** An event further ahead of its receipt is quarantined as FUTURE, seconds. */
  readonly skewSeconds: number;
  /** Whether an hour is named by its start (default) or its end in this feed. */
  readonly hourLabel: 'start' | 'end';
  /** What a number in `eventTime` counts since 1970; without it a number is refused. */
  readonly timeUnit?: 's' | 'ms' | 'us' | 'ns';
  readonly declared: boolean;
}

/** The calendar of an agency that names none, and of a case whose agency is not known. */
export const CALENDAR_DEFAULT = 'office-hours';

/** The set of holidays of an occasion that names none, kept by every calendar that names none. */
export const HOLIDAY_SET_DEFAULT = 'national';

/** Most spans of office hours in one day. */
export const officeHoursMax = 3;

/** A span of a local day in office, milliseconds since its midnight, `[openMs, closeMs)`. */
export interface OfficeHours {
  readonly openMs: number;
  readonly closeMs: number;
}

/** Days whose office hours are not those of their weekday, whatever holidays and swaps say. */
export interface CalendarException {
  readonly from: string;
  /** Last day, inclusive. */
  readonly through: string;
  /** Empty: closed. */
  readonly hours: readonly OfficeHours[];
  readonly reason: string;
}

/** When an office works. */
export interface Calendar {
  readonly id: string;
  readonly name: Title;
  /** Seven entries, Monday first; ascending spans that do not touch; empty: closed. */
  readonly week: readonly (readonly OfficeHours[])[];
  /** Weekdays that count as days of a term, Monday is 0: an office may be open on a day that does not count. */
  readonly workingDays: readonly number[];
  /** Sets of holidays that it keeps. */
  readonly holidays: readonly string[];
  readonly exceptions: readonly CalendarException[];
}

/** Days off for one occasion, with the days that are worked instead. */
export interface Holiday {
  readonly id: string;
  /** `national`, or whatever calendars name. */
  readonly set: string;
  readonly name: Title;
  /** Days off, days in lieu of weekends included, `YYYY-MM-DD`. */
  readonly days: readonly string[];
  /** A working day that is off, and the day of rest that is worked instead with its hours. */
  readonly swaps: readonly { readonly off: string; readonly work: string }[];
  /** Whether nobody has decided it yet: the rule or the lunar calendar says so. It counts all the same. */
  readonly proposed: boolean;
}

/** An office that handles cases. */
export interface Agency {
  readonly id: string;
  readonly name: Title;
  /** Other texts by which feeds name it. */
  readonly aliases: readonly string[];
  readonly calendar: string;
  readonly area: string;
  readonly parent: string;
  readonly validFrom: string;
  /** First day on which it no longer exists, or ''. */
  readonly validTo: string;
}

/** One occurrence of a named period. */
export interface PeriodSpan {
  readonly id: string;
  readonly name: Title;
  /** First local day. */
  readonly from: string;
  /** First local day after it. */
  readonly to: string;
}

/** Windows with a name: `report-month`, `school-term`, `holiday-season`. */
export interface NamedPeriod {
  readonly id: string;
  readonly name: Title;
  /** `month`: from a day of each month to the day before it in the next; `list`: spans, ascending, apart. */
  readonly shape:
    | { readonly kind: 'month'; readonly fromDay: number }
    | { readonly kind: 'list'; readonly spans: readonly PeriodSpan[] };
}

/** All registries of one process, by id. */
export interface Registry {
  readonly properties: ReadonlyMap<string, Property>;
  readonly entities: ReadonlyMap<string, Entity>;
  readonly areas: ReadonlyMap<string, Area>;
  readonly feeds: ReadonlyMap<string, FeedConfig>;
  readonly calendars: ReadonlyMap<string, Calendar>;
  readonly holidays: ReadonlyMap<string, Holiday>;
  readonly agencies: ReadonlyMap<string, Agency>;
  readonly periods: ReadonlyMap<string, NamedPeriod>;
  /** sha256 of everything that can change a value, hex. */
  readonly hash: string;
}
