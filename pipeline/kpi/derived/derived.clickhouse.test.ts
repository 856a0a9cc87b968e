import { afterAll, beforeAll, expect, test } from 'vitest';

import { startClickhouse, type TestClickhouse } from '../../../fixtures/servers/clickhouse.ts';
import { insertKpiValues } from '../../store/kpi-table.ts';
import { migrate } from '../../store/migrate.ts';
import type { KpiValue } from '../../model/kpi-value.ts';
import type { DerivedScope } from './derived-kpi.ts';
import { definitionsWith, derivedYaml } from './derived-testing.ts';

let engine: TestClickhouse;
beforeAll(async () => {
  engine = await startClickhouse();
  await migrate(engine.client, { durability: 'relaxed', cluster: undefined });
});
afterAll(async () => {
  await engine.stop();
});

const DAY_MS = 86_400_000;
const local = (text: string): number => Date.parse(`${text}T00:00:00+07:00`);

/** A stored value of an input; what a test does not say is usual. */
function stored(
  given: Pick<KpiValue, 'kpi' | 'value'> & { from: number; to: number } & Partial<KpiValue>,
): KpiValue {
  const { from, to, ...rest } = given;
  const iso = (ms: number): string => new Date(ms).toISOString();
  return {
    ...{ version: 1, area: 'vung-tau', entity: '', dims: {}, numerator: null, denominator: null, samples: 2 },
    ...{ windowStart: iso(from), windowEnd: iso(to), status: 'final', revision: 5, grade: 'A' },
    ...{
      watermark: iso(to),
      publishedAt: iso(to),
      asOf: iso(to - 1_000),
      period: '',
      localDate: '2026-01-01',
    },
    ...{
      state: 'none',
      target: null,
      late: 0,
      quarantined: 0,
      feedsSeen: 1,
      feedsExpected: 1,
      attributes: {},
    },
    ...rest,
  };
}

const guests = (day: string, value: number | null, more: Partial<KpiValue> = {}): KpiValue =>
  stored({ kpi: 'tourism.guests', value, from: local(day), to: local(day) + DAY_MS, ...more });
const complaints = (month: string, value: number, more: Partial<KpiValue> = {}): KpiValue => {
  const [year, number] = month.split('-').map(Number) as [number, number];
  const next = number === 12 ? `${year + 1}-01` : `${year}-${String(number + 1).padStart(2, '0')}`;
  const span = { from: local(`${month}-01`), to: local(`${next}-01`) };
  return stored({ kpi: 'citizen-reports.complaints', value, ...span, ...more });
};
const level = (time: string, value: number, more: Partial<KpiValue> = {}): KpiValue => {
  const from = Date.parse(`${time}:00:00+07:00`);
  return stored({ kpi: 'environment.level', value, from, to: from + 3_600_000, entity: 'tram', ...more });
};

interface Row {
  readonly place: string;
  readonly start: string;
  readonly value: number | null;
  readonly numerator: number | null;
  readonly denominator: number | null;
  readonly samples: number;
  readonly provisional: number;
  readonly grade: string;
  readonly reason: string;
}

async function evaluated(
  yaml: string | readonly string[],
  values: readonly KpiValue[],
  scope: Partial<DerivedScope> = {},
): Promise<Row[]> {
  await engine.client.command({ query: 'TRUNCATE TABLE raw_kpi_values' });
  await insertKpiValues(engine.client, values);
  const kpi = definitionsWith(...[yaml].flat()).derived.at(-1)!;
  const sql = kpi.recomputeSql({ events: 'kpi_values', ...scope });
  const result = await engine.client.query({
    query: `SELECT concat(area, entity) AS place, toString(toDateTime(window_start, 'Asia/Ho_Chi_Minh')) AS start,
      value, numerator, denominator, samples, provisional, grade, reason FROM (${sql}) ORDER BY place, start`,
    format: 'JSONEachRow',
    clickhouse_settings: { output_format_json_quote_64bit_integers: 0 },
  });
  return result.json<Row>();
}

