import type { ClickHouseClient } from '@clickhouse/client';

import type { LiveValue } from '../protocol/live-value.ts';
import { isoTime, keepMs } from './fan-out/live-store.ts';
import { valueOfRow, type KpiRow } from './value-of-row.ts';

/** Most rows that are read at start; far beyond what the map keeps, so that memory stays bounded. */
export const loadRowsMax = 2_000_000;

/**
 * Reads what the wall shows before the first message: each series' latest window, and the windows of the
 * last 26 h.
 *
 * @throws the client's error when ClickHouse does not answer; asking again is safe
 */
export async function loadValues(clickhouse: ClickHouseClient, nowMs: number): Promise<LiveValue[]> {
  const from = isoTime(nowMs - keepMs);
  const bound = `parseDateTime64BestEffort({from:String}, 3, 'UTC')`;
  const recent = `SELECT * FROM kpi_values WHERE window_end > ${bound}`;
  const values: LiveValue[] = [];
  await readRows(clickhouse, `SELECT * FROM kpi_latest LIMIT ${loadRowsMax}`, {}, values);
  await readRows(clickhouse, `${recent} LIMIT ${loadRowsMax}`, { from }, values);
  return values;
}

async function readRows(
  clickhouse: ClickHouseClient,
  query: string,
  parameters: Readonly<Record<string, string>>,
  into: LiveValue[],
): Promise<void> {
  const result = await clickhouse.query({ query, query_params: { ...parameters }, format: 'JSONEachRow' });
  for await (const rows of result.stream<KpiRow>()) {
    for (const row of rows) into.push(valueOfRow(row.json<KpiRow>()));
  }
}
