import { sqlText } from '../sql/literal.ts';
import type { CalendarBook } from './calendar-book.ts';
import { CALENDAR_RECORDS, RECORD_BYTES, RECORD_FIELDS } from './calendar-records.ts';
import { DAY_MS } from './civil-day.ts';
import { CALENDAR_DAYS, CALENDAR_END_MS, CALENDAR_START_MS } from './working-calendar.ts';
import { addedMsMax } from './working-time.ts';

/*
 * The arithmetic of working-time.ts as SQL expressions, on the records of the view `calendars`. Arguments are SQL;
 * times `Nullable(Int64)` milliseconds UTC, amounts `Nullable(Float64)`, agency and pauses `String`. Results are
 * NULL where JavaScript has NaN.
 *
 * `arrayMap(x -> …, [value])[1]` gives a value a name: an expression has no other way to say a thing once.
 */

/** Bare numbers are unsigned: least and greatest refuse to mix them with signed ones. */
const start = `toInt64(${CALENDAR_START_MS})`;
const end = `toInt64(${CALENDAR_END_MS})`;

/**
 * All records of all calendars in one constant text. It comes as an element of an array: a scalar that is a text is
 * written into the names of all that depends on it, millions of characters each; an array is named by its hash.
 */
const records =
  '(SELECT [arrayStringConcat(groupArray(base64Decode(records)))] FROM (SELECT records FROM calendars ORDER BY id))[1]';

/** Which calendar, and which pauses; both SQL. */
export interface WorkingContext {
  readonly book: CalendarBook;
  readonly agency: string;
  readonly pauses: string;
}

/** SQL of `workingMs`: Nullable(Int64). */
export function workingMsSql({
  from,
  to,
  ...context
}: WorkingContext & { from: string; to: string }): string {
  const paused = pausedSql('wt_f', 'wt_t', (time) => elapsedSql(time));
  const span = `${elapsedSql('wt_t')} - ${elapsedSql('wt_f')} - ${paused}`;
  return within(context, { wt_f: from, wt_t: to }, `if(wt_t <= wt_f, toInt64(0), ${span})`);
}

/** SQL of `workingDays`: Nullable(Int64). */
export function workingDaysSql({
  from,
  to,
  ...context
}: WorkingContext & { from: string; to: string }): string {
  const nextDay = `least(${nextDaySql('wt_f')}, wt_t)`;
  const days = `toInt64(${throughSql('wt_t')}) - toInt64(${throughSql('wt_f')})`;
  const paused = pausedSql(nextDay, 'wt_t', closedDaysSql);
  return within(context, { wt_f: from, wt_t: to }, `if(wt_t <= wt_f, toInt64(0), ${days} - ${paused})`);
}

/** SQL of `addWorkingMs`: Nullable(Int64). @param ms SQL, a whole number */
export function addWorkingMsSql({
  from,
  ms,
  ...context
}: WorkingContext & { from: string; ms: string }): string {
  const goal = movedSql('wt_s + wt_n', 'wt_f', (time) => elapsedSql(time));
  const moment = `if(wt_g = wt_s, wt_f, ${momentSql('wt_g', context.book)})`;
  const steps = bind({ wt_s: elapsedSql('wt_f') }, bind({ wt_g: goal }, moment));
  return within(context, { wt_f: from }, added(ms, addedMsMax, steps));
}

/** SQL of `addWorkingDays`: Nullable(Int64). @param days SQL, a whole number */
export function addWorkingDaysSql({
  from,
  days,
  ...context
}: WorkingContext & { from: string; days: string }): string {
  const goal = movedSql(`toInt64(${throughSql('wt_f')}) + wt_n`, nextDaySql('wt_f'), closedDaysSql);
  const day = field(record(`least(wt_g - 1, toInt64(${CALENDAR_DAYS}))`), RECORD_FIELDS.workingDay);
  const closing = field(record('wt_d'), RECORD_FIELDS.closing);
  const due = `if(wt_d < 0, NULL, ${dayStartSql('wt_d')} + ${closing})`;
  const steps = `if(wt_n = 0, wt_f, ${bind({ wt_g: goal }, bind({ wt_d: `toInt64(${day})` }, due))})`;
  return within(context, { wt_f: from }, added(days, CALENDAR_DAYS, steps));
}

