import type { CalendarBook } from './calendar-book.ts';
import { readPauses } from './pauses.ts';
import { tetAligned, tetAlignedSql } from './tet-aligned.ts';
import type { WorkingCalendar } from './working-calendar.ts';
import * as js from './working-time.ts';
import * as sql from './working-time-sql.ts';

/** What an argument is: `agency` and `pauses` are texts, the columns of a case; a time is milliseconds UTC. */
export type WorkingArgumentKind = 'time' | 'number' | 'agency' | 'pauses';

/**
 * One function of working time for row expressions, in both languages. Absent is NaN in JavaScript, NULL in SQL.
 *
 * The SQL is one expression; it reads the view `calendars`, which must hold the registry that the book was opened
 * on. Results: `number` is Nullable(Float64), `time` Nullable(Int64).
 */
export interface WorkingTimeFunction {
  readonly name: string;
  readonly kinds: readonly WorkingArgumentKind[];
  readonly result: 'number' | 'time';
  /** Counts up when a change of the body can change a value; part of a definition's hash. */
  readonly revision: number;
  /** @param args numbers for `time` and `number`, texts for the others, in the order of `kinds` */
  compute(book: CalendarBook, args: readonly (number | string)[]): number;
  /** @param args SQL: Nullable(Int64) for `time`, Nullable(Float64) for `number`, String for the others */
  sql(book: CalendarBook, args: readonly string[]): string;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

const spanKinds = ['time', 'time', 'agency', 'pauses'] as const;
const addKinds = ['time', 'number', 'agency', 'pauses'] as const;

const all: readonly WorkingTimeFunction[] = [
  workingSpan('workingMinutes', MINUTE_MS),
  workingSpan('workingHours', HOUR_MS),
  {
    ...{ name: 'workingDays', kinds: spanKinds, result: 'number', revision: 1 },
    compute: (book, args) =>
      on(book, args[2], (calendar) => {
        const span = { from: numberOf(args[0]), to: numberOf(args[1]), pauses: readPauses(textOf(args[3])) };
        return js.workingDays(calendar, span);
      }),
    sql: (book, args) => `toFloat64(${sql.workingDaysSql({ book, ...spanArgs(args) })})`,
  },
  addWorking('addWorkingMinutes', MINUTE_MS),
  addWorking('addWorkingHours', HOUR_MS),
  {
    ...{ name: 'addWorkingDays', kinds: addKinds, result: 'time', revision: 1 },
    compute: (book, args) =>
      on(book, args[2], (calendar) => {
        const days = Math.floor(numberOf(args[1]));
        return js.addWorkingDays(calendar, {
          from: numberOf(args[0]),
          days,
          pauses: readPauses(textOf(args[3])),
        });
      }),
    sql: (book, args) => {
      const { from, to: days, ...context } = spanArgs(args);
      return sql.addWorkingDaysSql({ book, from, days: `floor(${days})`, ...context });
    },
  },
  {
    ...{
      name: 'willBreachWithin',
      kinds: ['time', 'time', 'number', 'agency'],
      result: 'number',
      revision: 1,
    },
    compute: (book, args) =>
      on(book, args[3], (calendar) => {
        const [now, dueAt, hours] = [numberOf(args[0]), numberOf(args[1]), numberOf(args[2])];
        return js.willBreachWithin(calendar, { now, dueAt, ms: Math.floor(hours * HOUR_MS) });
      }),
    sql: (book, args) => {
      const [now, dueAt, hours, agency] = [0, 1, 2, 3].map((index) => textOf(args[index]));
      const ms = `floor(${hours ?? ''} * ${HOUR_MS})`;
      return `toFloat64(${sql.willBreachSql({ book, now: now ?? '', dueAt: dueAt ?? '', ms, agency: agency ?? '' })})`;
    },
  },
  {
    ...{ name: 'isOpen', kinds: ['time', 'agency'], result: 'number', revision: 1 },
    compute: (book, args) => on(book, args[1], (calendar) => js.isOpenAt(calendar, numberOf(args[0]))),
    sql: (book, args) =>
      `toFloat64(${sql.isOpenSql({ book, time: textOf(args[0]), agency: textOf(args[1]) })})`,
  },
  {
    ...{ name: 'tetAligned', kinds: ['time', 'number'], result: 'time', revision: 1 },
    compute: (_book, args) => tetAligned(numberOf(args[0]), numberOf(args[1])),
    sql: (_book, args) => tetAlignedSql(textOf(args[0]), textOf(args[1])),
  },
];

/** The functions of working time, by the name that a definition writes. */
export const WORKING_TIME_FUNCTIONS: ReadonlyMap<string, WorkingTimeFunction> = new Map(
  all.map((entry) => [entry.name, entry]),
);

function workingSpan(name: string, unitMs: number): WorkingTimeFunction {
  return {
    ...{ name, kinds: spanKinds, result: 'number', revision: 1 },
    compute: (book, args) =>
      on(book, args[2], (calendar) => {
        const span = { from: numberOf(args[0]), to: numberOf(args[1]), pauses: readPauses(textOf(args[3])) };
        return js.workingMs(calendar, span) / unitMs;
      }),
    sql: (book, args) => `${sql.workingMsSql({ book, ...spanArgs(args) })} / ${unitMs}`,
  };
}

function addWorking(name: string, unitMs: number): WorkingTimeFunction {
  return {
    ...{ name, kinds: addKinds, result: 'time', revision: 1 },
    compute: (book, args) =>
      on(book, args[2], (calendar) => {
        const ms = Math.floor(numberOf(args[1]) * unitMs);
        return js.addWorkingMs(calendar, {
          from: numberOf(args[0]),
          ms,
          pauses: readPauses(textOf(args[3])),
        });
      }),
    sql: (book, args) => {
      const { from, to: amount, ...context } = spanArgs(args);
      return sql.addWorkingMsSql({ book, from, ms: `floor(${amount} * ${unitMs})`, ...context });
    },
  };
}

function on(
  book: CalendarBook,
  agency: number | string | undefined,
  compute: (calendar: WorkingCalendar) => number,
): number {
  const calendar = book.calendarOf(textOf(agency));
  return calendar === undefined ? NaN : compute(calendar);
}

function spanArgs(args: readonly string[]): { from: string; to: string; agency: string; pauses: string } {
  const [from, to, agency, pauses] = [0, 1, 2, 3].map((index) => textOf(args[index]));
  return { from: from ?? '', to: to ?? '', agency: agency ?? '', pauses: pauses ?? '' };
}

function numberOf(arg: number | string | undefined): number {
  if (typeof arg !== 'number') throw new TypeError('an argument is not a number');
  return arg;
}

function textOf(arg: number | string | undefined): string {
  if (typeof arg !== 'string') throw new TypeError('an argument is not a text');
  return arg;
}
