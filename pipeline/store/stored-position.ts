import type { ClickHouseClient } from '@clickhouse/client';

import { selectRows } from './connect-store.ts';
import { EVENT_TABLES } from './event-tables.ts';

/** The highest log position of any stored row, 0 when there is none. */
export async function highestStoredPosition(client: ClickHouseClient): Promise<number> {
  const tables = Object.keys(EVENT_TABLES).map((table) => `SELECT max(log_position) AS p FROM ${table}`);
  const rows = await selectRows<[number]>(client, `SELECT max(p) FROM (${tables.join(' UNION ALL ')})`);
  return rows[0]?.[0] ?? 0;
}