/** SQL of `willBreachWithin`: Nullable(UInt8). @param ms SQL, a whole number */
export function willBreachSql({
  now,
  dueAt,
  ms,
  ...context
}: Omit<WorkingContext, 'pauses'> & { now: string; dueAt: string; ms: string }): string {
  const left = `${elapsedSql('wt_t')} - ${elapsedSql('wt_f')}`;
  const test = `wt_f < wt_t AND ${left} <= ifNull(${ms}, -1)`;
  return within({ ...context, pauses: "''" }, { wt_f: now, wt_t: dueAt }, `toUInt8(${test})`);
}

/** SQL of `isOpenAt`: Nullable(UInt8). */
export function isOpenSql({ time, ...context }: Omit<WorkingContext, 'pauses'> & { time: string }): string {
  const test = `toUInt8(${elapsedSql('wt_f + 1')} > ${elapsedSql('wt_f')})`;
  return within({ ...context, pauses: "''" }, { wt_f: time }, test);
}

/** NULL unless there is a calendar and every time is one that it knows; binds times, `wt_c` and `wt_p`. */
function within(
  { book, agency, pauses }: WorkingContext,
  times: Readonly<Record<string, string>>,
  body: string,
): string {
  const isKnown = Object.values(times).map((time) => {
    return `ifNull(${time} >= ${CALENDAR_START_MS} AND ${time} < ${CALENDAR_END_MS}, 0)`;
  });
  // Lambdas run for every row, so what they get must be harmless even where the test fails.
  const clamped = Object.entries(times).map(([name, time]) => [
    name,
    clampedSql(`toInt64(ifNull(${time}, 0))`),
  ]);
  const values = { ...(Object.fromEntries(clamped) as Record<string, string>), wt_p: pairsSql(pauses) };
  const known = bind(
    { wt_c: calendarSql(book, agency) },
    `if(wt_c < 0 OR NOT (${isKnown.join(' AND ')}), NULL, ${bind(
      { ...values, wt_c: 'greatest(wt_c, toInt64(0))' },
      body,
    )})`,
  );
  return known;
}

/** Binds the amount that is added; NULL where it is none. */
function added(amount: string, max: number, body: string): string {
  const value = `toInt64(least(greatest(toFloat64(ifNull(${amount}, 0)), toFloat64(0)), toFloat64(${max})))`;
  return `if(ifNull(${amount} >= 0 AND ${amount} <= ${max}, 0), ${bind({ wt_n: value }, body)}, NULL)`;
}

function bind(values: Readonly<Record<string, string>>, body: string): string {
  const names = Object.keys(values);
  return `arrayMap((${names.join(', ')}) -> ${body}, ${names.map((name) => `[${values[name] ?? ''}]`).join(', ')})[1]`;
}

function calendarSql({ byAgency, otherwise }: CalendarBook, agency: string): string {
  if (byAgency.size === 0) return `toInt64(${otherwise})`;
  const names = [...byAgency.keys()].map(sqlText).join(', ');
  return `toInt64(transform(${agency}, [${names}], [${[...byAgency.values()].join(', ')}], ${otherwise}))`;
}

/** Array(Tuple(Int64, Int64)): pauses as `readPauses` reads them. */
function pairsSql(pauses: string): string {
  const ms = (text: string): string =>
    clampedSql(`toUnixTimestamp64Milli(parseDateTime64BestEffortOrZero(${text}, 3, 'UTC'))`);
  const pair = `(${ms('wt_x.1')}, if(wt_x.2 = '', ${end}, ${ms('wt_x.2')}))`;
  return `arraySort(arrayMap(wt_x -> ${pair}, JSONExtract(${pauses}, 'Array(Tuple(from String, to String))')))`;
}

function clampedSql(time: string): string {
  return `least(greatest(${time}, ${start}), ${end})`;
}

/** `moveBehindPauses` over `wt_p`. */
function movedSql(goal: string, from: string, scale: (time: string) => string): string {
  const at = (time: string): string => scale(`greatest(${time}, ${from})`);
  return foldSql(goal, `(${at('wt_x.1')}, ${at('wt_x.2')})`, 'greatest(wt_x.1, wt_a.2) < wt_a.1');
}

/** `pausedBetween` over `wt_p`. */
function pausedSql(from: string, to: string, scale: (time: string) => string): string {
  const at = (time: string): string => scale(`least(greatest(${time}, ${from}), ${to})`);
  return foldSql('0', `(${at('wt_x.1')}, ${at('wt_x.2')})`, '1');
}

