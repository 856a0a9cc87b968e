import { DAY_MS, LOCAL_OFFSET_MS } from '../../../model/time.ts';
import type { RowTest } from '../../../window/group/row-program.ts';
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

const MONTHS: Readonly<Record<Statistics, number>> = { day: 0, month: 1, quarter: 3, year: 12 };
/** Years whose periods are tried: every kind of leap and of weekday of the 1st of January is among them. */
const FIRST_YEAR = 2004;
const LAST_YEAR = 2032;

/** Answers for windows of the calendar, which are the same for every definition. */
const KNOWN = new Map<string, boolean>();

/** Whether every period of this length lies whole in each window that contains its last moment, which places it. */
export function nestsIn(statistics: Statistics, rule: WindowRule): boolean {
  if (!rule.text.startsWith('calendar ')) return isNested(statistics, rule);
  const key = `${statistics} in ${rule.text}`;
  const known = KNOWN.get(key) ?? isNested(statistics, rule);
  KNOWN.set(key, known);
  return known;
}

function isNested(statistics: Statistics, rule: WindowRule): boolean {
  const months = MONTHS[statistics];
  const last = Date.UTC(LAST_YEAR, 0, 1);
  let start = Date.UTC(FIRST_YEAR, 0, 1);
  for (let count = 1; start < last; count += 1) {
    const next = months === 0 ? start + DAY_MS : Date.UTC(FIRST_YEAR, count * months, 1);
    const around = new Set(rule.windowsOf(sliceStart(rule, start - LOCAL_OFFSET_MS)));
    const windows = rule.windowsOf(sliceStart(rule, next - LOCAL_OFFSET_MS - 1));
    if (!windows.every((window) => around.has(window))) return false;
    start = next;
  }
  return true;
}
