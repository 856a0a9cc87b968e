import type { ClickHouseClient } from '@clickhouse/client';

import { sqlText } from '../../kpi/sql/literal.ts';
import { selectRows } from '../connect-store.ts';

/** Cases of one statement: it stays far below the engine's bound for a text. */
const CASES_MAX = 20_000;

/**
 * When cases were opened as their first rows in the log say, milliseconds UTC, by case; those that the store has no row
 * of are left out.
 */
export async function storedOpenings(
  client: ClickHouseClient,
  wanted: { readonly subsystem: string; readonly feed: string; readonly cases: readonly string[] },
): Promise<Map<string, number>> {
  const openings = new Map<string, number>();
  for (let from = 0; from < wanted.cases.length; from += CASES_MAX) {
    // One text: the engine takes ten times as long to parse a list.
    const cases = sqlText(JSON.stringify(wanted.cases.slice(from, from + CASES_MAX)));
    const rows = await selectRows<[string, number]>(
      client,
      `SELECT case_id, argMin(toUnixTimestamp64Milli(opened_at), (log_position, log_row))
FROM raw_cases
WHERE subsystem = ${sqlText(wanted.subsystem)} AND feed = ${sqlText(wanted.feed)}
  AND case_id IN (SELECT arrayJoin(JSONExtract(${cases}, 'Array(String)')))
GROUP BY case_id`,
    );
    for (const [id, openedAt] of rows) openings.set(id, openedAt);
  }
  return openings;
}