function foldSql(goal: string, pair: string, test: string): string {
  const open = 'greatest(wt_x.1, wt_a.2)';
  const moved = `wt_a.1 + if(${test} AND wt_x.2 > ${open}, wt_x.2 - ${open}, toInt64(0))`;
  const pairs = `arrayMap(wt_x -> ${pair}, wt_p)`;
  const first = `(toInt64(${goal}), toInt64(0))`;
  return `arrayFold((wt_a, wt_x) -> (${moved}, greatest(wt_a.2, wt_x.2)), ${pairs}, ${first}).1`;
}

/** Record `index` of calendar `wt_c`. */
function record(index: string): string {
  const at = `(wt_c * ${CALENDAR_RECORDS} + ${index}) * ${RECORD_BYTES} + 1`;
  return `substring(${records}, ${at}, ${RECORD_BYTES})`;
}

function field(bytes: string, offset: number): string {
  return `reinterpretAsInt32(substring(${bytes}, ${offset + 1}, 4))`;
}

function longField(bytes: string, offset: number): string {
  return `reinterpretAsInt64(substring(${bytes}, ${offset + 1}, 8))`;
}

function dayIndexSql(time: string): string {
  return `intDiv(${time} - ${start}, ${DAY_MS})`;
}

function dayStartSql(day: string): string {
  return `${start} + ${day} * ${DAY_MS}`;
}

function nextDaySql(time: string): string {
  return `${start} + (${dayIndexSql(time)} + 1) * ${DAY_MS}`;
}

function intoDaySql(time: string): string {
  return `(${time} - ${start}) % ${DAY_MS}`;
}

function elapsedSql(time: string): string {
  const { before, opens, closes } = RECORD_FIELDS;
  const worked = opens.map((open, span) => {
    return `greatest(toInt64(0), least(wt_m, ${field('wt_r', closes[span] ?? 0)}) - ${field('wt_r', open)})`;
  });
  const sum = [longField('wt_r', before), ...worked].join(' + ');
  return bind({ wt_r: record(dayIndexSql(time)), wt_m: intoDaySql(time) }, sum);
}

function throughSql(time: string): string {
  return field(record(dayIndexSql(time)), RECORD_FIELDS.workingThrough);
}

function closedDaysSql(time: string): string {
  const closing = field('wt_r', RECORD_FIELDS.closing);
  const through = field('wt_r', RECORD_FIELDS.workingThrough);
  return bind(
    { wt_r: record(dayIndexSql(time)), wt_m: intoDaySql(time) },
    `toInt64(${through}) - (${closing} >= 0 AND wt_m < ${closing})`,
  );
}

/** `momentOf`: as many comparisons as a search can need steps in any of the calendars. */
function momentSql(goal: string, book: CalendarBook): string {
  const { throughOpenDay, openDay, quantumOpenDay, quantum, before, opens, closes } = RECORD_FIELDS;
  const steps = Math.max(0, ...book.calendars.map(({ quantumSteps }) => quantumSteps));
  const passed = Array.from({ length: steps }, (_, step) => {
    return `(${goal} > ${longField(record(`least(wt_j + ${step}, toInt64(${CALENDAR_DAYS}))`), throughOpenDay)})`;
  });
  const first = field(record(`intDiv(${goal} - 1, ${field(record('0'), quantum)})`), quantumOpenDay);
  const day = `toInt64(${field(record(['wt_j', ...passed].join(' + ')), openDay)})`;
  const [open1, open2, open3] = opens.map((open) => field('wt_r', open));
  const [length1, length2] = opens.map((open, span) => {
    return `(${field('wt_r', closes[span] ?? 0)} - ${field('wt_r', open)})`;
  });
  const intoDay =
    `multiIf(wt_u <= ${length1}, ${open1} + wt_u, wt_u <= ${length1} + ${length2}, ${open2} + wt_u - ${length1}, ` +
    `${open3} + wt_u - ${length1} - ${length2})`;
  const inDay = bind(
    { wt_u: `${goal} - ${longField('wt_r', before)}` },
    `${dayStartSql('wt_d')} + ${intoDay}`,
  );
  const found = bind({ wt_d: day }, bind({ wt_r: record('greatest(wt_d, toInt64(0))') }, inDay));
  const isBeyond = `${goal} > ${longField(record(String(CALENDAR_DAYS)), before)}`;
  return `if(${isBeyond}, NULL, ${bind({ wt_j: `toInt64(${first})` }, found)})`;
}