const PER_10K = derivedYaml(
  'tourism.complaints_per_10k',
  `by: [area]
window: { calendar: month }
inputs:
  complaints: { kpi: citizen-reports.complaints, default: 0 }
  guests: { kpi: tourism.guests, over: sum }
value: 10000 * complaints / guests
minDenominator: 100`,
);

test('a ratio across subsystems takes the sum of the days of its month, and the worst of its inputs', async () => {
  const rows = await evaluated(PER_10K, [
    complaints('2026-03', 3, { grade: 'B' }),
    guests('2026-03-01', 400),
    guests('2026-03-31', 600, { status: 'provisional', grade: 'C' }),
    guests('2026-04-01', 5_000),
    guests('2026-05-01', 50),
    guests('2026-03-02', 900, { area: 'ba-ria' }),
  ]);
  expect(rows).toMatchObject([
    { place: 'ba-ria', start: '2026-03-01 00:00:00', value: 0, denominator: 900, samples: 2 },
    { place: 'vung-tau', start: '2026-03-01 00:00:00', value: 30, numerator: 3, denominator: 1_000 },
    { place: 'vung-tau', start: '2026-04-01 00:00:00', value: 0, denominator: 5_000, grade: 'A' },
    { place: 'vung-tau', start: '2026-05-01 00:00:00', value: null, denominator: 50, reason: 'denominator' },
  ]);
  expect(rows[1]).toMatchObject({ samples: 6, provisional: 1, grade: 'C' });
});

test('only the windows and places that are asked for are evaluated, to the same digits', async () => {
  const values = [complaints('2026-03', 3), guests('2026-03-01', 410), guests('2026-04-01', 5_000)];
  const all = await evaluated(PER_10K, values);
  const some = await evaluated(PER_10K, values, { windows: [local('2026-03-01')], places: ['a:vung-tau'] });
  expect(some).toEqual(all.slice(0, 1));
  const march = await evaluated(PER_10K, values, {
    from: new Date(local('2026-03-01')).toISOString(),
    to: new Date(local('2026-04-01')).toISOString(),
  });
  expect(march).toEqual(some);
  expect(await evaluated(PER_10K, values, { places: ['a:nowhere'] })).toEqual([]);
});

test('an input without a value leaves a row that says which; a missing one leaves no row', async () => {
  const yaml = derivedYaml(
    'tourism.share',
    `by: [area]
window: { calendar: day }
inputs: { a: { kpi: tourism.guests }, b: { kpi: tourism.guests, offset: 1d } }
value: a - b`,
  );
  const rows = await evaluated(yaml, [
    guests('2026-03-01', 10),
    guests('2026-03-02', 14),
    guests('2026-03-03', null),
    guests('2026-03-05', 3),
  ]);
  expect(rows).toMatchObject([
    { start: '2026-03-02 00:00:00', value: 4, reason: '' },
    { start: '2026-03-03 00:00:00', value: null, reason: 'a' },
  ]);
});

test('a year ago is the same date, or the day at the same distance from Tết', async () => {
  const yaml = (offset: string): string =>
    derivedYaml(
      'tourism.guests_yoy',
      `by: [area]
window: { calendar: day }
inputs: { now: { kpi: tourism.guests }, before: { kpi: tourism.guests, offset: ${offset} } }
value: 100 * (now - before) / before`,
    );
  // Tết 2026 began on 17 February, Tết 2025 on 29 January.
  const values = [guests('2026-02-17', 300), guests('2025-02-17', 150), guests('2025-01-29', 200)];
  expect(await evaluated(yaml('1y'), values)).toMatchObject([{ start: '2026-02-17 00:00:00', value: 100 }]);
  expect(await evaluated(yaml('tet'), values)).toMatchObject([{ start: '2026-02-17 00:00:00', value: 50 }]);
});

test('a month compares with the whole month before and the same month of the year before', async () => {
  const yaml = derivedYaml(
    'tourism.guests_change',
    `by: [area]
window: { calendar: month }
inputs:
  now: { kpi: tourism.guests, over: sum }
  month: { kpi: tourism.guests, over: sum, offset: 1M }
  year: { kpi: tourism.guests, over: sum, offset: 1y }
parts: { month: now / month, year: now / year }`,
  );
  const rows = await evaluated(yaml, [
    ...[
      guests('2026-03-01', 100),
      guests('2026-03-31', 20),
      guests('2026-02-01', 30),
      guests('2026-02-28', 30),
    ],
    ...[guests('2025-03-31', 48), guests('2025-04-01', 1)],
  ]);
  expect(rows.find(({ start }) => start.startsWith('2026-03'))).toMatchObject({ value: 2.5 });
});

