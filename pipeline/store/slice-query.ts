import type { ClickHouseClient } from '@clickhouse/client';

import { DAY_MS, LOCAL_OFFSET_MS } from '../model/time.ts';
import type { Series } from '../window/entity-state.ts';
import { LOW_WORD, SCALE, type Slice } from '../window/slice.ts';
import { boundedEvents } from './bounded-events.ts';
import { sqlText, sqlTime } from '../kpi/sql/literal.ts';
import { selectRows } from './connect-store.ts';
import type { LogBounds } from './groups/group-slices.ts';

/** The slice of one (entity, property, hour) as SQL computes it from the raw rows. */
export interface StoredSlice extends Slice {
  readonly entity: string;
  readonly property: string;
  readonly hour: number;
}

type Row = [string, string, number, number, number, number, number, number];

/** Local days whose slices are wanted, by entity; each as days since 1970 in Asia/Ho_Chi_Minh. */
export type DaysByEntity = ReadonlyMap<string, ReadonlySet<number>>;

/** The local day of an hour, both counted since 1970. */
export function dayOfHour(hour: number): number {
  return Math.floor((hour + LOCAL_OFFSET_MS / 3_600_000) / 24);
}

/**
 * Slices of the given days at a log position, from the raw rows: what a repair installs. Rows of a period are
 * statistics and count in no slice.
 */
export async function storedSlices(
  client: ClickHouseClient,
  bounds: LogBounds,
  days: DaysByEntity,
): Promise<StoredSlice[]> {
  if (days.size === 0) return [];
  return select(client, bounds, dayCondition(days));
}

/** Slices of these entities (all, when null) with an event at or after `from`, milliseconds UTC: what a restart loads. */
export async function storedSlicesSince(
  client: ClickHouseClient,
  bounds: LogBounds,
  wanted: { readonly from: number; readonly entities: readonly string[] | null },
): Promise<StoredSlice[]> {
  const mine = wanted.entities === null ? '' : ` AND entity IN (${wanted.entities.map(sqlText).join()})`;
  return select(client, bounds, `event_time >= ${time(wanted.from)}${mine}`);
}

async function select(client: ClickHouseClient, bounds: LogBounds, where: string): Promise<StoredSlice[]> {
  const rows = await selectRows<Row>(
    client,
    `SELECT entity, property, intDiv(toUnixTimestamp64Milli(event_time), 3600000) AS hour,
    countIf(quality = 'good'), count(),
    sumIf(intDiv(whole - low, ${LOW_WORD}), quality = 'good'), sumIf(low, quality = 'good'),
    max(toUnixTimestamp64Milli(event_time))
FROM (SELECT *, toInt64(roundBankers(value * ${SCALE})) AS whole, bitAnd(whole, ${LOW_WORD - 1}) AS low
      FROM ${boundedEvents({ ...bounds, where })} WHERE period = '')
GROUP BY entity, property, hour`,
  );
  return rows.map(([entity, property, hour, good, total, sumHigh, sumLow, asOf]) => {
    return { entity, property, hour, good, total, sumHigh, sumLow, asOf };
  });
}

function dayCondition(days: DaysByEntity): string {
  const pairs: string[] = [];
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  for (const [entity, set] of days) {
    const name = sqlText(entity);
    for (const day of set) {
      pairs.push(`(${name},${day})`);
      first = Math.min(first, day);
      last = Math.max(last, day);
    }
  }
  const entities = [...days.keys()].map(sqlText).join();
  const day = `intDiv(toUnixTimestamp64Milli(event_time) + ${LOCAL_OFFSET_MS}, ${DAY_MS})`;
  return (
    `entity IN (${entities}) AND event_time >= ${time(first * DAY_MS - LOCAL_OFFSET_MS)} ` +
    `AND event_time < ${time((last + 1) * DAY_MS - LOCAL_OFFSET_MS)} AND (entity, ${day}) IN (${pairs.join()})`
  );
}

function time(ms: number): string {
  return sqlTime(Math.max(0, ms));
}

/** Slices as SQL gives them, by entity and property: where windows are read from. */
export function seriesOfSlices(slices: readonly StoredSlice[]): Map<string, Map<string, Series>> {
  const read = new Map<string, Map<string, Series>>();
  for (const slice of slices) {
    let series = read.get(slice.entity);
    if (series === undefined) read.set(slice.entity, (series = new Map()));
    let one = series.get(slice.property);
    if (one === undefined)
      series.set(slice.property, (one = { property: slice.property, slices: new Map() }));
    one.slices.set(slice.hour, slice);
  }
  return read;
}
