import type { ClickHouseClient } from '@clickhouse/client';

import { sqlText } from '../kpi/sql/literal.ts';
import { selectRows } from './connect-store.ts';
import type { EventTable } from './event-tables.ts';

/** An id as 16 hexadecimal digits, high half first. */
export function idKey(high: number, low: number): string {
  return hex(high) + hex(low);
}

/** The first row of an id that a table holds. */
export interface KnownRow {
  readonly content: number;
  /** Place in the log: position * 65,536 + row, below 2^53. */
  readonly place: number;
}

/** Place of a row in the log as one number. */
export function placeOf(position: number, row: number): number {
  return position * 65_536 + row;
}

/** Of these ids those that the table holds, each with its first row in the log. */
export async function knownIds(
  client: ClickHouseClient,
  table: EventTable,
  ids: readonly string[],
): Promise<Map<string, KnownRow>> {
  const known = new Map<string, KnownRow>();
  if (ids.length === 0) return known;
  const rows = await selectRows<[string, number, number]>(
    client,
    `SELECT lower(leftPad(hex(id_hash), 16, '0')), argMin(content_hash, place),
    min(log_position * 65536 + log_row AS place)
FROM ${table} WHERE id_hash IN (${ids.map((id) => BigInt(`0x${id}`)).join()}) GROUP BY id_hash`,
  );
  for (const [id, content, place] of rows) known.set(id, { content, place });
  return known;
}

/** Ids of measurements at a position whose event time is at or after `from`; what the id tables are read back from. */
export async function hotIds(client: ClickHouseClient, bounds: HotIdBounds): Promise<HotIdRow[]> {
  return selectRows<HotIdRow>(
    client,
    `SELECT toUInt32(bitShiftRight(id_hash, 32)), toUInt32(bitAnd(id_hash, 4294967295)), content_hash,
    intDiv(toUnixTimestamp64Milli(event_time), 3600000)
FROM raw_measurements
WHERE subsystem = ${sqlText(bounds.subsystem)} AND feed = ${sqlText(bounds.feed)} AND log_position <= ${bounds.position}
  AND event_time >= fromUnixTimestamp64Milli(toInt64(${Math.max(0, bounds.from)}), 'UTC')
ORDER BY event_time DESC LIMIT ${bounds.max}`,
  );
}

/** Which ids a restart reads back: those of one feed, newest event time first, at most `max`. */
export interface HotIdBounds {
  readonly subsystem: string;
  readonly feed: string;
  readonly position: number;
  readonly from: number;
  readonly max: number;
}

/** high half, low half, content hash, hour since 1970. */
export type HotIdRow = [number, number, number, number];

/** Ids that senders chose, at a position: high and low halves. */
export async function givenIds(
  client: ClickHouseClient,
  bounds: { readonly subsystem: string; readonly position: number },
): Promise<[number, number][]> {
  return selectRows<[number, number]>(
    client,
    `SELECT toUInt32(bitShiftRight(id_hash, 32)), toUInt32(bitAnd(id_hash, 4294967295))
FROM raw_measurements WHERE id_given = 1 AND subsystem = ${sqlText(bounds.subsystem)} AND log_position <= ${bounds.position}`,
  );
}

function hex(word: number): string {
  return word.toString(16).padStart(8, '0');
}
