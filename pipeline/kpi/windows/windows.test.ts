import { describe, expect, it } from 'vitest';

import { DAY_MS, HOUR_MS, localDate } from '../../model/time.ts';
import { sliceStart } from '../../window/group/window-rule.ts';
import type { WindowRule } from '../../window/group/window-rule.ts';
import { civilOf, dateText, dayOf, parseDate } from './civil.ts';
import { readPeriods } from './periods.ts';
import { parseWindow } from './parse-window.ts';
import { PERIODS, ruleOf, RULES, timesOf } from './windows-testing.ts';

const TIMES = timesOf(40);

/** Starts of the windows that contain an instant. */
function windowsAt(rule: WindowRule, time: number): readonly number[] {
  return rule.windowsOf(sliceStart(rule, time));
}

const iso = (ms: number | undefined): string => new Date(ms ?? NaN).toISOString().replace(':00.000Z', 'Z');

function described(yaml: unknown, instant: string): string[] {
  const rule = ruleOf(yaml);
  return windowsAt(rule, Date.parse(instant)).map(
    (start) => `${rule.periodOf(start)} ${iso(start)} ${iso(rule.endOf(start))}`,
  );
}

describe.each(RULES)('windows of %s', (_, rule) => {
  it('list each of their slices, and each slice lists them', () => {
    for (const time of TIMES) {
      const slice = sliceStart(rule, time);
      const windows = rule.windowsOf(slice);
      expect([...windows]).toEqual([...new Set(windows)].sort((a, b) => a - b));
      for (const start of new Set([windows[0], windows.at(-1)])) {
        if (start === undefined) continue;
        const slices = [...rule.slicesOf(start)];
        expect(slices).toContain(slice);
        for (const one of [slices[0]!, slices[slices.length >> 1]!, slices.at(-1)!]) {
          expect(rule.windowsOf(one)).toContain(start);
          expect(sliceStart(rule, one)).toBe(one);
        }
        expect(slices.every((one, index) => index === 0 || one === slices[index - 1]! + rule.sliceMs)).toBe(
          true,
        );
        expect(slices.at(-1)! + rule.sliceMs).toBe(rule.endOf(start));
        expect(rule.windowsOf(slices[0]! - rule.sliceMs)).not.toContain(start);
        expect(rule.windowsOf(slices.at(-1)! + rule.sliceMs)).not.toContain(start);
      }
    }
  });

  it('need no slice before the first that memory is told to keep', () => {
    for (const time of TIMES) {
      const slice = sliceStart(rule, time);
      const firsts = rule
        .windowsOf(slice)
        .slice(0, 50)
        .map((start) => [...rule.slicesOf(start)][0]!);
      expect(rule.firstSliceNeeded(slice)).toBe(Math.min(slice, ...firsts));
    }
  });

  it('have names of their own', () => {
    const starts = [...new Set(TIMES.flatMap((time) => windowsAt(rule, time)))].slice(0, 5_000);
    expect(new Set(starts.map((start) => rule.periodOf(start))).size).toBe(starts.length);
  });
});

describe.each([
  ...['hour', 'day', 'week', 'month', 'quarter', 'year'].map((calendar) => ({ calendar })),
  ...[{ tumbling: '15m' }, { tumbling: '6h' }, { tumbling: '7d' }, { period: 'report-month' }],
])('windows of %j', (yaml) => {
  it('follow each other without a gap', () => {
    const rule = ruleOf(yaml);
    for (const time of TIMES) {
      const [start, ...others] = windowsAt(rule, time);
      expect(others).toEqual([]);
      expect(start! <= time && time < rule.endOf(start!)).toBe(true);
      expect(windowsAt(rule, rule.endOf(start!))).toEqual([rule.endOf(start!)]);
      expect(rule.endOf(windowsAt(rule, start! - 1)[0]!)).toBe(start);
    }
  });
});

