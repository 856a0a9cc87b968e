import type { ClickHouseClient } from '@clickhouse/client';

import { encodeRows } from '../model/batch/encode-rows.ts';
import type { Column } from '../model/columns.ts';
import type { KpiValue } from '../model/kpi-value.ts';
import { insertArrow } from './connect-store.ts';

const column = (name: string, type: Column['type'], optional = false): Column => ({ name, type, optional });

const COLUMNS: readonly Column[] = [
  column('kpi', 'code'),
  column('version', 'count'),
  column('area', 'code'),
  column('entity', 'code'),
  column('place', 'code'),
  column('dims', 'code'),
  column('window_start', 'time'),
  column('window_end', 'time'),
  column('value', 'number', true),
  column('numerator', 'number', true),
  column('denominator', 'number', true),
  column('samples', 'version'),
  column('status', 'code'),
  column('revision', 'version'),
  column('grade', 'code'),
  column('watermark', 'time'),
  column('published_at', 'time'),
  column('as_of', 'time'),
  column('state', 'code'),
  column('target', 'number', true),
  column('late', 'version'),
  column('quarantined', 'version'),
  column('feeds_seen', 'count'),
  column('feeds_expected', 'count'),
  column('period', 'code'),
  column('attributes', 'text'),
];

/** Stores published values. @throws StoreUnavailableError; the same values again change nothing. */
export async function insertKpiValues(client: ClickHouseClient, values: readonly KpiValue[]): Promise<void> {
  if (values.length === 0) return;
  const table = { table: 'raw_kpi_values', columns: COLUMNS.map(({ name }) => name) };
  await insertArrow(client, table, encodeRows(COLUMNS, values.map(cellsOf)));
}

function cellsOf(value: KpiValue): (string | number | null)[] {
  return [
    value.kpi,
    value.version,
    value.area,
    value.entity,
    value.entity === '' ? `a:${value.area}` : `e:${value.entity}`,
    JSON.stringify(value.dims),
    Date.parse(value.windowStart),
    Date.parse(value.windowEnd),
    value.value,
    value.numerator,
    value.denominator,
    value.samples,
    value.status,
    value.revision,
    value.grade,
    Date.parse(value.watermark),
    Date.parse(value.publishedAt),
    Date.parse(value.asOf),
    value.state,
    value.target,
    value.late,
    value.quarantined,
    value.feedsSeen,
    value.feedsExpected,
    value.period,
    JSON.stringify(value.attributes),
  ];
}
