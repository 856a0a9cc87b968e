import { strict as assert } from 'node:assert';
import { test } from 'vitest';

import { dayOfText, textOfDay } from './civil-day.ts';
import { hungVuongOf, lunarDateOf, TET_YEAR_MAX, TET_YEAR_MIN, tetOf } from './lunar-calendar.ts';

/** As announced and celebrated, from printed calendars. */
const known = `2015-02-19 2016-02-08 2017-01-28 2018-02-16 2019-02-05 2020-01-25 2021-02-12 2022-02-01
  2023-01-22 2024-02-10 2025-01-29 2026-02-17 2027-02-06`.split(/\s+/);

for (const date of known) {
  test(`Tết is on ${date}`, () => {
    assert.equal(textOfDay(tetOf(Number(date.slice(0, 4)))), date);
  });
}

/** Giỗ Tổ Hùng Vương as the days off of these years were announced. */
const hungVuong = `2015-04-28 2016-04-16 2017-04-06 2018-04-25 2019-04-14 2020-04-02 2021-04-21 2022-04-10
  2023-04-29 2024-04-18 2025-04-07 2026-04-26`.split(/\s+/);

for (const date of hungVuong) {
  test(`the tenth of the third month is ${date}`, () => {
    assert.equal(textOfDay(hungVuongOf(Number(date.slice(0, 4)))), date);
  });
}

// [Tết, Chinese new year as printed]: the new moon falls between 16:00 and 17:00 UTC, or moves the leap month.
const differing = [
  ['1985-01-21', '1985-02-20'],
  ['2007-02-17', '2007-02-18'],
  ['2030-02-02', '2030-02-03'],
  ['2053-02-18', '2053-02-19'],
] as const;

for (const [tet, chinese] of differing) {
  test(`in ${tet.slice(0, 4)} Tết is on ${tet} and not with the Chinese new year on ${chinese}`, () => {
    assert.equal(textOfDay(tetOf(Number(tet.slice(0, 4)))), tet);
    const { day, month } = lunarDateOf(dayOfText(chinese));
    assert.notEqual(`${day}/${month}`, '1/1');
  });
}

// [civil date, lunar date; "+" marks a leap month]
const dates = [
  ['2023-03-21', '30/2/2023'],
  ['2023-03-22', '1/2+/2023'],
  ['2023-04-20', '1/3/2023'],
  ['2025-01-28', '29/12/2024'],
  ['2020-05-23', '1/4+/2020'],
  ['2025-07-25', '1/6+/2025'],
  ['2026-11-24', '16/10/2026'],
  ['2024-12-31', '1/12/2024'],
] as const;

for (const [civil, lunar] of dates) {
  test(`${civil} is ${lunar}`, () => {
    const { day, month, year, isLeapMonth } = lunarDateOf(dayOfText(civil));
    assert.equal(`${day}/${month}${isLeapMonth ? '+' : ''}/${year}`, lunar);
  });
}

test('from 1990 to 2105 every lunar month has 29 or 30 days and follows the one before it', () => {
  let before = lunarDateOf(tetOf(TET_YEAR_MIN));
  for (let day = tetOf(TET_YEAR_MIN) + 1; day < tetOf(TET_YEAR_MAX); day += 1) {
    const date = lunarDateOf(day);
    if (date.day === 1) {
      assert(before.day === 29 || before.day === 30, textOfDay(day));
      const isNext = date.month === (before.month % 12) + 1 && !date.isLeapMonth;
      const isLeap = date.month === before.month && date.isLeapMonth;
      assert(isNext || isLeap, textOfDay(day));
      assert.equal(date.year, before.year + (date.month === 1 && !date.isLeapMonth ? 1 : 0), textOfDay(day));
    } else {
      assert.deepEqual(date, { ...before, day: before.day + 1 });
    }
    before = date;
  }
});
