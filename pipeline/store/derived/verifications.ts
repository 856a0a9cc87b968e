import type { ClickHouseClient } from '@clickhouse/client';

import type { Verdict } from '../../kpi/sql/verify-sql.ts';
import { insertJson, selectRows, tableTime } from '../connect-store.ts';

/** What a comparison of stored windows with their SQL came to; times in milliseconds UTC. */
export interface Verification {
  readonly kpi: string;
  readonly version: number;
  readonly comparedAt: number;
  readonly from: number;
  readonly to: number;
  readonly position: number;
  readonly windows: Readonly<Record<Verdict, number>>;
  readonly elapsedMs: number;
  /** JSON: what differs, both contents. */
  readonly examples: string;
}

/** Keeps a comparison. @throws StoreUnavailableError */
export function writeVerification(client: ClickHouseClient, one: Verification): Promise<void> {
  const { kpi, version, position, windows, examples } = one;
  return insertJson(client, 'raw_verifications', [
    {
      ...{ kpi, version, position, ...windows, examples, compared_at: tableTime(one.comparedAt) },
      ...{ window_from: tableTime(one.from), window_to: tableTime(one.to) },
      elapsed_ms: Math.round(one.elapsedMs),
    },
  ]);
}

/** A definition with a span of windows in which it differs from its SQL. */
export interface DoubtedSpan {
  readonly kpi: string;
  readonly version: number;
  readonly from: number;
  readonly to: number;
}

/** Says in how many spans a definition differs from its SQL; its values have grade D until there is none. */
export function writeDoubt(
  client: ClickHouseClient,
  doubt: { readonly kpi: string; readonly version: number; readonly spans: number; readonly now: number },
): Promise<void> {
  const { kpi, version, spans, now } = doubt;
  return insertJson(client, 'raw_doubts', [{ kpi, version, spans, changed_at: tableTime(now) }]);
}

/** Most spans that are looked at again after a restart. */
const SPANS_MAX = 1_000;

/** Spans of definitions in doubt whose last comparison left a difference. */
export async function doubtedSpans(client: ClickHouseClient): Promise<DoubtedSpan[]> {
  const rows = await selectRows<[string, number, number, number]>(
    client,
    `SELECT kpi, version, toUnixTimestamp64Milli(window_from), toUnixTimestamp64Milli(window_to)
FROM raw_verifications
WHERE (kpi, version) IN (SELECT kpi, version FROM raw_doubts FINAL WHERE spans > 0)
GROUP BY kpi, version, window_from, window_to
HAVING argMax(different + missing + surplus, compared_at) > 0
ORDER BY max(compared_at) DESC
LIMIT ${SPANS_MAX}`,
  );
  return rows.map(([kpi, version, from, to]) => ({ kpi, version, from, to }));
}

/** First and last start of the stored windows of a definition, milliseconds UTC. */
export interface StoredStarts {
  readonly first: number;
  readonly last: number;
}

/** Where every definition that has values has its windows, by `id version`. */
export async function windowStarts(client: ClickHouseClient): Promise<ReadonlyMap<string, StoredStarts>> {
  const rows = await selectRows<[string, number, number, number]>(
    client,
    `SELECT kpi, version, min(toUnixTimestamp64Milli(window_start)), max(toUnixTimestamp64Milli(window_start))
FROM raw_kpi_values
GROUP BY kpi, version`,
    { max_threads: 1 },
  );
  return new Map(rows.map(([kpi, version, first, last]) => [`${kpi} ${version}`, { first, last }]));
}
