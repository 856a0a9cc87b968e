import { strict as assert } from 'node:assert';
import { test } from 'vitest';

import { defaultRegistryFolder, loadRegistry } from '../registry/load-registry.ts';
import { openCalendarBook } from './calendar-book.ts';
import { readPauses } from './pauses.ts';
import type { WorkingCalendar } from './working-calendar.ts';
import {
  addWorkingDays,
  addWorkingMs,
  isOpenAt,
  willBreachWithin,
  workingDays,
  workingMs,
} from './working-time.ts';

const book = openCalendarBook(loadRegistry([defaultRegistryFolder()]));

function calendar(id: string): WorkingCalendar {
  const found = book.calendars.find((entry) => entry.id === id);
  assert(found !== undefined);
  return found;
}

const [office, oneStop, always] = [
  calendar('office-hours'),
  calendar('one-stop'),
  calendar('round-the-clock'),
];

/** An instant from local time, `2024-02-07 16:00`. */
function at(local: string): number {
  return Date.parse(`${local.replace(' ', 'T')}:00+07:00`);
}

/** Local time of an instant, or `never`. */
function local(ms: number): string {
  return Number.isNaN(ms)
    ? 'never'
    : new Date(ms + 7 * 3_600_000).toISOString().slice(0, 16).replace('T', ' ');
}

function pausesOf(...spans: readonly (readonly [string, string?])[]): string {
  const iso = (text: string): string => new Date(at(text)).toISOString();
  return JSON.stringify(
    spans.map(([from, to]) => ({
      from: iso(from),
      ...(to === undefined ? {} : { to: iso(to) }),
      reason: 'x',
    })),
  );
}

// [what, calendar, received, working days, due]
const terms = [
  ['the day of receipt does not count', office, '2026-11-02 08:00', 5, '2026-11-09 17:00'],
  ['receipt after the office closed is still that day', office, '2026-11-02 22:00', 1, '2026-11-03 17:00'],
  ['receipt on a Sunday', office, '2026-11-01 10:00', 1, '2026-11-02 17:00'],
  ['a weekend', office, '2026-11-06 16:00', 1, '2026-11-09 17:00'],
  ['Tết 2024', office, '2024-02-06 09:00', 3, '2024-02-16 17:00'],
  ['Tết 2025', office, '2025-01-24 09:00', 2, '2025-02-04 17:00'],
  ['Tết 2026', office, '2026-02-12 09:00', 3, '2026-02-24 17:00'],
  ['a swapped Saturday counts', office, '2024-05-02 09:00', 2, '2024-05-04 17:00'],
  ['the Monday that it stands for does not', office, '2024-04-26 09:00', 1, '2024-05-02 17:00'],
  ['an open Saturday morning is no day of a term', oneStop, '2026-11-06 09:00', 1, '2026-11-09 17:00'],
  ['a swapped Saturday has a whole day', oneStop, '2024-05-03 09:00', 1, '2024-05-04 17:00'],
  ['a term of no day ends when it begins', office, '2026-11-07 09:00', 0, '2026-11-07 09:00'],
  ['round the clock, Tết included', always, '2026-02-16 09:00', 1, '2026-02-17 23:59'],
] as const;

for (const [what, on, received, days, due] of terms) {
  test(`${what}: ${days} working days from ${received} end at ${due}`, () => {
    const from = at(received);
    const dueAt = addWorkingDays(on, { from, days });
    assert.equal(local(dueAt), due);
    assert.equal(workingDays(on, { from, to: dueAt }), days);
  });
}

