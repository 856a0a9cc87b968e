import type { WindowRule } from '../../window/group/window-rule.ts';
import type { Complain } from '../rows/row-scope.ts';
import { dateText, parseDate, startOfDay } from './civil.ts';
import { DAY_SLICES, remembered, slicesBetween } from './spans.ts';

/** A named span of local days, both included: a school term, a holiday season. */
export interface NamedPeriod {
  readonly name: string;
  /** First and last day, days since 1970-01-01. */
  readonly firstDay: number;
  readonly lastDay: number;
}

/** Most periods in one list. */
export const periodsMax = 500;

/**
 * Reads a configured list of periods: `[name, from, to]` each, dates of local days, both included. Periods
 * of one list do not overlap; days between them lie in no window.
 *
 * @returns the periods in the order of time; those with mistakes are left out, and `complain` has heard of
 * them
 */
export function readPeriods(
  yaml: unknown,
  path: readonly string[],
  complain: Complain,
): readonly NamedPeriod[] {
  if (!Array.isArray(yaml) || yaml.length === 0 || yaml.length > periodsMax) {
    complain(
      path,
      `a list of 1 to ${String(periodsMax)} periods is needed`,
      '[[name, 2026-09-05, 2027-01-15]]',
    );
    return [];
  }
  const read = yaml.map((one: unknown, index) => onePeriod(one, [...path, String(index)], complain));
  const periods = read.filter((period) => period !== null).sort((a, b) => a.firstDay - b.firstDay);
  for (const [index, period] of periods.entries()) {
    const before = periods[index - 1];
    if (before !== undefined && period.firstDay <= before.lastDay) {
      complain(
        path,
        `"${period.name}" begins before "${before.name}" ends`,
        'periods of a list do not overlap',
      );
    }
  }
  return periods;
}

function onePeriod(yaml: unknown, path: readonly string[], complain: Complain): NamedPeriod | null {
  const [name, from, to] = Array.isArray(yaml) && yaml.length === 3 ? (yaml as unknown[]) : [];
  if (typeof name !== 'string' || name === '' || typeof from !== 'string' || typeof to !== 'string') {
    complain(path, 'a period is a name and two dates', '[HK1 2026-2027, 2026-09-05, 2027-01-15]');
    return null;
  }
  const firstDay = parseDate(from);
  const lastDay = parseDate(to);
  if (firstDay === null || lastDay === null) {
    complain(path, `"${firstDay === null ? from : to}" is no date`, 'such as 2026-09-05');
    return null;
  }
  if (lastDay >= firstDay) return { name, firstDay, lastDay };
  complain(path, `"${name}" ends before it begins`, 'the first day, then the last');
  return null;
}

/**
 * Windows of a list of periods, named by them. What lies between two periods lies in no window.
 * @param periods in the order of time, without overlap, at least one
 */
export function namedPeriods(listName: string, periods: readonly NamedPeriod[]): WindowRule {
  const spans = periods.map(({ name, firstDay, lastDay }) => ({
    name,
    start: startOfDay(firstDay),
    end: startOfDay(lastDay + 1),
  }));
  const spanOf = (start: number) => spans.find((span) => span.start === start);
  const windowsOf = remembered((slice: number): readonly number[] =>
    spans.filter(({ start, end }) => start <= slice && slice < end).map(({ start }) => start),
  );
  const endOf = (start: number): number => spanOf(start)?.end ?? start;
  const list = (times: readonly number[]): string =>
    `[${times.map((time) => `toInt64(${String(time)})`).join(', ')}]`;
  const starts = list(spans.map(({ start }) => start));
  const ends = list(spans.map(({ end }) => end));
  return {
    ...DAY_SLICES,
    windowsOf,
    endOf,
    slicesOf: (start) => slicesBetween(DAY_SLICES, start, endOf(start)),
    firstSliceNeeded: (slice) => windowsOf(slice)[0] ?? slice,
    periodOf: (start) => spanOf(start)?.name ?? '',
    windowsSql: (time) =>
      `arrayFilter((first, after) -> first <= ${time} AND ${time} < after, ${starts}, ${ends})`,
    endSql: (start) => `transform(toInt64(${start}), ${starts}, ${ends}, toInt64(${start}))`,
    text: `period ${listName} ${periods
      .map(({ name, firstDay, lastDay }) => `${name} ${dateText(firstDay)}..${dateText(lastDay)}`)
      .join(', ')}`,
  };
}
