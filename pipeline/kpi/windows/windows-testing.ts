import { DAY_MS } from '../../model/time.ts';
import type { WindowRule } from '../../window/group/window-rule.ts';
import { drawsOf } from '../rows/rows-testing.ts';
import { readPeriods } from './periods.ts';
import type { NamedPeriod } from './periods.ts';
import { parseWindow } from './parse-window.ts';

/** Lists of periods of a test. */
export const PERIODS: ReadonlyMap<string, readonly NamedPeriod[]> = new Map([
  [
    'season',
    readPeriods(
      [
        ['lễ 30/4', '2026-04-30', '2026-05-03'],
        ['Tết', '2026-02-14', '2026-02-22'],
      ],
      [],
      refuse,
    ),
  ],
  [
    'decades',
    readPeriods(
      [
        ['before', '1970-01-02', '1999-12-31'],
        ['after', '2000-01-01', '2099-12-31'],
      ],
      [],
      refuse,
    ),
  ],
]);

/** The rule of a window that a test writes. */
export function ruleOf(yaml: unknown): WindowRule {
  const rule = parseWindow(yaml, [], { periods: PERIODS, complain: refuse });
  if (rule === null) throw new Error('no rule, and no reason');
  return rule;
}

function refuse(path: readonly string[], reason: string, hint: string): never {
  throw new Error(`${path.join('.')}: ${reason} (${hint})`);
}

/** A rule of every kind, with its text. */
export const RULES: readonly (readonly [string, WindowRule])[] = [
  ...['1s', '15m', '1h', '90m', '6h', '1d', '7d', '10d'].map((tumbling) => ({ tumbling })),
  ...['hour', 'day', 'week', 'month', 'quarter', 'year', 'yearToDate'].map((calendar) => ({ calendar })),
  ...[
    ['60s', '1s'],
    ['10m', '4m'],
    ['24h', '10m'],
    ['7d', '1d'],
    ['7d', '6h'],
    ['36h', '24h'],
  ].map(([size, advance]) => ({ hopping: { size, advance } })),
  ...['report-month', 'decades'].map((period) => ({ period })),
].map((yaml) => {
  const rule = ruleOf(yaml);
  return [rule.text, rule] as const;
});

const LAST_DAY = 49_674;

/**
 * Instants from 1970 to 2105: random ones, and as many borders of days, months and years with their
 * neighbours.
 */
export function timesOf(count: number): readonly number[] {
  const draw = drawsOf(1970);
  const times = [0, 1, 999];
  for (let index = 0; index < count; index++) {
    times.push(draw.below(LAST_DAY) * DAY_MS + draw.below(DAY_MS));
    const border = Date.UTC(1970 + draw.below(136), draw.below(12), draw.of([1, 1, 15, 28, 29]), 17);
    times.push(border - 1, border, border + 1);
  }
  return times;
}