// [what, received, days, pauses, due]
const pausedTerms = [
  ['one closing missed', '2026-11-02 08:00', 3, pausesOf(['2026-11-03 16:00', '2026-11-04 09:00']), '2026-11-06 17:00'],
  ['within one day', '2026-11-02 08:00', 3, pausesOf(['2026-11-03 09:00', '2026-11-03 16:59']), '2026-11-05 17:00'],
  ['from closing to opening', '2026-11-02 08:00', 3, pausesOf(['2026-11-03 17:00', '2026-11-04 07:30']),
    '2026-11-05 17:00'],
  ['over a weekend', '2026-11-05 08:00', 2, pausesOf(['2026-11-06 18:00', '2026-11-09 07:00']), '2026-11-09 17:00'],
  ['on the day it is due', '2026-11-02 08:00', 1, pausesOf(['2026-11-03 10:00', '2026-11-05 10:00']),
    '2026-11-05 17:00'],
  ['after it was due', '2026-11-02 08:00', 1, pausesOf(['2026-11-03 18:00', '2026-11-05 10:00']), '2026-11-03 17:00'],
  ['on the day of receipt only', '2026-11-02 08:00', 1, pausesOf(['2026-11-02 09:00', '2026-11-02 20:00']),
    '2026-11-03 17:00'],
  ['nested and overlapping', '2026-11-02 08:00', 1,
    pausesOf(['2026-11-04 09:00', '2026-11-06 09:00'], ['2026-11-02 09:00', '2026-11-05 09:00'],
      ['2026-11-03 09:00', '2026-11-04 09:00']), '2026-11-06 17:00'],
  ['a second pause that the first one brings into the term', '2026-11-02 08:00', 1,
    pausesOf(['2026-11-04 09:00', '2026-11-05 09:00'], ['2026-11-03 09:00', '2026-11-04 08:00']), '2026-11-05 17:00'],
  ['open', '2026-11-02 08:00', 1, pausesOf(['2026-11-03 09:00']), 'never'],
  ['open, after it was due', '2026-11-02 08:00', 1, pausesOf(['2026-11-04 09:00']), '2026-11-03 17:00'],
] as const; // prettier-ignore

for (const [what, received, days, pauses, due] of pausedTerms) {
  test(`a pause ${what}: ${days} working days from ${received} end at ${due}`, () => {
    assert.equal(
      local(addWorkingDays(office, { from: at(received), days, pauses: readPauses(pauses) })),
      due,
    );
  });
}

// [what, calendar, from, to, pauses, hours]
const spans = [
  ['over the lunch break', office, '2026-11-02 11:00', '2026-11-02 14:00', '', 1],
  ['over a weekend', office, '2026-11-06 16:00', '2026-11-09 08:00', '', 1.5],
  ['a Saturday morning at the one-stop desk', oneStop, '2026-11-07 07:00', '2026-11-07 12:00', '', 4],
  ['all of Tết 2025', office, '2025-01-25 00:00', '2025-02-02 23:00', '', 0],
  ['Tết at a desk that never closes', always, '2025-01-25 00:00', '2025-02-03 00:00', '', 216],
  ['the swapped Saturday of 2025', office, '2025-04-26 00:00', '2025-04-27 00:00', '', 7.5],
  ['backwards', office, '2026-11-03 08:00', '2026-11-02 08:00', '', 0],
  ['a pause outside office hours', office, '2026-11-02 08:00', '2026-11-03 08:00',
    pausesOf(['2026-11-02 18:00', '2026-11-03 06:00']), 7.5],
  ['pauses that overlap', office, '2026-11-02 07:30', '2026-11-02 17:00',
    pausesOf(['2026-11-02 08:00', '2026-11-02 10:00'], ['2026-11-02 09:00', '2026-11-02 11:00']), 4.5],
  ['an open pause', office, '2026-11-02 07:30', '2026-11-05 17:00', pausesOf(['2026-11-02 09:30']), 2],
  ['a pause that began before', office, '2026-11-02 07:30', '2026-11-02 17:00',
    pausesOf(['2026-10-01 08:00', '2026-11-02 08:30']), 6.5],
] as const; // prettier-ignore

for (const [what, on, from, to, pauses, hours] of spans) {
  test(`${what}, ${from} to ${to}: ${hours} working hours`, () => {
    const ms = workingMs(on, { from: at(from), to: at(to), pauses: readPauses(pauses) });
    assert.equal(ms, hours * 3_600_000);
  });
}

