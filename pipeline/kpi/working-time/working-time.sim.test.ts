import { strict as assert } from 'node:assert';
import fc from 'fast-check';
import { test } from 'vitest';

import type { Calendar, Holiday } from '../../model/registry.ts';
import { defaultRegistryFolder, loadRegistry } from '../registry/load-registry.ts';
import { DAY_MS } from './civil-day.ts';
import type { Pauses } from './pauses.ts';
import { CALENDAR_START_MS, layOutCalendar, type WorkingCalendar } from './working-calendar.ts';
import { addWorkingDays, addWorkingMs, workingDays, workingMs } from './working-time.ts';

const registry = loadRegistry([defaultRegistryFolder()]);
const hourMs = 3_600_000;
const title = { vi: 'x', en: 'x' };

/** Odd calendars too: one day of 24 hours and six of one, a single open weekday, three spans. */
const odd: readonly Calendar[] = [
  calendarOf('uneven', [[[0, 24]], [[9, 10]], [[9, 10]], [[9, 10]], [[9, 10]], [[9, 10]], [[9, 10]]], [0, 3]),
  calendarOf('sundays', [[], [], [], [], [], [], [[0, 1], [2, 3], [20, 24]]], [6]), // prettier-ignore
  calendarOf('closed', [[], [], [], [], [], [], []], []),
];

function calendarOf(
  id: string,
  week: readonly (readonly [number, number])[][],
  workingDays: number[],
): Calendar {
  const hours = week.map((day) =>
    day.map(([open, close]) => ({ openMs: open * hourMs, closeMs: close * hourMs })),
  );
  return { ...{ id, name: title, week: hours, workingDays }, holidays: ['national'], exceptions: [] };
}

const calendars: readonly WorkingCalendar[] = [...registry.calendars.values(), ...odd].map((calendar) =>
  layOutCalendar(calendar, registry.holidays.values()),
);
const aCalendar = fc.constantFrom(...calendars);
const openCalendar = fc.constantFrom(...calendars.filter(({ id }) => id !== 'closed'));
const aTime = fc.integer({ min: CALENDAR_START_MS, max: CALENDAR_START_MS + 9_000 * DAY_MS });

/** Sorted pauses in the weeks after a time; none is open. */
const somePauses = fc.array(
  fc.tuple(fc.integer({ min: -3 * DAY_MS, max: 20 * DAY_MS }), fc.nat(5 * DAY_MS)),
  {
    maxLength: 5,
  },
);

function pausesFrom(from: number, pairs: readonly (readonly [number, number])[]): Pauses {
  const clamp = (ms: number): number => Math.max(ms, CALENDAR_START_MS);
  const sorted = pairs.map(([start, span]) => [clamp(from + start), clamp(from + start + span)] as const);
  sorted.sort(([a, aEnd], [b, bEnd]) => a - b || aEnd - bEnd);
  return Float64Array.from(sorted.flat());
}

test('adding working time and measuring it gives it back, and a moment earlier is less', () => {
  fc.assert(
    fc.property(openCalendar, aTime, fc.nat(60 * hourMs), somePauses, (calendar, from, ms, pairs) => {
      const pauses = pausesFrom(from, pairs);
      const to = addWorkingMs(calendar, { from, ms, pauses });
      assert.equal(workingMs(calendar, { from, to, pauses }), ms);
      if (ms > 0) assert.equal(workingMs(calendar, { from, to: to - 1, pauses }), ms - 1);
    }),
    { numRuns: 3_000 },
  );
});

test('adding working days and measuring them gives them back', () => {
  fc.assert(
    fc.property(openCalendar, aTime, fc.nat(30), somePauses, (calendar, from, days, pairs) => {
      const pauses = pausesFrom(from, pairs);
      const to = addWorkingDays(calendar, { from, days, pauses });
      assert.equal(workingDays(calendar, { from, to, pauses }), days);
    }),
    { numRuns: 3_000 },
  );
});