test('an anomaly is told against the same hour of past weeks, a forecast by their drift', async () => {
  const yaml = (value: string): string =>
    derivedYaml(
      'environment.level_anomaly',
      `by: [entity]
window: { tumbling: 1h }
inputs:
  now: { kpi: environment.level }
  past: { kpi: environment.level, offsets: [1w, 2w, 3w, 4w] }
value: ${value}`,
    );
  const values = [
    ...[level('2026-03-29T10', 7), level('2026-03-22T10', 1), level('2026-03-15T10', 3)],
    ...[level('2026-03-01T10', 5), level('2026-03-22T11', 99)],
  ];
  const at = async (value: string): Promise<unknown> =>
    (await evaluated(yaml(value), values)).find(({ start }) => start === '2026-03-29 10:00:00')?.value;
  expect(await at('zScore(now, past)')).toBe((7 - 3) / 2);
  expect(await at('now - trendOf(past)')).toBe(7 - (1 + (1 - 5) / 2));
  expect(await at('medianOf(past)')).toBe(3);
});

test('a default fills what is missing of a series, and all of one that is missing', async () => {
  const yaml = derivedYaml(
    'environment.usual',
    `by: [entity]
window: { tumbling: 1h }
inputs:
  now: { kpi: environment.level }
  past: { kpi: environment.level, offsets: [1h, 2h], default: 0 }
value: meanOf(past)`,
  );
  const rows = await evaluated(yaml, [level('2026-03-29T10', 7), level('2026-03-29T12', 2)]);
  expect(rows.map(({ value }) => value)).toEqual([0, 3.5]);
});

test('the largest of several goes on without what may be missing', async () => {
  const yaml = derivedYaml(
    'environment.worst',
    `by: [entity]
window: { tumbling: 1h }
inputs:
  a: { kpi: environment.level }
  b: { kpi: environment.level, offset: 1h, optional: true }
  c: { kpi: environment.level, offset: 2h, optional: true }
value: largest(a, b, c)`,
  );
  const rows = await evaluated(yaml, [level('2026-03-29T10', 7), level('2026-03-29T12', 2)]);
  expect(rows.map(({ value }) => value)).toEqual([7, 7]);
});

test('silence is told every hour until it is older than it is looked for', async () => {
  const yaml = derivedYaml(
    'environment.level_silence',
    `by: [entity]
window: { tumbling: 1h }
inputs: { seconds: { kpi: environment.level, over: age, within: 4h } }
value: seconds / 60`,
  );
  const from = Date.parse('2026-03-29T10:00:00+07:00');
  const rows = await evaluated(
    yaml,
    [level('2026-03-29T10', 7, { asOf: new Date(from + 1_800_000).toISOString() })],
    {
      until: from + 3 * 3_600_000,
    },
  );
  expect(rows.map(({ start, value }) => [start.slice(11, 13), value])).toEqual([
    ['10', 30],
    ['11', 90],
    ['12', 150],
  ]);
});

test('a year to date sums the days up to its own, a holiday compares with the days around the earlier Tết', async () => {
  const yaml = derivedYaml(
    'tourism.guests_ytd',
    `by: [area]
window: { calendar: yearToDate }
inputs: { days: { kpi: tourism.guests, over: sum }, before: { kpi: tourism.guests, over: sum, offset: 1y, default: 0 } }
value: days - before`,
  );
  const rows = await evaluated(
    yaml,
    [guests('2026-01-01', 10), guests('2026-01-02', 5), guests('2025-01-01', 4), guests('2025-01-02', 100)],
    { until: local('2026-01-03') - 1 },
  );
  expect(rows.filter(({ start }) => start >= '2026')).toMatchObject([
    { start: '2026-01-01 00:00:00', value: 6 },
    { start: '2026-01-02 00:00:00', value: 15 - 104 },
  ]);
});
