import { hoursAt, numberAt, sqlAt } from './kpi-function.ts';
import type { Hours, KpiFunction } from './kpi-function.ts';

const SOURCE = 'Decision 1459/QĐ-TCMT of 2019-11-12, 2.2.2 a; three quarters of the hours is our own bound';

/**
 * Arguments of the functions below: hourly means of a day, newest first, the 24 hours of the day and then
 * (for O3) the seven before it; and how many hours of the day have begun: 24, fewer while it runs.
 *
 * ```text
 *   index   0 ................ 23 | 24 ........ 30
 *   hour    23:00 ......... 00:00 | 23:00 ... 17:00 of the day before   (labels of the start)
 * ```
 * A day needs three quarters of its hours, 18 of 24; an eight-hour mean six of its eight.
 */
const DAY_HOURS = 24;
const MEAN_HOURS = 8;
const MEAN_HOURS_NEEDED = 6;

/** O3 of the printed example, 18:00 of the day before to 00:00, oldest first (end labels). */
const O3_EXAMPLE = [
  15.7, 14.2, 17.7, 18.9, 19.3, 15.7, 19.7, 22.6, 27.1, 29, 31.9, 25.3, 34.7, 35.2, 41.6, 45.7, 49.2, 55.8,
  69.6, 78.3, 91.5, 97.7, 81.2, 71.8, 43.5, 34.3, 21.5, 20.5, 19.4, 20.4, 21.3,
].reverse();
const SHORT_DAY = O3_EXAMPLE.map((x, i) => (i < 7 ? NaN : x));

/** Mean of the day's hourly means, added from the oldest to the newest. */
export const dayMean: KpiFunction = {
  name: 'dayMean',
  kinds: ['hours', 'number'],
  revision: 1,
  source: SOURCE,
  compute(...args) {
    const c = hoursAt(args, 0);
    return hasEnough(c, numberAt(args, 1)) ? meanFrom(c, DAY_HOURS - 1, 0) : NaN;
  },
  sql(args, prefix) {
    const own = `${prefix}own`;
    const result = `if(${enoughSql(own, sqlAt(args, 1))}, ${meanSql(own)}, nan)`;
    return { steps: [ownStep(own, args)], result };
  },
  vectors: [
    { args: [new Array<number>(24).fill(55.7), 24], expected: 55.7, from: 'a constant day' },
    { args: [SHORT_DAY, 24], expected: NaN, from: '17 of 24 hours' },
    {
      args: [[12, 10, ...new Array<number>(22).fill(NaN)].reverse(), 2],
      expected: 11,
      from: 'a running day',
    },
  ],
};

/** Largest hourly mean of the day. */
export const largestHour: KpiFunction = {
  name: 'largestHour',
  kinds: ['hours', 'number'],
  revision: 1,
  source: SOURCE,
  compute(...args) {
    const c = hoursAt(args, 0);
    if (!hasEnough(c, numberAt(args, 1))) return NaN;
    let largest = -Infinity;
    for (let i = 0; i < DAY_HOURS; i += 1) if ((c[i] ?? NaN) > largest) largest = c[i] ?? NaN;
    return largest;
  },
  sql(args, prefix) {
    const own = `${prefix}own`;
    const result = `if(${enoughSql(own, sqlAt(args, 1))}, arrayMax(${presentSql(own)}), nan)`;
    return { steps: [ownStep(own, args)], result };
  },
  vectors: [
    { args: [O3_EXAMPLE, 24], expected: 97.7, from: 'hours of Decision 1459, 2.2.2 a' },
    { args: [SHORT_DAY, 24], expected: NaN, from: '17 of 24 hours' },
  ],
};

/** Largest of the 24 eight-hour means that end in the day; the first ones reach into the day before. */
export const largestEightHours: KpiFunction = {
  name: 'largestEightHours',
  kinds: ['hours', 'number'],
  revision: 1,
  source: SOURCE,
  compute(...args) {
    const c = hoursAt(args, 0);
    const begun = numberAt(args, 1);
    if (!hasEnough(c, begun)) return NaN;
    let largest = NaN;
    for (let end = DAY_HOURS - begun; end < DAY_HOURS; end += 1) {
      if (presentIn(c, end, end + MEAN_HOURS) < MEAN_HOURS_NEEDED) continue;
      const mean = meanFrom(c, end + MEAN_HOURS - 1, end);
      if (!(mean <= largest)) largest = mean;
    }
    return largest;
  },
  sql(args, prefix) {
    const [own, eights, means] = [`${prefix}own`, `${prefix}eights`, `${prefix}means`];
    const [c, begun] = [sqlAt(args, 0), sqlAt(args, 1)];
    const filled = `arrayFilter(x -> NOT isNaN(x), arraySlice(${c}, e, ${String(MEAN_HOURS)}))`;
    return {
      steps: [
        ownStep(own, args),
        { name: eights, sql: `arrayMap(e -> ${filled}, range(25 - ${begun}, 25))` },
        {
          name: means,
          sql:
            `arrayMap(a -> arrayFold((acc, x) -> acc + x, arrayReverse(a), toFloat64(0)) / length(a), ` +
            `arrayFilter(a -> length(a) >= ${String(MEAN_HOURS_NEEDED)}, ${eights}))`,
        },
      ],
      result: `if(${enoughSql(own, begun)} AND notEmpty(${means}), arrayMax(${means}), nan)`,
    };
  },
  vectors: [
    { args: [O3_EXAMPLE, 24], expected: 74.3875, from: 'Decision 1459, 2.2.2 a: printed as 74.4' },
    { args: [SHORT_DAY, 24], expected: NaN, from: '17 of 24 hours' },
  ],
};

function presentIn(c: Hours, from: number, to: number): number {
  let present = 0;
  for (let i = from; i < to; i += 1) if (!Number.isNaN(c[i] ?? NaN)) present += 1;
  return present;
}

function hasEnough(c: Hours, begun: number): boolean {
  return begun > 0 && presentIn(c, 0, DAY_HOURS) * 4 >= begun * 3;
}

/** Mean of the hours that exist between two places of the array, added from the oldest. */
function meanFrom(c: Hours, oldest: number, newest: number): number {
  let sum = 0;
  let present = 0;
  for (let i = oldest; i >= newest; i -= 1) {
    const x = c[i] ?? NaN;
    if (Number.isNaN(x)) continue;
    sum += x;
    present += 1;
  }
  return sum / present;
}

function ownStep(name: string, args: readonly string[]): { name: string; sql: string } {
  return { name, sql: `arraySlice(${sqlAt(args, 0)}, 1, ${String(DAY_HOURS)})` };
}

function presentSql(array: string): string {
  return `arrayFilter(x -> NOT isNaN(x), ${array})`;
}

function enoughSql(own: string, begun: string): string {
  return `arrayCount(x -> NOT isNaN(x), ${own}) * 4 >= ${begun} * 3`;
}

function meanSql(own: string): string {
  const sum = `arrayFold((acc, x) -> acc + x, arrayReverse(${presentSql(own)}), toFloat64(0))`;
  return `${sum} / length(${presentSql(own)})`;
}