test('working time adds up over a time between and never shrinks', () => {
  fc.assert(
    fc.property(aCalendar, fc.tuple(aTime, aTime, aTime), somePauses, (calendar, times, pairs) => {
      const [a, b, c] = [...times].sort((x, y) => x - y) as [number, number, number];
      const pauses = pausesFrom(b, pairs);
      const whole = workingMs(calendar, { from: a, to: c, pauses });
      const parts =
        workingMs(calendar, { from: a, to: b, pauses }) + workingMs(calendar, { from: b, to: c, pauses });
      assert.equal(whole, parts);
      assert(whole >= workingMs(calendar, { from: a, to: b, pauses }));
    }),
  );
});

test('a later receipt, more time or another pause never brings a due date forward', () => {
  const days = (calendar: WorkingCalendar, from: number, count: number, pauses: Pauses): number =>
    addWorkingDays(calendar, { from, days: count, pauses });
  const hours = (calendar: WorkingCalendar, from: number, count: number, pauses: Pauses): number =>
    addWorkingMs(calendar, { from, ms: count * hourMs, pauses });
  const aStart = fc.tuple(aTime, fc.nat(9 * DAY_MS));
  fc.assert(
    fc.property(openCalendar, aStart, fc.nat(20), somePauses, (calendar, [from, later], count, pairs) => {
      const pauses = pausesFrom(from, pairs);
      for (const add of [days, hours]) {
        const due = add(calendar, from, count, pauses);
        assert(add(calendar, from + later, count, pauses) >= due);
        assert(add(calendar, from, count + 1, pauses) >= due);
        assert(add(calendar, from, count, pausesFrom(from, pairs.slice(1))) <= due);
      }
    }),
  );
});

test('working time counted minute by minute is the same', () => {
  const minute = 60_000;
  fc.assert(
    fc.property(aCalendar, aTime, fc.nat(4 * 1_440), somePauses, (calendar, time, minutes, pairs) => {
      const from = Math.floor(time / minute) * minute;
      const to = from + minutes * minute;
      const rounded = pairs.map(
        ([a, b]) => [Math.floor(a / minute) * minute, Math.floor(b / minute) * minute] as const,
      );
      const pauses = pausesFrom(from, rounded);
      let count = 0;
      for (let at = from; at < to; at += minute) {
        let isPaused = false;
        for (let i = 0; i < pauses.length; i += 2)
          isPaused ||= at >= (pauses[i] ?? 0) && at < (pauses[i + 1] ?? 0);
        if (!isPaused) count += workingMs(calendar, { from: at, to: at + minute }) / minute;
      }
      assert.equal(workingMs(calendar, { from, to, pauses }), count * minute);
    }),
    { numRuns: 60 },
  );
});

test('a holiday declared late changes exactly the spans that touch its office hours', () => {
  const office = registry.calendars.get('office-hours');
  assert(office !== undefined);
  const day = '2026-09-09'; // a Wednesday
  const holiday: Holiday = {
    ...{ id: 'storm', set: 'national', name: title },
    ...{ days: [day], swaps: [], proposed: false },
  };
  const before = layOutCalendar(office, registry.holidays.values());
  const after = layOutCalendar(office, [...registry.holidays.values(), holiday]);
  const [opens, closes] = [Date.parse(`${day}T07:30:00+07:00`), Date.parse(`${day}T17:00:00+07:00`)];
  const near = fc.integer({ min: opens - 5 * DAY_MS, max: closes + 5 * DAY_MS });
  fc.assert(
    fc.property(near, near, fc.nat(8), (from, to, days) => {
      const lost = workingMs(before, { from, to }) - workingMs(after, { from, to });
      const inside = {
        from: Math.min(Math.max(from, opens), closes),
        to: Math.min(Math.max(to, opens), closes),
      };
      assert.equal(lost, workingMs(before, inside));
      const [old, now] = [addWorkingDays(before, { from, days }), addWorkingDays(after, { from, days })];
      const isTouched = from < Date.parse(`${day}T00:00:00+07:00`) && old >= closes;
      assert.equal(now > old, isTouched && days > 0);
    }),
    { numRuns: 2_000 },
  );
});
