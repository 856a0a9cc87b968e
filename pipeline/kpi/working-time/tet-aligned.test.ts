import { strict as assert } from 'node:assert';
import { test } from 'vitest';

import { DAY_MS, textOfDay } from './civil-day.ts';
import { tetAligned } from './tet-aligned.ts';

// [date, years back, the day that it compares with]
const cases = [
  ['2026-02-17', 1, '2025-01-29'], // Tết with Tết
  ['2026-02-20', 1, '2025-02-01'],
  ['2026-01-18', 1, '2024-12-30'], // 30 days before Tết
  ['2026-01-17', 1, '2025-01-17'], // 31 days before it: the civil date
  ['2026-03-19', 1, '2025-02-28'],
  ['2026-03-20', 1, '2025-03-20'],
  ['2024-12-30', 1, '2024-01-11'], // belongs to Tết 2025
  ['2025-01-29', 10, '2015-02-19'],
  ['2025-01-29', -1, '2026-02-17'],
  ['2024-02-29', 1, '2023-02-10'], // near Tết: no leap day needed
  ['2026-07-01', 0, '2026-07-01'],
  ['2026-11-24', 3, '2023-11-24'],
] as const;

for (const [date, years, expected] of cases) {
  test(`${date} compares with ${expected}, ${years} years back`, () => {
    const ms = Date.parse(`${date}T23:15:00+07:00`);
    assert.equal(tetAligned(ms, years), Date.parse(`${expected}T23:15:00+07:00`));
  });
}

test('no day of ninety years is compared with another year than the one asked for, give or take a turn of the year', () => {
  for (let day = 8_400; day < 40_000; day += 7) {
    const ms = day * DAY_MS;
    const aligned = tetAligned(ms, 1);
    const distance = Math.abs(ms - aligned - 365.25 * DAY_MS) / DAY_MS;
    assert(distance < 21, textOfDay(day));
  }
});

test('years without a known Tết, and broken years, have no counterpart', () => {
  assert.deepEqual(
    [tetAligned(Date.UTC(1991, 5, 1), 1), tetAligned(Date.UTC(2026, 5, 1), 0.5), tetAligned(NaN, 1)],
    [NaN, NaN, NaN],
  );
});
