import type { ClickHouseClient } from '@clickhouse/client';

import { sqlText, sqlTime } from '../../kpi/sql/literal.ts';
import { selectRows } from '../connect-store.ts';

/** [entity, event time] of every versioned row since a time, at a log position: where a fact may be replaced. */
export async function storedCorrections(
  client: ClickHouseClient,
  bounds: { readonly subsystem: string; readonly position: number; readonly from: number },
): Promise<[string, number][]> {
  return selectRows<[string, number]>(
    client,
    `SELECT DISTINCT entity, toUnixTimestamp64Milli(event_time)
FROM raw_measurement_rows
WHERE subsystem = ${sqlText(bounds.subsystem)} AND log_position <= ${String(bounds.position)} AND period = ''
  AND event_time >= ${sqlTime(Math.max(0, bounds.from))}`,
  );
}
