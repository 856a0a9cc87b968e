import type { ClickHouseClient } from '@clickhouse/client';

import { sqlText } from '../../kpi/sql/literal.ts';
import type { Exclusion, ExclusionChange } from '../../window/exclusions.ts';
import { insertJson, selectRows, tableTime } from '../connect-store.ts';

/** Stores a change of an exclusion; again, and nothing changes. @throws StoreUnavailableError */
export async function insertExclusion(
  client: ClickHouseClient,
  subsystem: string,
  change: ExclusionChange,
): Promise<void> {
  const { id, feed, entity, property, reason, author } = change;
  const row = {
    ...{ subsystem, id, feed, entity, property, reason, author },
    from_time: tableTime(change.from),
    to_time: tableTime(change.to),
    changed_at: tableTime(change.at),
    active: change.isActive ? 1 : 0,
    log_position: change.position,
  };
  await insertJson(client, 'raw_exclusions', [row]);
}

type Row = [string, string, string, string, number, number, string, string, number, number, number];

/** The newest change of each exclusion that a log position covers. */
export async function storedExclusions(
  client: ClickHouseClient,
  { subsystem, position }: { readonly subsystem: string; readonly position: number },
): Promise<ExclusionChange[]> {
  const rows = await selectRows<Row>(
    client,
    `SELECT id, feed, entity, property, toUnixTimestamp64Milli(from_time), toUnixTimestamp64Milli(to_time), reason,
    author, toUnixTimestamp64Milli(changed_at), active, log_position
FROM raw_exclusions
WHERE subsystem = ${sqlText(subsystem)} AND log_position <= ${String(position)}
ORDER BY log_position DESC LIMIT 1 BY id`,
  );
  return rows.map(([id, feed, entity, property, from, to, reason, author, at, active, own]) => {
    return {
      id,
      feed,
      entity,
      property,
      from,
      to,
      reason,
      author,
      at,
      isActive: active === 1,
      position: own,
    };
  });
}

/** The spans that are excluded at a log position. */
export async function activeExclusions(
  client: ClickHouseClient,
  bounds: { readonly subsystem: string; readonly position: number },
): Promise<Exclusion[]> {
  return (await storedExclusions(client, bounds)).filter(({ isActive }) => isActive);
}