// [what, from, minutes, pauses, to]
const promises = [
  ['within the morning', '2026-11-02 08:00', 30, '', '2026-11-02 08:30'],
  ['to the minute of closing', '2026-11-02 16:30', 30, '', '2026-11-02 17:00'],
  ['over lunch', '2026-11-02 11:00', 60, '', '2026-11-02 14:00'],
  ['over the weekend', '2026-11-06 16:30', 60, '', '2026-11-09 08:00'],
  ['received at night', '2026-11-02 23:00', 1, '', '2026-11-03 07:31'],
  ['over Tết 2026', '2026-02-13 16:00', 120, '', '2026-02-23 08:30'],
  [
    'through a pause',
    '2026-11-02 08:00',
    60,
    pausesOf(['2026-11-02 08:30', '2026-11-03 08:30']),
    '2026-11-03 09:00',
  ],
  [
    'with a pause that begins when it is due',
    '2026-11-02 08:00',
    60,
    pausesOf(['2026-11-02 09:00']),
    '2026-11-02 09:00',
  ],
  ['with an open pause before that', '2026-11-02 08:00', 60, pausesOf(['2026-11-02 08:59']), 'never'],
] as const;

for (const [what, from, minutes, pauses, to] of promises) {
  test(`${what}: ${minutes} working minutes from ${from} end at ${to}`, () => {
    const end = addWorkingMs(office, { from: at(from), ms: minutes * 60_000, pauses: readPauses(pauses) });
    assert.equal(local(end), to);
  });
}

test('a promise is about to be broken when little working time is left, and not once it is broken', () => {
  const dueAt = at('2026-11-09 08:30');
  const within = (now: string): number =>
    willBreachWithin(office, { now: at(now), dueAt, ms: 2 * 3_600_000 });
  assert.deepEqual(
    ['2026-11-06 15:59', '2026-11-06 16:00', '2026-11-08 03:00', '2026-11-09 08:29', '2026-11-09 08:30'].map(
      within,
    ),
    [0, 1, 1, 1, 0],
  );
});

test('an office is open from the minute it opens to the last one before it closes', () => {
  const open = (time: string): number => isOpenAt(office, at(time));
  const times = [
    '2026-11-02 07:29',
    '2026-11-02 07:30',
    '2026-11-02 11:30',
    '2026-11-02 16:59',
    '2026-11-02 17:00',
  ];
  assert.deepEqual(times.map(open), [0, 1, 0, 1, 0]);
});

test('what lies outside the years of the calendars is not known', () => {
  const from = at('2009-12-31 23:59');
  assert.deepEqual(
    [
      workingMs(office, { from, to: at('2026-01-01 00:00') }),
      workingDays(office, { from: at('2026-01-01 00:00'), to: at('2036-01-01 00:00') }),
      addWorkingDays(office, { from: at('2035-12-20 08:00'), days: 30 }),
      addWorkingMs(office, { from: NaN, ms: 1 }),
      addWorkingMs(office, { from: at('2026-01-01 00:00'), ms: NaN }),
      isOpenAt(office, NaN),
    ],
    [NaN, NaN, NaN, NaN, NaN, NaN],
  );
});

test('an agency goes by its calendar, under any of its names; one that nobody listed by office hours', () => {
  const names = ['cong-an-tinh', 'UBND huyện Côn Đảo', 'ubnd-con-dao', 'Sở TN&MT', '', 'Sở Nào Đó'];
  assert.deepEqual(
    names.map((name) => book.calendarOf(name)?.id),
    ['round-the-clock', 'one-stop', 'one-stop', 'office-hours', 'office-hours', 'office-hours'],
  );
});

test('a text that is no list of pauses has none', () => {
  for (const text of ['', '[]', '{}', 'x', '[1, null]', '[{"from":"x"}]', '[{}]']) {
    assert.equal(readPauses(text).length, 0, text);
  }
});
