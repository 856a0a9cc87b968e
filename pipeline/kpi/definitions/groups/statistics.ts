import { DAY_MS, LOCAL_OFFSET_MS } from '../../../model/time.ts';
import type { RowNumber, RowTest } from '../../../window/group/row-program.ts';
import { sliceStart } from '../../../window/group/window-rule.ts';
import type { WindowRule } from '../../../window/group/window-rule.ts';
import { codedText } from '../../rows/column-programs.ts';
import { textTest } from '../../rows/row-tests.ts';
import type { STATISTICS } from '../schema.ts';

/** Length of the periods that a definition counts. */
export type Statistics = (typeof STATISTICS)[number];

const FORMS: Readonly<Record<Statistics, { readonly sql: string; readonly pattern: RegExp }>> = {
  day: { sql: 'length(period) = 10', pattern: /^\d{4}-\d\d-\d\d$/ },
  month: { sql: `(length(period) = 7 AND substring(period, 6, 1) != 'Q')`, pattern: /^\d{4}-\d\d$/ },
  quarter: { sql: `(length(period) = 7 AND substring(period, 6, 1) = 'Q')`, pattern: /^\d{4}-Q[1-4]$/ },
  year: { sql: 'length(period) = 4', pattern: /^\d{4}$/ },
};

const PERIOD = codedText(['period'], 'period', (batch) => {
  const { codes, values } = batch.codes('period');
  return { values, at: (row) => codes[row]! };
});

/** Rows whose period has this length. */
export function periodTest(statistics: Statistics): RowTest {
  const { sql, pattern } = FORMS[statistics];
  return textTest(PERIOD, sql, (period) => pattern.test(period));
}

/** Date of the first day of a period, by its form; SQL. */
const FIRST_DAY: Readonly<Record<Statistics, string>> = {
  day: 'period',
  month: `concat(period, '-01')`,
  quarter: `concat(substring(period, 1, 4), ['-01', '-04', '-07', '-10'][toUInt8OrZero(substring(period, 7, 1))], '-01')`,
  year: `concat(period, '-01-01')`,
};

/** Start of the period, local midnight: what places a statistic in time, whenever it was sent. */
export function periodStart(statistics: Statistics): RowNumber {
  const day = `parseDateTime64BestEffortOrNull(concat(${FIRST_DAY[statistics]}, ' 00:00:00'), 3, 'UTC')`;
  return {
    codes: ['period'],
    sql: `(toUnixTimestamp64Milli(${day}) - ${LOCAL_OFFSET_MS})`,
    bind(batch) {
      const { codes, values } = batch.codes('period');
      const starts = Float64Array.from(values, (period) => startOf(period, statistics));
      return (row) => starts[codes[row]!]!;
    },
  };
}

function startOf(period: string, statistics: Statistics): number {
  if (!FORMS[statistics].pattern.test(period)) return NaN;
  const year = Number(period.slice(0, 4));
  const month =
    statistics === 'quarter' ? Number(period.slice(6)) * 3 - 2 : Number(period.slice(5, 7) || '1');
  const day = Number(period.slice(8, 10) || '1');
  return Date.UTC(year, month - 1, day) - LOCAL_OFFSET_MS;
}

const MONTHS: Readonly<Record<Statistics, number>> = { day: 0, month: 1, quarter: 3, year: 12 };
/** Years whose periods are tried: every kind of leap and of weekday of the 1st of January is among them. */
const FIRST_YEAR = 2004;
const LAST_YEAR = 2032;

/** Whether every period of this length lies whole in each window that contains its start. */
export function nestsIn(statistics: Statistics, rule: WindowRule): boolean {
  const months = MONTHS[statistics];
  const first = Date.UTC(FIRST_YEAR, 0, 1);
  const last = Date.UTC(LAST_YEAR, 0, 1);
  let start = first;
  for (let count = 1; start < last; count += 1) {
    const next = months === 0 ? start + DAY_MS : Date.UTC(FIRST_YEAR, count * months, 1);
    const [from, to] = [start - LOCAL_OFFSET_MS, next - LOCAL_OFFSET_MS];
    if (rule.windowsOf(sliceStart(rule, from)).some((window) => rule.endOf(window) < to)) return false;
    start = next;
  }
  return true;
}
