import type { ClickHouseClient } from '@clickhouse/client';

import { sqlText } from '../../kpi/sql/literal.ts';
import type { Exclusion } from '../../window/exclusions.ts';
import { selectRows } from '../connect-store.ts';
import { spanSql } from './excluded-sql.ts';

/** Every (entity, hour since 1970) with a measurement in the span of an exclusion. */
export async function hoursInSpan(
  client: ClickHouseClient,
  { subsystem, position }: { readonly subsystem: string; readonly position: number },
  exclusion: Exclusion,
): Promise<[string, number][]> {
  const where = `subsystem = ${sqlText(subsystem)} AND log_position <= ${String(position)} AND period = ''
  AND ${spanSql(exclusion)}`;
  const parts = ['raw_measurements', 'raw_measurement_rows'].map((table) => {
    return `SELECT entity, intDiv(toUnixTimestamp64Milli(event_time), 3600000) AS hour FROM ${table} WHERE ${where}`;
  });
  return selectRows<[string, number]>(
    client,
    `SELECT DISTINCT entity, hour FROM (${parts.join(' UNION ALL ')})`,
  );
}