describe('windows of the calendar', () => {
  it.each([
    ['hour', '2026-11-23T07:59:59.999Z', '2026-11-23T14 2026-11-23T07:00Z 2026-11-23T08:00Z'],
    ['day', '2026-11-23T16:59:59.999Z', '2026-11-23 2026-11-22T17:00Z 2026-11-23T17:00Z'],
    ['day', '2026-11-23T17:00:00Z', '2026-11-24 2026-11-23T17:00Z 2026-11-24T17:00Z'],
    ['week', '2026-11-23T07:00:00Z', '2026-W48 2026-11-22T17:00Z 2026-11-29T17:00Z'],
    ['week', '2027-01-03T16:59:59Z', '2026-W53 2026-12-27T17:00Z 2027-01-03T17:00Z'],
    ['week', '2027-01-03T17:00:00Z', '2027-W01 2027-01-03T17:00Z 2027-01-10T17:00Z'],
    ['week', '2024-12-30T00:00:00Z', '2025-W01 2024-12-29T17:00Z 2025-01-05T17:00Z'],
    ['week', '1970-01-01T00:00:00Z', '1970-W01 1969-12-28T17:00Z 1970-01-04T17:00Z'],
    ['month', '2024-02-29T16:59:59Z', '2024-02 2024-01-31T17:00Z 2024-02-29T17:00Z'],
    ['month', '2023-02-28T17:00:00Z', '2023-03 2023-02-28T17:00Z 2023-03-31T17:00Z'],
    ['month', '2100-02-28T16:59:59Z', '2100-02 2100-01-31T17:00Z 2100-02-28T17:00Z'],
    ['quarter', '2026-12-31T16:59:59Z', '2026-Q4 2026-09-30T17:00Z 2026-12-31T17:00Z'],
    ['quarter', '2026-12-31T17:00:00Z', '2027-Q1 2026-12-31T17:00Z 2027-03-31T17:00Z'],
    ['year', '2026-12-31T16:59:59Z', '2026 2025-12-31T17:00Z 2026-12-31T17:00Z'],
    ['year', '2026-12-31T17:00:00Z', '2027 2026-12-31T17:00Z 2027-12-31T17:00Z'],
  ])('%s of %s is %s', (unit, instant, expected) => {
    expect(described({ calendar: unit }, instant)).toEqual([expected]);
  });

  it.each([
    ['2026-11-14T16:59:59Z', 'report-month 2026-11 2026-10-14T17:00Z 2026-11-14T17:00Z'],
    ['2026-11-14T17:00:00Z', 'report-month 2026-12 2026-11-14T17:00Z 2026-12-14T17:00Z'],
    ['2026-12-31T17:00:00Z', 'report-month 2027-01 2026-12-14T17:00Z 2027-01-14T17:00Z'],
  ])('the month of reports of %s is %s', (instant, expected) => {
    expect(described({ period: 'report-month' }, instant)).toEqual([expected]);
  });

  it('the year to date of a day holds the year up to its end, and an event counts until the end of the year', () => {
    expect(described({ calendar: 'yearToDate' }, '2026-12-29T17:00:00Z')).toEqual([
      '2026-01-01/2026-12-30 2026-12-29T17:00Z 2026-12-30T17:00Z',
      '2026-01-01/2026-12-31 2026-12-30T17:00Z 2026-12-31T17:00Z',
    ]);
    const rule = ruleOf({ calendar: 'yearToDate' });
    const slices = [...rule.slicesOf(Date.parse('2024-12-30T17:00:00Z'))];
    expect([slices.length, iso(slices[0]), iso(slices.at(-1))]).toEqual([
      ...[366, '2023-12-31T17:00Z', '2024-12-30T17:00Z'],
    ]);
  });
});

describe('hopping windows', () => {
  it('hold what lies in them, in the order of time', () => {
    expect(described({ hopping: { size: '3h', advance: '1h' } }, '2026-11-23T07:20:00Z')).toEqual([
      '2026-11-23T12:00/PT3H 2026-11-23T05:00Z 2026-11-23T08:00Z',
      '2026-11-23T13:00/PT3H 2026-11-23T06:00Z 2026-11-23T09:00Z',
      '2026-11-23T14:00/PT3H 2026-11-23T07:00Z 2026-11-23T10:00Z',
    ]);
  });

  it('may advance by what does not divide their size', () => {
    const rule = ruleOf({ hopping: { size: '10m', advance: '4m' } });
    expect(rule.sliceMs).toBe(120_000);
    const counts = [0, 2, 4, 6].map((minute) => windowsAt(rule, minute * 60_000).length);
    expect(new Set(counts)).toEqual(new Set([2, 3]));
  });

  it.each([
    [{ tumbling: '15m' }, 15 / 60],
    [{ tumbling: '1h' }, 1],
    [{ tumbling: '90m' }, 0.5],
    [{ tumbling: '24h' }, 1],
    [{ tumbling: '7d' }, 24],
    [{ hopping: { size: '24h', advance: '10m' } }, 10 / 60],
    [{ hopping: { size: '7d', advance: '1d' } }, 24],
    [{ hopping: { size: '7d', advance: '6h' } }, 1],
    [{ hopping: { size: '60s', advance: '1s' } }, 1 / 3_600],
    [{ calendar: 'day' }, 1],
    [{ calendar: 'month' }, 24],
  ])('%j is made of slices of %d hours', (yaml, hours) => {
    const rule = ruleOf(yaml);
    expect([rule.sliceMs, rule.sliceOffsetMs]).toEqual([hours * HOUR_MS, hours === 24 ? -7 * HOUR_MS : 0]);
  });

  it.each([
    [{ tumbling: '6h' }, 'tumbling 6h'],
    [{ tumbling: '1d' }, 'tumbling 24h'],
    [{ hopping: { size: '14d', advance: '1d' } }, 'hopping 14d by 24h'],
    [{ calendar: 'week' }, 'calendar week'],
    [{ period: 'season' }, 'period season Tết 2026-02-14..2026-02-22, lễ 30/4 2026-04-30..2026-05-03'],
  ])('%j is "%s" for people and for hashes', (yaml, text) => {
    expect(ruleOf(yaml).text).toBe(text);
  });
});

