import type { ClickHouseClient } from '@clickhouse/client';

import { contentAttributes, type PublishedContent } from '../../kpi/published.ts';
import { instantSql, sqlText } from '../../kpi/sql/literal.ts';
import type { KpiStatus } from '../../model/kpi-value.ts';
import { selectRows } from '../connect-store.ts';

/** What stands in the store of one window of one key (of one item of it). */
export interface StoredGroupWindow extends PublishedContent {
  readonly kpi: string;
  readonly area: string;
  readonly entity: string;
  /** JSON object, as it was written. */
  readonly dims: string;
  readonly start: number;
}

type Row = [
  string,
  string,
  string,
  string,
  number,
  KpiStatus,
  number | null,
  number | null,
  number | null,
  number,
  string,
];

/** The newest stored content of the windows of these definitions that start in [from, to), milliseconds UTC. */
export async function storedGroupWindows(
  client: ClickHouseClient,
  wanted: {
    readonly kpis: readonly { readonly id: string; readonly version: number }[];
    /** `e:<entity>` or `a:<area>`; null: all. */
    readonly places: readonly string[] | null;
    readonly from: number;
    readonly to: number;
  },
): Promise<StoredGroupWindow[]> {
  if (wanted.kpis.length === 0) return [];
  const kpis = wanted.kpis.map(({ id, version }) => `(${sqlText(id)},${String(version)})`).join();
  const places = wanted.places === null ? '1' : `place IN (${wanted.places.map(sqlText).join()})`;
  const rows = await selectRows<Row>(
    client,
    `SELECT kpi, area, entity, dims, toUnixTimestamp64Milli(window_start), status, value, numerator, denominator, samples,
    attributes
FROM raw_kpi_values FINAL
WHERE (kpi, version) IN (${kpis}) AND ${places}
  AND window_start >= ${instantSql(wanted.from)}
  AND window_start < ${instantSql(wanted.to)}`,
  );
  return rows.map(
    ([kpi, area, entity, dims, start, status, value, numerator, denominator, samples, attributes]) => {
      return {
        ...{ kpi, area, entity, dims, start, status },
        ...{ value, numerator, denominator, samples, attributes: contentAttributes(attributes) },
      };
    },
  );
}
