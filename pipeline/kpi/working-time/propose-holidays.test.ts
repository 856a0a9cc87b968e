import { strict as assert } from 'node:assert';
import { test } from 'vitest';

import { defaultRegistryFolder, loadRegistry } from '../registry/load-registry.ts';
import { dayOfText, weekdayOf } from './civil-day.ts';
import { bridgesOf, proposeHolidays } from './propose-holidays.ts';

const registry = loadRegistry([defaultRegistryFolder()]);
const isWeekday = (day: string): boolean => weekdayOf(dayOfText(day)) < 5;

/** Weekdays off of a year as the registry has them, without what a swap gives away. */
function decided(year: number): string[] {
  const entries = [...registry.holidays.values()].filter(({ id }) => id.endsWith(`-${year}`));
  return [...new Set(entries.flatMap(({ days }) => days))].filter(isWeekday).sort();
}

function proposed(year: number): string[] {
  return [...new Set(proposeHolidays(year).flatMap(({ days }) => days))].filter(isWeekday).sort();
}

for (let year = 2021; year <= 2027; year += 1) {
  test(`the rule gives the weekdays off of ${year} as they stand in the registry`, () => {
    assert.deepEqual(proposed(year), decided(year));
  });
}

for (let year = 2015; year <= 2020; year += 1) {
  test(`the rule gives Tết ${year} as it was decided; National Day had one day then`, () => {
    const without = (days: string[]): string[] => days.filter((day) => !day.includes('-09-'));
    assert.deepEqual(without(proposed(year)), without(decided(year)));
  });
}

test('the bridges of 2026 are the three that were swapped or could have been', () => {
  assert.deepEqual(bridgesOf(2026), ['2026-01-02', '2026-08-31', '2026-11-23']);
});

test('the year is called by its stem and branch', () => {
  const name = proposeHolidays(2024).find(({ id }) => id === 'tet-2024')?.name.vi;
  assert.equal(name, 'Tết Nguyên đán Giáp Thìn');
});

test('what nobody decided says so in the registry, and only that', () => {
  const undecided = [...registry.holidays.values()].filter((holiday) => holiday.proposed).map(({ id }) => id);
  assert.deepEqual(undecided, [
    ...['culture-day-2026', 'tet-2027', 'hung-vuong-2027', 'national-day-2027', 'culture-day-2027'],
  ]);
});
