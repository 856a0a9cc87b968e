import { strict as assert } from 'node:assert';
import { afterAll, beforeAll, test } from 'vitest';

import { hourValue } from '../../fixtures/live/kpi-values.ts';
import { startClickhouse, type TestClickhouse } from '../../fixtures/servers/clickhouse.ts';
import { insertKpiValues } from '../../pipeline/store/kpi-table.ts';
import { migrate } from '../../pipeline/store/migrate.ts';
import { loadValues } from './load-values.ts';

const nowMs = Date.UTC(2026, 10, 23, 12, 30);

let clickhouse: TestClickhouse;
beforeAll(async () => {
  clickhouse = await startClickhouse();
  await migrate(clickhouse.client, { durability: 'relaxed', cluster: undefined });
  // `kpi_latest` shows current versions only, and these stand with the definitions.
  const definition = { id: 'environment.pm25_mean_1h', version: 1 };
  await clickhouse.client.insert({ table: 'raw_kpis', values: [definition], format: 'JSONEachRow' });
});
afterAll(() => clickhouse.stop());

test('the latest of each series and 26 hours come back as they were published', async () => {
  const recent = hourValue({
    windowStart: '2026-11-23T11:00:00.000Z',
    value: 12.5,
    revision: 9,
    status: 'revised',
    attributes: { dominant: 'pm25', pm25: '41' },
    localDate: '2026-11-23',
    state: 'watch',
  });
  const before = hourValue({ windowStart: '2026-11-23T10:00:00.000Z', value: null, revision: 8 });
  const old = hourValue({ windowStart: '2016-05-01T00:00:00.000Z', entity: 'old-station', revision: 3 });
  const older = hourValue({ windowStart: '2016-04-30T00:00:00.000Z', entity: 'old-station', revision: 2 });
  const removed = hourValue({ windowStart: '2026-11-23T09:00:00.000Z', samples: 0, revision: 7 });
  await insertKpiValues(clickhouse.client, [recent, before, old, older, removed]);
  await insertKpiValues(clickhouse.client, [{ ...recent, value: 1, revision: 5 }]);

  const values = await loadValues(clickhouse.client, nowMs);
  const distinct = new Map(values.map((value) => [`${value.entity} ${value.windowStart}`, value]));
  assert.deepEqual(distinct.get('station-1 2026-11-23T11:00:00.000Z'), recent);
  assert.deepEqual([...distinct].map(([key, { value }]) => `${key} ${value}`).sort(), [
    'old-station 2016-05-01T00:00:00.000Z 10',
    'station-1 2026-11-23T10:00:00.000Z null',
    'station-1 2026-11-23T11:00:00.000Z 12.5',
  ]);
});
