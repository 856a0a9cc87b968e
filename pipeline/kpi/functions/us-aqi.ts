import { numberAt, sqlAt } from './kpi-function.ts';
import type { KpiFunction } from './kpi-function.ts';

const SOURCE = 'EPA, 40 CFR 58 appendix G, breakpoints for PM2.5 of 2012';

/** Breakpoints in tenths of ug/m3: whole numbers, so that a half is exactly a half. */
const LOWS = [0, 121, 355, 555, 1505, 2505, 3505];
const HIGHS = [120, 354, 554, 1504, 2504, 3504, 5004];
const INDEX_LOWS = [0, 51, 101, 151, 201, 301, 401];
const INDEX_HIGHS = [50, 100, 150, 200, 300, 400, 500];

/**
 * US air quality index of a PM2.5 concentration in ug/m3: truncated to 0.1, then the line between the
 * breakpoints, rounded half up. Below zero 0; above 500.4 the EPA has no line: 500.
 */
export const usAqi: KpiFunction = {
  name: 'usAqi',
  kinds: ['number'],
  revision: 1,
  source: SOURCE,
  compute(...args) {
    const tenths = Math.floor(numberAt(args, 0) * 10 + 0.000001);
    if (Number.isNaN(tenths)) return NaN;
    if (tenths > 5004) return 500;
    if (tenths < 0) return 0;
    let i = LOWS.length - 1;
    while (i > 0 && at(LOWS, i) > tenths) i -= 1;
    const slope = (at(INDEX_HIGHS, i) - at(INDEX_LOWS, i)) * (tenths - at(LOWS, i));
    return Math.floor(slope / (at(HIGHS, i) - at(LOWS, i)) + at(INDEX_LOWS, i) + 0.5);
  },
  sql(args, prefix) {
    const [tenths, i] = [`${prefix}tenths`, `${prefix}step`];
    const tables = { lows: LOWS, highs: HIGHS, from: INDEX_LOWS, to: INDEX_HIGHS };
    const pick = (table: keyof typeof tables): string => `${prefix}${table}[${i}]`;
    const slope = `(${pick('to')} - ${pick('from')}) * (${tenths} - ${pick('lows')})`;
    const line = `${slope} / (${pick('highs')} - ${pick('lows')}) + ${pick('from')}`;
    return {
      steps: [
        { name: tenths, sql: `floor(${sqlAt(args, 0)} * 10 + 0.000001)` },
        ...Object.entries(tables).map(([name, row]) => ({
          name: `${prefix}${name}`,
          sql: `[${row.join(', ')}]`,
        })),
        { name: i, sql: `arrayLastIndex(b -> b <= ${tenths}, ${prefix}lows)` },
      ],
      result: `multiIf(isNaN(${tenths}), nan, ${tenths} > 5004, 500, ${tenths} < 0, 0, floor(${line} + 0.5))`,
    };
  },
  vectors: [
    { args: [12], expected: 50, from: 'breakpoint' },
    { args: [12.09], expected: 50, from: 'truncated to 12.0' },
    { args: [12.1], expected: 51, from: 'breakpoint' },
    { args: [35.4], expected: 100, from: 'breakpoint' },
    { args: [55.4], expected: 150, from: 'breakpoint' },
    { args: [150.4], expected: 200, from: 'breakpoint' },
    { args: [250.4], expected: 300, from: 'breakpoint' },
    { args: [350.4], expected: 400, from: 'breakpoint' },
    { args: [500.4], expected: 500, from: 'breakpoint' },
    { args: [3.0], expected: 13, from: 'by hand: 12.5, half up' },
    { args: [81], expected: 164, from: 'US Embassy Hanoi, 2016-01-01 01:00' },
    { args: [84.9], expected: 166, from: 'US Embassy Hanoi, 2016-01-01 02:00' },
    { args: [900], expected: 500, from: 'beyond the last breakpoint' },
    { args: [-2.7], expected: 0, from: 'a drifting sensor below zero' },
    { args: [NaN], expected: NaN, from: 'no value' },
  ],
};

function at(table: readonly number[], index: number): number {
  return table[index] ?? NaN;
}
