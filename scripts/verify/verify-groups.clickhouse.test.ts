import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { startClickhouse } from '../../fixtures/servers/clickhouse.ts';
import type { TestClickhouse } from '../../fixtures/servers/clickhouse.ts';
import type { Definition } from '../../pipeline/kpi/definitions/schema.ts';
import type { GroupKpi } from '../../pipeline/kpi/group-kpi.ts';
import { compiledGroup } from '../../pipeline/kpi/sql/group-definitions-testing.ts';
import { batchOf, boundedEventsOf, evaluateGroups } from '../../pipeline/kpi/sql/group-sql-testing.ts';
import { meetingEvents } from '../../pipeline/kpi/sql/group-sql-testing.ts';
import type { GroupRow } from '../../pipeline/kpi/sql/group-sql-testing.ts';
import { reframe } from '../../pipeline/model/batch/reframe.ts';
import { insertArrow } from '../../pipeline/store/connect-store.ts';
import { insertColumns } from '../../pipeline/store/event-tables.ts';
import { migrate } from '../../pipeline/store/migrate.ts';
import { verifyKpis } from './verify-kpis.ts';
import type { KpiVerdicts } from './verify-kpis.ts';
import { exampleTable } from './verify-report.ts';

const position = 1;
type Own = Pick<Definition, 'id' | 'by' | 'window' | 'measures' | 'value'> & Partial<Definition>;

function kpiOf(own: Own): GroupKpi {
  return compiledGroup({
    ...{ version: 1, title: { vi: 'v', en: 'e' }, unit: '%', from: 'case', fresh: { max: '1h' } },
    ...{ visibility: 'public', source: 'a test', at: 'eventTime' },
    ...own,
  });
}

/** By area over months with a smallest denominator, by agency over days, a list of agencies by week, a year to date. */
const kpis: readonly GroupKpi[] = [
  kpiOf({
    ...{ id: 'citizen-reports.on_time_rate', by: ['area'], window: { calendar: 'month', lateness: '7d' } },
    measures: { due: { count: {} }, onTime: { count: { completedAt: { lte: 'dueAt' } } } },
    ...{ value: '100 * onTime / due', minDenominator: 3 },
  }),
  kpiOf({
    ...{ id: 'citizen-reports.rating', by: ['agency'], window: { calendar: 'day', lateness: '7d' } },
    ...{ measures: { rating: { mean: 'rating' } }, value: 'rating' },
  }),
  kpiOf({
    ...{ id: 'citizen-reports.busiest', by: [], window: { calendar: 'week', lateness: '7d' } },
    ...{ measures: { agencies: { topk: { of: 'agency', k: 2 } } }, value: 'agencies' },
  }),
  kpiOf({
    ...{ id: 'citizen-reports.so_far', by: ['area'], window: { calendar: 'yearToDate', lateness: '7d' } },
    ...{ measures: { cases: { count: {} } }, value: 'cases' },
  }),
];

const events = meetingEvents('case', 500, 7);
const batch = batchOf(
  'case',
  events.filter((one) => one.position === position),
);
const everything = { from: undefined, to: undefined, entity: undefined, examplesMax: 3 };

let engine: TestClickhouse;
beforeAll(async () => {
  engine = await startClickhouse();
  await migrate(engine.client, { durability: 'relaxed', cluster: undefined });
  const bytes = reframe('case', [{ batch, subsystem: 'citizen-reports', position, rows: null }]);
  await insertArrow(engine.client, { table: 'raw_cases', columns: insertColumns('raw_cases') }, bytes);
  await insert('raw_positions', [{ subsystem: 'citizen-reports', position }]);
  for (const kpi of kpis)
    await insert(
      'raw_kpi_values',
      valuesOf(kpi).map((row) => stored(kpi, row)),
    );
});
afterAll(async () => {
  await engine.stop();
});

const time = (ms: number): string => new Date(ms).toISOString().replace('T', ' ').replace('Z', '');

async function insert(table: string, values: readonly object[]): Promise<void> {
  await engine.client.insert({ table, format: 'JSONEachRow', values });
}

function valuesOf(kpi: GroupKpi): GroupRow[] {
  return evaluateGroups(kpi, batchOf('case', boundedEventsOf(events, position)));
}

function stored(kpi: GroupKpi, row: GroupRow): object {
  const { start, end, dims, area, entity, ...content } = row;
  return {
    ...{ ...content, kpi: kpi.id, version: 1, area, entity, place: `a:${area}`, dims: JSON.stringify(dims) },
    ...{ window_start: time(start), window_end: time(end), status: 'final', revision: position },
    watermark: '2099-01-01 00:00:00.000',
  };
}

async function verdictsOf(kpi: GroupKpi): Promise<KpiVerdicts> {
  const [verdicts] = await verifyKpis(engine.client, { ...everything, kpis: [kpi] });
  if (verdicts === undefined) throw new Error('no verdicts');
  return verdicts;
}

describe('haidang verify over definitions by group', () => {
  it.each(kpis)('finds every window of $id equal, over spans and years', async (kpi) => {
    const verdicts = await verdictsOf(kpi);
    expect(exampleTable([verdicts]).rows).toEqual([]);
    expect(verdicts.windows.matched).toBe(valuesOf(kpi).length);
    expect(verdicts.windows.matched).toBeGreaterThan(20);
  });

  it.each([
    ['differs', { value: 1.25 }, 'different', '1.25 '],
    ['was taken back', { samples: 0 }, 'missing', ''],
  ])('names the area, the agency or the item whose value %s', async (_, change, verdict, content) => {
    for (const kpi of kpis) {
      const row = valuesOf(kpi)[3]!;
      await insert('raw_kpi_values', [{ ...stored(kpi, row), ...change, revision: position }]);
      await engine.client.command({ query: 'OPTIMIZE TABLE raw_kpi_values FINAL' });
      const [found, ...others] = exampleTable([await verdictsOf(kpi)]).rows;
      expect(others).toEqual([]);
      expect(found?.slice(0, 2)).toEqual([kpi.id, verdict]);
      expect(found?.[2]).toContain(row.area);
      for (const name of Object.keys(row.dims)) expect(found?.[2]).toContain(`'${name}':`);
      expect(found?.[4]).toContain(content);
      await insert('raw_kpi_values', [stored(kpi, row)]);
      await engine.client.command({ query: 'OPTIMIZE TABLE raw_kpi_values FINAL' });
    }
  });

  it('leaves out what a definition by area has not to do with an entity', async () => {
    const kpi = kpis[0]!;
    const [verdicts] = await verifyKpis(engine.client, { ...everything, entity: 'e1', kpis: [kpi] });
    expect(Object.values(verdicts?.windows ?? {}).every((count) => count === 0)).toBe(true);
  });
});
