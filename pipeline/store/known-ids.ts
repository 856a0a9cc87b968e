import type { ClickHouseClient } from '@clickhouse/client';

import { sqlText, sqlTime } from '../kpi/sql/literal.ts';
import { selectRows } from './connect-store.ts';
import type { EventTable } from './event-tables.ts';

/**
 * An id as a text of four UTF-16 units, lowest first: cheap to make and to look up, and many of them, one behind the
 * other, are the bytes of an array of UInt64.
 */
export function idKey(high: number, low: number): string {
  return String.fromCharCode(low & 0xffff, low >>> 16, high & 0xffff, high >>> 16);
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

/** More ids than this hit every granule of a table: asking the index of ids would only cost time. */
const INDEXED_IDS_MAX = 1_000;

/**
 * Of these ids those that one of the tables holds, each with its first row in the log.
 *
 * The ids are one literal: the engine takes ten times as long to parse them as a list of numbers.
 */
export async function knownIds(
  client: ClickHouseClient,
  tables: readonly EventTable[],
  ids: readonly string[],
): Promise<Map<string, KnownRow>> {
  const known = new Map<string, KnownRow>();
  if (ids.length === 0) return known;
  const bytes = Buffer.from(ids.join(''), 'utf16le').toString('base64');
  const columns = 'id_hash, content_hash, log_position, log_row';
  const rows = await selectRows<[number, number, number, number]>(
    client,
    `SELECT toUInt32(bitShiftRight(id_hash, 32)), toUInt32(bitAnd(id_hash, 4294967295)),
    argMin(content_hash, place), min(log_position * 65536 + log_row AS place)
FROM (${tables.map((table) => `SELECT ${columns} FROM ${table}`).join(' UNION ALL ')})
WHERE id_hash IN reinterpret(base64Decode('${bytes}'), 'Array(UInt64)')
GROUP BY id_hash`,
    { use_skip_indexes: ids.length > INDEXED_IDS_MAX ? 0 : 1 },
  );
  for (const [high, low, content, place] of rows) known.set(idKey(high, low), { content, place });
  return known;
}

/** Ids of facts at a position whose event time is at or after `from`; what the id tables are read back from. */
export async function hotIds(client: ClickHouseClient, bounds: HotIdBounds): Promise<HotIdRow[]> {
  return selectRows<HotIdRow>(
    client,
    `SELECT toUInt32(bitShiftRight(id_hash, 32)), toUInt32(bitAnd(id_hash, 4294967295)), content_hash,
    intDiv(toUnixTimestamp64Milli(event_time), 3600000)
FROM (${FACTS.map((table) => `SELECT subsystem, feed, log_position, event_time, id_hash, content_hash FROM ${table}`).join(' UNION ALL ')})
WHERE subsystem = ${sqlText(bounds.subsystem)} AND feed = ${sqlText(bounds.feed)} AND log_position <= ${bounds.position}
  AND event_time >= ${sqlTime(Math.max(0, bounds.from))}
ORDER BY event_time DESC LIMIT ${bounds.max}`,
  );
}

/** Tables of what only adds; its ids are held in memory while it is hot. */
const FACTS = ['raw_measurements', 'raw_alerts'] as const;

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
FROM (${FACTS.map((table) => `SELECT subsystem, log_position, id_given, id_hash FROM ${table}`).join(' UNION ALL ')})
WHERE id_given = 1 AND subsystem = ${sqlText(bounds.subsystem)} AND log_position <= ${bounds.position}`,
  );
}
