import type { ClickHouseClient } from '@clickhouse/client';

import { groupSlicesSql } from '../kpi/sql/group-slices-sql.ts';
import { sqlText } from '../kpi/sql/literal.ts';
import type { EventKind } from '../model/subsystem.ts';
import type { Exclusion } from '../window/exclusions.ts';
import { type Family, NOW_SQL } from '../window/group/group-plan.ts';
import { sliceStart } from '../window/group/window-rule.ts';
import { boundedRows } from './bounded-rows.ts';
import { changedTables } from './changed-slices.ts';
import { selectRows } from './connect-store.ts';
import { spanSql } from './corrections/excluded-sql.ts';
import { type LogBounds, readSlice, type StoredGroupSlice } from './group-slices.ts';

/**
 * The state of every key of a family at an instant, from what a log position covers: of each row the newest version that
 * happened before it. Of measurements the newest good reading of each entity and property, when it is young enough.
 *
 * @param at milliseconds UTC, exclusive: the end of a slice, or an instant inside it
 */
export async function storedStates(
  client: ClickHouseClient,
  family: Family,
  bounds: LogBounds,
  at: number,
): Promise<StoredGroupSlice[]> {
  const slice = sliceStart(family, at - 1);
  const placed = { ...family, at: { ...family.at, sql: String(at - 1) } };
  const sql = groupSlicesSql(placed, stateRows(family, bounds, at), { from: slice, to: slice + 1 });
  const rows = await selectRows<unknown[]>(client, sql.replaceAll(NOW_SQL, `toInt64(${String(at)})`));
  return rows.map((row) => readSlice(family, row));
}

/** Rows of a kind as they stood at an instant. */
export function stateRows(
  { kind, state }: Pick<Family, 'kind' | 'state'>,
  bounds: LogBounds,
  at: number,
): string {
  const before = `event_time < ${instantSql(at)}`;
  if (kind !== 'measurement') return boundedRows(kind, { ...bounds, where: before });
  const since = `event_time >= ${instantSql(at - (state?.withinMs ?? 0))}`;
  const readings = boundedRows(kind, { ...bounds, where: `${since} AND ${before}` });
  return `(SELECT * FROM ${readings} WHERE quality = 'good'
ORDER BY event_time DESC, id_hash DESC LIMIT 1 BY entity, property)`;
}

/** The earliest time at which something happened to rows that stand in the log after `after`; null: nothing did. */
export async function firstChange(
  client: ClickHouseClient,
  { kind }: Pick<Family, 'kind'>,
  bounds: LogBounds,
  after: number,
): Promise<number | null> {
  return firstTime(client, kind, bounds, `log_position > ${String(after)}`);
}

/** The earliest time at which something happened to rows in the span of an exclusion; null: nothing did. */
export async function firstInSpan(
  client: ClickHouseClient,
  { kind }: Pick<Family, 'kind'>,
  bounds: LogBounds,
  exclusion: Exclusion,
): Promise<number | null> {
  return firstTime(client, kind, bounds, spanSql(exclusion));
}

async function firstTime(
  client: ClickHouseClient,
  kind: EventKind,
  { subsystem, position }: LogBounds,
  condition: string,
): Promise<number | null> {
  const where = `subsystem = ${sqlText(subsystem)} AND log_position <= ${String(position)} AND ${condition}`;
  const tables = changedTables(kind).map((table) => `SELECT event_time FROM ${table} WHERE ${where}`);
  const [row] = await selectRows<[number, number]>(
    client,
    `SELECT count(), min(toUnixTimestamp64Milli(event_time)) FROM (${tables.join(' UNION ALL ')})`,
  );
  return row === undefined || Number(row[0]) === 0 ? null : Number(row[1]);
}

function instantSql(ms: number): string {
  return `fromUnixTimestamp64Milli(toInt64(${String(Math.max(0, ms))}), 'UTC')`;
}
