import { DAY_MS, HOUR_MS, LOCAL_OFFSET_MS } from '../../model/time.ts';
import { civilOf, dayOf, localDayOf } from '../windows/civil.ts';
import { tetAligned, tetAlignedSql } from '../working-time/tet-aligned.ts';

/** How far back an input is read: `1h`, `7d`, `1w`, `1M`, `1y`; `tet`, `2tet`: years, aligned to Tết. */
export interface Offset {
  readonly count: number;
  readonly unit: OffsetUnit;
}

type OffsetUnit = 'h' | 'd' | 'w' | 'M' | 'y' | 'tet';

/** No offset: the same time. */
export const NO_OFFSET: Offset = { count: 0, unit: 'h' };

/** What an offset is written as. */
export const offsetPattern = '^([1-9][0-9]{0,2}[hdwMy]|[1-9]?tet)$';

const FIXED_MS: Readonly<Record<string, number>> = { h: HOUR_MS, d: DAY_MS, w: 7 * DAY_MS };
/** Nearest and furthest that one step of a unit reaches, days: months and years differ in length, Tết moves. */
const REACH_DAYS: Readonly<Record<string, readonly [number, number]>> = {
  M: [28, 31],
  y: [365, 366],
  tet: [350, 390],
};

/** Reads what `offsetPattern` matches. */
export function parseOffset(text: string): Offset {
  const match = /^(\d*)(h|d|w|M|y|tet)$/.exec(text);
  if (match === null) throw new TypeError(`${text} is no offset`);
  return { count: Number(match[1] === '' ? 1 : match[1]), unit: match[2] as OffsetUnit };
}

/** An offset as it is written; '' for none. */
export function offsetText({ count, unit }: Offset): string {
  if (count === 0) return '';
  return unit === 'tet' && count === 1 ? 'tet' : `${String(count)}${unit}`;
}

/**
 * The time that another compares with. Local time of day stays; a day that a month does not have becomes its last.
 * @param ms milliseconds UTC @returns NaN where Tết has no table
 */
export function shifted(ms: number, { count, unit }: Offset): number {
  if (count === 0) return ms;
  const fixed = FIXED_MS[unit];
  if (fixed !== undefined) return ms - count * fixed;
  if (unit === 'tet') return tetAligned(ms, count);
  const day = localDayOf(ms);
  const { year, month, day: ofMonth } = civilOf(day);
  const back = unit === 'M' ? count : 12 * count;
  const last = dayOf(year, month - back + 1, 1) - 1;
  return ms + (Math.min(dayOf(year, month - back, 1) + ofMonth - 1, last) - day) * DAY_MS;
}

/** `shifted` as SQL. @param ms SQL, Int64 milliseconds UTC @returns Int64, NULL where Tết has no table */
export function shiftedSql(ms: string, { count, unit }: Offset): string {
  if (count === 0) return ms;
  const fixed = FIXED_MS[unit];
  if (fixed !== undefined) return `(${ms} - ${String(count * fixed)})`;
  if (unit === 'tet') return tetAlignedSql(ms, String(count));
  const day = `intDiv(${ms} + ${String(LOCAL_OFFSET_MS)}, ${String(DAY_MS)})`;
  const epoch = `toDate32('1970-01-01')`;
  const moved = `addMonths(addDays(${epoch}, ${day}), -${String(unit === 'M' ? count : 12 * count)})`;
  return `(${ms} + (dateDiff('day', ${epoch}, ${moved}) - ${day}) * ${String(DAY_MS)})`;
}

/** A span of time `[from, to)`, milliseconds UTC. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** The span that another compares with: from the counterpart of its first day to the end of that of its last. */
export function shiftedSpan({ from, to }: Span, offset: Offset): Span {
  const first = shifted(from, offset);
  if (to - from < DAY_MS) return { from: first, to: first + (to - from) };
  return { from: first, to: shifted(to - DAY_MS, offset) + DAY_MS };
}

/** End of the shifted span as SQL. @param from,to SQL, Int64 */
export function shiftedEndSql(from: string, to: string, offset: Offset): string {
  if (offset.count === 0) return to;
  const last = `${shiftedSql(`(${to} - ${String(DAY_MS)})`, offset)} + ${String(DAY_MS)}`;
  return `if(${to} - ${from} < ${String(DAY_MS)}, ${shiftedSql(from, offset)} + (${to} - ${from}), ${last})`;
}

/** Least and most that an offset moves a time, milliseconds. */
export function reachOf({ count, unit }: Offset): Span {
  const fixed = FIXED_MS[unit];
  if (fixed !== undefined) return { from: count * fixed, to: count * fixed };
  const [least, most] = REACH_DAYS[unit] ?? [0, 0];
  return { from: count * least * DAY_MS, to: (count * most + 3) * DAY_MS };
}
