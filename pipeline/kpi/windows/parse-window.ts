import type { WindowRule } from '../../window/group/window-rule.ts';
import { hintOf, isMapping } from '../rows/row-scope.ts';
import type { Complain } from '../rows/row-scope.ts';
import { CALENDAR_UNITS, calendar, reportMonth, yearToDate } from './calendar.ts';
import { hopping, hoppingMistake } from './hopping.ts';
import { namedPeriods } from './periods.ts';
import type { NamedPeriod } from './periods.ts';

/** The part of a definition's `window` that says which windows there are. */
export const WINDOW_FORMS: readonly string[] = ['tumbling', 'hopping', 'calendar', 'period'];

/** Name of the period that needs no list. */
const REPORT_MONTH = 'report-month';
const YEAR_TO_DATE = 'yearToDate';
const DURATION = /^([1-9][0-9]{0,3})([smhd])$/;
const UNIT_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** What a window may refer to. */
export interface WindowScope {
  /** Configured lists of periods by name: `school-term`, `holiday-season`. */
  readonly periods: ReadonlyMap<string, readonly NamedPeriod[]>;
  readonly complain: Complain;
}

/**
 * Reads which windows a definition asks for:
 *
 * ```yaml
 * { tumbling: 15m }
 * { hopping: { size: 24h, advance: 10m } }
 * { calendar: month }           # hour, day, week, month, quarter, year, yearToDate
 * { period: report-month }      # or a configured list of periods
 * ```
 *
 * Other keys (`lateness`, `emit`) are not looked at.
 *
 * @returns null when there is none, which `complain` has heard then
 */
export function parseWindow(yaml: unknown, path: readonly string[], scope: WindowScope): WindowRule | null {
  const { complain } = scope;
  const window = isMapping(yaml) ? yaml : {};
  if ('session' in window) {
    complain([...path, 'session'], 'session windows are not built', 'tumbling or hopping windows are');
    return null;
  }
  const forms = WINDOW_FORMS.filter((form) => form in window);
  const [form] = forms;
  if (form === undefined || forms.length > 1) {
    complain(path, `give one of ${WINDOW_FORMS.join(', ')}`, 'tumbling: 1h, or calendar: day');
    return null;
  }
  const place = [...path, form];
  switch (form) {
    case 'tumbling':
      return tumblingOf(window[form], place, scope);
    case 'hopping':
      return hoppingOf(window[form], place, scope);
    case 'calendar':
      return calendarOf(window[form], place, scope);
    default:
      return periodOf(window[form], place, scope);
  }
}

function tumblingOf(yaml: unknown, path: readonly string[], scope: WindowScope): WindowRule | null {
  const size = durationOf(yaml, path, scope);
  return size === null ? null : checked(size, size, path, scope);
}

function hoppingOf(yaml: unknown, path: readonly string[], scope: WindowScope): WindowRule | null {
  if (!isMapping(yaml)) {
    scope.complain(path, 'size and advance are needed', 'hopping: { size: 24h, advance: 10m }');
    return null;
  }
  const unknown = Object.keys(yaml).find((key) => key !== 'size' && key !== 'advance');
  if (unknown !== undefined) {
    scope.complain(
      [...path, unknown],
      `"${unknown}" has no meaning here`,
      hintOf(unknown, ['size', 'advance']),
    );
    return null;
  }
  const size = durationOf(yaml['size'], [...path, 'size'], scope);
  const advance = durationOf(yaml['advance'], [...path, 'advance'], scope);
  return size === null || advance === null ? null : checked(size, advance, path, scope);
}

function checked(
  size: number,
  advance: number,
  path: readonly string[],
  { complain }: WindowScope,
): WindowRule | null {
  const mistake = hoppingMistake(size, advance);
  if (mistake === undefined) return hopping(size, advance);
  complain(path, mistake, 'choose a longer advance, or a shorter size that it divides');
  return null;
}

function durationOf(yaml: unknown, path: readonly string[], { complain }: WindowScope): number | null {
  const match = typeof yaml === 'string' ? DURATION.exec(yaml) : null;
  if (match !== null) return Number(match[1]) * UNIT_MS[match[2]!]!;
  complain(path, `"${String(yaml)}" is no duration`, 'such as 30s, 15m, 1h, 7d');
  return null;
}

function calendarOf(yaml: unknown, path: readonly string[], { complain }: WindowScope): WindowRule | null {
  if (yaml === YEAR_TO_DATE) return yearToDate();
  const unit = CALENDAR_UNITS.find((known) => known === yaml);
  if (unit !== undefined) return calendar(unit);
  const hint = hintOf(String(yaml), [...CALENDAR_UNITS, YEAR_TO_DATE]);
  complain(path, `"${String(yaml)}" is no window of the calendar`, hint);
  return null;
}

function periodOf(yaml: unknown, path: readonly string[], scope: WindowScope): WindowRule | null {
  if (yaml === REPORT_MONTH) return reportMonth();
  const periods = scope.periods.get(String(yaml));
  if (periods !== undefined && periods.length > 0) return namedPeriods(String(yaml), periods);
  const hint = hintOf(String(yaml), [REPORT_MONTH, ...scope.periods.keys()]);
  scope.complain(path, `"${String(yaml)}" is no list of periods`, hint);
  return null;
}
