import type { ClickHouseClient } from '@clickhouse/client';

import type { DerivedKpi, DerivedScope } from '../../kpi/derived/derived-kpi.ts';
import { sqlText } from '../../kpi/sql/literal.ts';
import type { Grade } from '../../model/kpi-value.ts';
import { selectRows } from '../connect-store.ts';

/** A window of a derived definition, as its statement gives it; times in milliseconds UTC. */
export interface DerivedRow {
  readonly area: string;
  readonly entity: string;
  readonly dims: Readonly<Record<string, string>>;
  readonly start: number;
  readonly end: number;
  readonly value: number | null;
  readonly numerator: number | null;
  readonly denominator: number | null;
  readonly samples: number;
  /** Whether an input is provisional. */
  readonly provisional: boolean;
  readonly grade: Grade;
  readonly asOf: number;
  /** The input, or `denominator`, for which there is no value; '' where there is one. */
  readonly reason: string;
}

type Content = [number | null, number | null, number | null, number];
type Row = [
  string,
  string,
  Record<string, string>,
  number,
  number,
  ...Content,
  number,
  Grade,
  number,
  string,
];

/** Evaluates windows of a derived definition over what is stored now. @throws StoreUnavailableError */
export async function derivedRows(
  client: ClickHouseClient,
  kpi: Pick<DerivedKpi, 'recomputeSql'>,
  scope: DerivedScope,
): Promise<DerivedRow[]> {
  const rows = await selectRows<Row>(
    client,
    `SELECT area, entity, dims, toUnixTimestamp64Milli(window_start), toUnixTimestamp64Milli(window_end),
  value, numerator, denominator, samples, provisional, grade, toInt64(as_of_ms), reason
FROM (
${kpi.recomputeSql(scope)}
)`,
  );
  return rows.map(([area, entity, dims, start, end, value, numerator, denominator, samples, ...rest]) => {
    const [provisional, grade, asOf, reason] = rest;
    return {
      ...{ area, entity, dims, start, end, value, numerator, denominator, samples },
      ...{ provisional: provisional > 0, grade, asOf, reason },
    };
  });
}

/** Windows of these definitions that are stored as provisional: id, start and end, milliseconds UTC. */
export async function openWindows(
  client: ClickHouseClient,
  kpis: readonly Pick<DerivedKpi, 'id' | 'version'>[],
): Promise<[string, number, number][]> {
  if (kpis.length === 0) return [];
  return selectRows<[string, number, number]>(
    client,
    `SELECT kpi, toUnixTimestamp64Milli(window_start), max(toUnixTimestamp64Milli(window_end))
FROM raw_kpi_values FINAL
WHERE (kpi, version) IN (${versionsSql(kpis)}) AND status = 'provisional' AND samples > 0
GROUP BY kpi, window_start`,
  );
}

/** The highest revision of any stored value of these definitions, 0 when there is none. */
export async function highestRevision(
  client: ClickHouseClient,
  kpis: readonly Pick<DerivedKpi, 'id'>[],
): Promise<number> {
  if (kpis.length === 0) return 0;
  const ids = kpis.map(({ id }) => sqlText(id)).join(', ');
  const sql = `SELECT max(revision) FROM raw_kpi_values WHERE kpi IN (${ids})`;
  return (await selectRows<[number]>(client, sql))[0]?.[0] ?? 0;
}

/** First start and last end of the stored windows of definitions, milliseconds UTC; null: there is none. */
export async function storedSpan(
  client: ClickHouseClient,
  kpis: readonly { readonly kpi: string; readonly version: number }[],
): Promise<{ readonly from: number; readonly to: number } | null> {
  const known = versionsSql(kpis.map(({ kpi, version }) => ({ id: kpi, version })));
  const [row] = await selectRows<[number, number, number]>(
    client,
    `SELECT count(), min(toUnixTimestamp64Milli(window_start)), max(toUnixTimestamp64Milli(window_end))
FROM raw_kpi_values
WHERE (kpi, version) IN (${known})`,
  );
  return row === undefined || row[0] === 0 ? null : { from: row[1], to: row[2] };
}

/** Starts of the stored windows of definitions, milliseconds UTC. */
export async function storedStarts(
  client: ClickHouseClient,
  kpis: readonly { readonly kpi: string; readonly version: number }[],
): Promise<number[]> {
  const known = versionsSql(kpis.map(({ kpi, version }) => ({ id: kpi, version })));
  const rows = await selectRows<[number]>(
    client,
    `SELECT DISTINCT toUnixTimestamp64Milli(window_start) FROM raw_kpi_values WHERE (kpi, version) IN (${known})`,
  );
  return rows.map(([start]) => start);
}

function versionsSql(kpis: readonly Pick<DerivedKpi, 'id' | 'version'>[]): string {
  return kpis.map(({ id, version }) => `(${sqlText(id)}, ${version})`).join(', ');
}