describe('named periods', () => {
  it.each([
    ['2026-02-13T16:59:59Z', []],
    ['2026-02-13T17:00:00Z', ['Tết 2026-02-13T17:00Z 2026-02-22T17:00Z']],
    ['2026-02-22T16:59:59Z', ['Tết 2026-02-13T17:00Z 2026-02-22T17:00Z']],
    ['2026-02-22T17:00:00Z', []],
  ])('of %s are %j', (instant, expected) => {
    expect(described({ period: 'season' }, instant)).toEqual(expected);
  });

  it.each([
    [[], 'season: a list of 1 to 500 periods is needed'],
    [[['a', '2026-02-30', '2026-03-01']], 'season.0: "2026-02-30" is no date'],
    [[['a', '2026-03-02', '2026-03-01']], 'season.0: "a" ends before it begins'],
    [[['a', '2026-03-02']], 'season.0: a period is a name and two dates'],
    [
      [
        ['b', '2026-03-05', '2026-03-09'],
        ['a', '2026-03-01', '2026-03-05'],
      ],
      'season: "b" begins before "a" ends',
    ],
  ])('%j is refused: %s', (yaml, expected) => {
    const told: string[] = [];
    readPeriods(yaml, ['season'], (path, reason) => told.push(`${path.join('.')}: ${reason}`));
    expect(told).toEqual([expected]);
  });
});

describe('a window that cannot be', () => {
  it.each<[unknown, string]>([
    [{}, 'window: give one of tumbling, hopping, calendar, period (tumbling: 1h, or calendar: day)'],
    [
      { tumbling: '1h', calendar: 'day' },
      'window: give one of tumbling, hopping, calendar, period (tumbling: 1h',
    ],
    [{ tumbling: 'hour' }, 'window.tumbling: "hour" is no duration'],
    [{ calendar: 'mouth' }, 'window.calendar: "mouth" is no window of the calendar (did you mean month?)'],
    [{ hopping: '24h' }, 'window.hopping: size and advance are needed'],
    [{ hopping: { size: '1h', advance: '2h' } }, 'window.hopping: windows would leave gaps'],
    [
      { hopping: { size: '1d', advance: '1s' } },
      'window.hopping: one instant would lie in more than 1440 windows',
    ],
    [
      { hopping: { size: '7d', advance: '61m' } },
      'window.hopping: a window would have more than 4320 slices',
    ],
    [
      { hopping: { size: '1h', advnce: '1m' } },
      'window.hopping.advnce: "advnce" has no meaning here (did you mean',
    ],
    [{ period: 'seeson' }, 'window.period: "seeson" is no list of periods (did you mean season?)'],
    [{ session: { gap: '30m' } }, 'window.session: session windows are not built'],
  ])('%j is refused: %s', (yaml, expected) => {
    const told: string[] = [];
    const rule = parseWindow(yaml, ['window'], {
      periods: PERIODS,
      complain: (path, reason, hint) => told.push(`${path.join('.')}: ${reason} (${hint})`),
    });
    expect(rule).toBeNull();
    expect(told).toHaveLength(1);
    expect(told[0]).toContain(expected);
  });
});

describe('dates', () => {
  it('are those of the calendar for every day from 1900 to 2200', () => {
    for (let day = dayOf(1900, 1, 1); day <= dayOf(2200, 12, 31); day++) {
      const { year, month, day: ofMonth } = civilOf(day);
      const text = localDate(day * DAY_MS - 7 * HOUR_MS);
      if (dateText(day) !== text || dayOf(year, month, ofMonth) !== day) expect(dateText(day)).toBe(text);
    }
    expect([parseDate('2024-02-29'), parseDate('2023-02-29'), parseDate('2024-2-9')]).toEqual([
      19_782,
      null,
      null,
    ]);
  });
});
