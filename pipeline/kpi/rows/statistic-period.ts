import { DAY_MS, LOCAL_OFFSET_MS } from '../../model/time.ts';
import type { RowNumber, RowTest } from '../../window/group/row-program.ts';
import { sliceStart } from '../../window/group/window-rule.ts';
import type { WindowRule } from '../../window/group/window-rule.ts';
import { dayOf, parseDate, startOfDay } from '../windows/civil.ts';

/** Names of the two times that the period of a measurement gives. */
export const PERIOD_TIMES = ['periodStart', 'periodEnd'] as const;

/**
 * `periodStart` is the first, `periodEnd` the last millisecond of the period, local; absent without a period.
 */
export type PeriodTime = (typeof PERIOD_TIMES)[number];

/** First and last millisecond of `2026-11-23`, `2026-11`, `2026-Q4`, `2026`; null for any other text. */
export function periodSpan(period: string): readonly [number, number] | null {
  const match = /^(\d{4})(?:-Q([1-4])|-(\d\d)(?:-\d\d)?)?$/.exec(period);
  if (match === null) return null;
  if (period.length === 10) {
    const day = parseDate(period);
    return day === null ? null : [startOfDay(day), startOfDay(day + 1) - 1];
  }
  const [, year, quarter, month] = match;
  const first = quarter !== undefined ? Number(quarter) * 3 - 2 : Number(month ?? 1);
  const months = quarter !== undefined ? 3 : month !== undefined ? 1 : 12;
  return [startOfDay(dayOf(Number(year), first, 1)), startOfDay(dayOf(Number(year), first + months, 1)) - 1];
}

/** A time that the period of a measurement gives. */
export function periodTime(which: PeriodTime): RowNumber {
  const at = which === 'periodStart' ? 0 : 1;
  return {
    codes: ['period'],
    sql: `if(period = '', NULL, ${which === 'periodStart' ? START_SQL : END_SQL})`,
    bind(batch) {
      const { codes, values } = batch.codes('period');
      const times = Float64Array.from(values, (period) => periodSpan(period)?.[at] ?? NaN);
      return (row) => times[codes[row]!]!;
    },
  };
}

/**
 * Whether a measurement's period nests in the windows that its `periodEnd` lies in: a monthly figure gives
 * no weekly one. A measurement without a period nests everywhere.
 *
 * Placed by its end and not by its start a monthly figure counts in the year to date from the end of its
 * month on.
 */
export function periodNests(rule: WindowRule): RowTest {
  const isNested = (period: string): boolean => {
    const span = periodSpan(period);
    if (span === null) return period === '';
    const around = rule.windowsOf(sliceStart(rule, span[0]));
    return rule.windowsOf(sliceStart(rule, span[1])).every((start) => around.includes(start));
  };
  return {
    codes: ['period'],
    sql: `(period = '' OR hasAll(${rule.windowsSql(START_SQL)}, ${rule.windowsSql(END_SQL)}))`,
    bind(batch) {
      const { codes, values } = batch.codes('period');
      const nested = Uint8Array.from(values, (period) => (isNested(period) ? 1 : 0));
      return (row) => nested[codes[row]!] === 1;
    },
  };
}

const IS_QUARTER = `substring(period, 6, 1) = 'Q'`;
const MONTH = `toUInt8OrZero(substring(period, 6, 2))`;
const QUARTER = `toUInt8OrZero(substring(period, 7, 1)) * 3 - 2`;
const FIRST_MONTH = `multiIf(length(period) = 4, 1, ${IS_QUARTER}, ${QUARTER}, ${MONTH})`;
const FIRST_DAY = `if(length(period) = 10, toUInt8OrZero(substring(period, 9, 2)), 1)`;
const FIRST = `makeDate32(toUInt16OrZero(substring(period, 1, 4)), ${FIRST_MONTH}, ${FIRST_DAY})`;
const MONTHS = `multiIf(length(period) = 4, 12, ${IS_QUARTER}, 3, 1)`;
const NEXT = `if(length(period) = 10, addDays(${FIRST}, 1), addMonths(${FIRST}, ${MONTHS}))`;
const START_SQL = `(toInt64(${FIRST}) * ${String(DAY_MS)} - ${String(LOCAL_OFFSET_MS)})`;
const END_SQL = `(toInt64(${NEXT}) * ${String(DAY_MS)} - ${String(LOCAL_OFFSET_MS + 1)})`;
