import type { ClickHouseClient } from '@clickhouse/client';

import { instantSql, sqlText } from '../../kpi/sql/literal.ts';
import { registeredSql, standingAtSql, standingSql, versionsSql } from '../../kpi/sql/states/standing-sql.ts';
import { stateSlicesSql } from '../../kpi/sql/states/state-slices-sql.ts';
import type { EventKind } from '../../model/subsystem.ts';
import type { Exclusion } from '../../window/exclusions.ts';
import type { Family } from '../../window/group/group-plan.ts';
import { sliceStart } from '../../window/group/window-rule.ts';
import { boundedRows, boundedVersions } from './bounded-rows.ts';
import { changedTables } from './changed-slices.ts';
import { selectRows } from '../connect-store.ts';
import { excludedSql, spanSql } from '../corrections/excluded-sql.ts';
import { type LogBounds, readSlice, type StoredGroupSlice } from './group-slices.ts';

/** Which points of a grid are told. */
export interface StatePoints {
  /** The last one, milliseconds UTC, exclusive: the end of a slice, or an instant inside it. */
  readonly at: number;
  /** Start of the first slice; those between are told at their ends. Absent: the slice of `at` alone. */
  readonly from?: number;
}

/**
 * The states of every key of a family at one or several points of its grid, from what a log position covers: of each row
 * the newest version that happened before a point. Of measurements the newest good reading of each entity and
 * property, when it is young enough.
 */
export async function storedStates(
  client: ClickHouseClient,
  family: Family,
  bounds: LogBounds,
  { at, from }: StatePoints,
): Promise<StoredGroupSlice[]> {
  const last = sliceStart(family, at - 1);
  const numberOf = (slice: number): string => {
    return `toInt64(${String((slice - family.sliceOffsetMs) / family.sliceMs)})`;
  };
  const points = { first: numberOf(from ?? last), last: numberOf(last), now: String(at) };
  const first = from ?? last;
  const before = `event_time < ${instantSql(at)}`;
  const rows = { events: stateVersions(family, bounds, first), where: [before] };
  const standing =
    first === last
      ? standingAtSql(family, rows, String(at))
      : standingSql(family, `(${versionsSql(family, rows)})`, points);
  const registered = `(${registeredSql(family, heardOf(family, bounds), points)})`;
  const sql = stateSlicesSql(family, { standing: `(${standing})`, registered });
  return (await selectRows<unknown[]>(client, sql)).map((row) => readSlice(family, row));
}

/** Everything that states since the slice that starts at `first` may be made of, at a log position. */
export function stateVersions(
  { kind, state }: Pick<Family, 'kind' | 'state'>,
  bounds: LogBounds,
  first: number,
): string {
  if (kind === 'measurement') {
    // No reading before it is young enough for the first slice.
    const where = `event_time >= ${instantSql(first - (state?.withinMs ?? 0))}`;
    return boundedRows(kind, { ...bounds, where });
  }
  const excluded = excludedSql(kind, bounds.exclusions ?? []);
  return boundedVersions(kind, { ...bounds, ...(excluded === null ? {} : { where: `NOT ${excluded}` }) });
}

/** The times of all events of a kind that a position covers. */
function heardOf({ kind }: Pick<Family, 'kind'>, { subsystem, position }: LogBounds): string {
  const where = `subsystem = ${sqlText(subsystem)} AND log_position <= ${String(position)}`;
  const tables = changedTables(kind).map((table) => `SELECT event_time FROM ${table} WHERE ${where}`);
  return `(${tables.join(' UNION ALL ')})`;
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
