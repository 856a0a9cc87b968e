import { dayOfDate, textOfDay, weekdayOf } from './civil-day.ts';
import { hungVuongOf, tetOf } from './lunar-calendar.ts';

/** Days off of one occasion as the rule gives them, before anybody has decided. */
export interface ProposedHoliday {
  /** `tet-2027` */
  readonly id: string;
  readonly name: { readonly vi: string; readonly en: string };
  /** `YYYY-MM-DD`, ascending, days in lieu of weekends included. */
  readonly days: readonly string[];
  /** Whether the law fixes the days; the others are decided each year. */
  readonly isFixed: boolean;
}

const stems = ['Canh', 'Tân', 'Nhâm', 'Quý', 'Giáp', 'Ất', 'Bính', 'Đinh', 'Mậu', 'Kỷ'];
const branches = ['Thân', 'Dậu', 'Tuất', 'Hợi', 'Tý', 'Sửu', 'Dần', 'Mão', 'Thìn', 'Tỵ', 'Ngọ', 'Mùi'];

/**
 * The days off of a year by the Labour Code (2019, article 112) as it has been applied since 2021: Tết is the last
 * two days of the old lunar year and the first three of the new one; National Day has a second day on the side that
 * gives the longer rest, before it when both give the same; what falls on a weekend, and is no weekend's day already
 * made good, is made good on the next working day (article 111). From 2026 also 24 November.
 *
 * Swaps are not proposed: which bridges are built is decided each year; see `bridgesOf`.
 */
export function proposeHolidays(year: number): readonly ProposedHoliday[] {
  const on = (month: number, day: number): number => dayOfDate({ year, month, day });
  const tet = tetOf(year);
  const victory = 'Ngày Chiến thắng và Quốc tế Lao động';
  const occasions: [string, string, string, number[], boolean][] = [
    ['new-year', 'Tết Dương lịch', 'New Year', [on(1, 1)], true],
    ['tet', `Tết Nguyên đán ${yearName(year)}`, `Tết ${year}`, [-2, -1, 0, 1, 2].map((d) => tet + d), false],
    ['hung-vuong', 'Giỗ Tổ Hùng Vương', 'Hùng Vương Commemoration', [hungVuongOf(year)], false],
    ['liberation-labour', victory, 'Liberation Day and Labour Day', [on(4, 30), on(5, 1)], true],
    ['national-day', 'Quốc khánh', 'National Day', nationalDays(on(9, 2)), false],
  ];
  if (year >= 2026) {
    occasions.push(['culture-day', 'Ngày Văn hóa Việt Nam', 'Vietnam Culture Day', [on(11, 24)], false]);
  }
  const taken = new Set(occasions.flatMap(([, , , days]) => days));
  return occasions.map(([id, vi, en, days, isFixed]) => ({
    id: `${id}-${year}`,
    name: { vi, en },
    days: withDaysInLieu(days, taken).map(textOfDay),
    isFixed,
  }));
}

/** Working days that stand alone between two days off: a swap would join the rests. `YYYY-MM-DD`. */
export function bridgesOf(year: number): readonly string[] {
  const off = new Set(proposeHolidays(year).flatMap(({ days }) => days));
  const isOff = (day: number): boolean => weekdayOf(day) > 4 || off.has(textOfDay(day));
  const bridges: string[] = [];
  const first = dayOfDate({ year, month: 1, day: 1 });
  for (let day = first; day < dayOfDate({ year: year + 1, month: 1, day: 1 }); day += 1) {
    if (!isOff(day) && isOff(day - 1) && isOff(day + 1)) bridges.push(textOfDay(day));
  }
  return bridges;
}

/** `Giáp Thìn` */
function yearName(year: number): string {
  return `${stems[year % 10] ?? ''} ${branches[year % 12] ?? ''}`;
}

function nationalDays(second: number): number[] {
  const before = [second - 1, second];
  const after = [second, second + 1];
  return restLength(after) > restLength(before) ? after : before;
}

/** Days off in a row around these days, days in lieu included. */
function restLength(days: readonly number[]): number {
  const off = new Set(withDaysInLieu(days, new Set(days)));
  const isOff = (day: number): boolean => weekdayOf(day) > 4 || off.has(day);
  let [first, last] = [Math.min(...days), Math.max(...days)];
  while (isOff(first - 1)) first -= 1;
  while (isOff(last + 1)) last += 1;
  return last - first + 1;
}

/** Adds for each weekend day the next working day that nobody has taken yet; `taken` grows. */
function withDaysInLieu(days: readonly number[], taken: Set<number>): number[] {
  const all = [...days];
  for (const day of days) {
    if (weekdayOf(day) < 5) continue;
    let inLieu = Math.max(...days) + 1;
    while (weekdayOf(inLieu) > 4 || taken.has(inLieu)) inLieu += 1;
    taken.add(inLieu);
    all.push(inLieu);
  }
  return all.sort((a, b) => a - b);
}
