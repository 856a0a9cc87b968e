import { strict as assert } from 'node:assert';
import { test } from 'vitest';

import { AffectedWindows } from './affected.ts';
import { definitionsWith, derivedYaml } from './derived-testing.ts';
import { parseOffset, shifted, shiftedSpan } from './offset.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const local = (text: string): number => Date.parse(`${text}:00+07:00`);
const shown = (ms: number): string => new Date(ms + 7 * HOUR_MS).toISOString().slice(0, 16);

function touched(rest: string, kpi: string, from: string, lengthMs: number): string[] {
  const { derived } = definitionsWith(derivedYaml('tourism.derived', rest));
  const start = local(from);
  return new AffectedWindows(derived[0]!.derived).of(kpi, { from: start, to: start + lengthMs }).map(shown);
}

test('a day stands in its month, and in the same month of the year after', () => {
  const rest = `by: [area]
window: { calendar: month }
inputs: { a: { kpi: tourism.guests, over: sum }, b: { kpi: tourism.guests, over: sum, offset: 1y } }
value: a - b`;
  const months = ['2026-02-01T00:00', '2027-02-01T00:00'];
  assert.deepEqual(touched(rest, 'tourism.guests', '2026-02-28T00:00', DAY_MS), months);
  assert.deepEqual(touched(rest, 'tourism.guests', '2024-02-29T00:00', DAY_MS), [
    '2024-02-01T00:00',
    '2025-02-01T00:00',
  ]);
  assert.deepEqual(touched(rest, 'citizen-reports.complaints', '2026-02-01T00:00', DAY_MS), []);
});

test('an hour touches itself and the same hour of the weeks that compare with it', () => {
  const rest = `by: [entity]
window: { tumbling: 1h }
inputs: { a: { kpi: environment.level }, past: { kpi: environment.level, offsets: [1w, 2w] } }
value: zScore(a, past)`;
  assert.deepEqual(touched(rest, 'environment.level', '2026-03-01T10:00', HOUR_MS), [
    ...['2026-03-01T10:00', '2026-03-08T10:00', '2026-03-15T10:00'],
  ]);
});

test('the day of Tết touches the day of Tết a year later; 28 February touches the leap day too', () => {
  const rest = (offset: string): string => `by: [area]
window: { calendar: day }
inputs: { a: { kpi: tourism.guests }, b: { kpi: tourism.guests, offset: ${offset} } }
value: a - b`;
  assert.deepEqual(touched(rest('tet'), 'tourism.guests', '2025-01-29T00:00', DAY_MS), [
    '2025-01-29T00:00',
    '2026-02-17T00:00',
  ]);
  assert.deepEqual(touched(rest('1y'), 'tourism.guests', '2027-02-28T00:00', DAY_MS), [
    ...['2027-02-28T00:00', '2028-02-28T00:00', '2028-02-29T00:00'],
  ]);
});

test('silence is told in every hour that looks back as far', () => {
  const rest = `by: [entity]
window: { tumbling: 1h }
inputs: { seconds: { kpi: environment.level, over: age, within: 3h } }
value: seconds`;
  assert.deepEqual(touched(rest, 'environment.level', '2026-03-01T10:00', HOUR_MS), [
    ...['2026-03-01T10:00', '2026-03-01T11:00', '2026-03-01T12:00'],
  ]);
});

test('a month later than the last of a long month is the last of a short one; spans keep their last day', () => {
  assert.equal(shown(shifted(local('2026-03-31T09:30'), parseOffset('1M'))), '2026-02-28T09:30');
  assert.equal(shown(shifted(local('2024-02-29T00:00'), parseOffset('1y'))), '2023-02-28T00:00');
  const leap = { from: local('2028-02-29T00:00'), to: local('2028-03-01T00:00') };
  const { from, to } = shiftedSpan(leap, parseOffset('1y'));
  assert.deepEqual([shown(from), shown(to)], ['2027-02-28T00:00', '2027-03-01T00:00']);
});
