import type { ClickHouseClient } from '@clickhouse/client';

import { encodeRows } from '../model/batch/encode-rows.ts';
import type { Column } from '../model/columns.ts';
import type { KpiStatus, KpiValue } from '../model/kpi-value.ts';
import { contentAttributes } from '../kpi/published.ts';
import { sqlText } from '../kpi/sql/literal.ts';
import { insertArrow, selectRows } from './connect-store.ts';

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

/** What stands in the store of one window. */
export interface StoredWindow {
  readonly kpi: string;
  readonly entity: string;
  readonly start: number;
  readonly status: KpiStatus;
  readonly value: number | null;
  readonly numerator: number | null;
  readonly denominator: number | null;
  readonly samples: number;
  /** JSON, as it was written. */
  readonly attributes: string;
}

type Row = [string, string, number, KpiStatus, number | null, number | null, number | null, number, string];

/** The newest stored content of windows of these definitions and entities (all, when null) that start in [from, to). */
export async function storedWindows(
  client: ClickHouseClient,
  wanted: {
    readonly kpis: readonly { readonly id: string; readonly version: number }[];
    readonly entities: readonly string[] | null;
    readonly from: number;
    readonly to: number;
  },
): Promise<StoredWindow[]> {
  if (wanted.kpis.length === 0) return [];
  const entities = wanted.entities === null ? '1' : `entity IN (${wanted.entities.map(sqlText).join()})`;
  const kpis = wanted.kpis.map(({ id, version }) => `(${sqlText(id)},${String(version)})`).join();
  const rows = await selectRows<Row>(
    client,
    `SELECT kpi, entity, toUnixTimestamp64Milli(window_start), status, value, numerator, denominator, samples, attributes
FROM raw_kpi_values FINAL
WHERE (kpi, version) IN (${kpis}) AND ${entities}
  AND window_start >= fromUnixTimestamp64Milli(toInt64(${wanted.from}), 'UTC')
  AND window_start < fromUnixTimestamp64Milli(toInt64(${wanted.to}), 'UTC')`,
  );
  return rows.map(([kpi, entity, start, status, value, numerator, denominator, samples, attributes]) => {
    const content = { value, numerator, denominator, samples, attributes: contentAttributes(attributes) };
    return { kpi, entity, start, status, ...content };
  });
}
