import type { ClickHouseClient } from '@clickhouse/client';

import { sliceSql } from '../../kpi/sql/group-rows-sql.ts';
import { groupKeysSql, groupSlicesSql, spanOf } from '../../kpi/sql/group-slices-sql.ts';
import type { GroupSlice, SliceScope } from '../../kpi/sql/group-slices-sql.ts';
import { instantSql, sqlText } from '../../kpi/sql/literal.ts';
import type { Exclusion } from '../../window/exclusions.ts';
import type { Family } from '../../window/group/group-plan.ts';
import { boundedRows, boundedVersions } from './bounded-rows.ts';
import { selectRows } from '../connect-store.ts';

/** Which part of the log a statement covers. */
export interface LogBounds {
  readonly subsystem: string;
  /** Highest log position that counts. */
  readonly position: number;
  /** The spans that are excluded at the position; none when left out. */
  readonly exclusions?: readonly Exclusion[];
}

/** The partial states of one slice of one key as SQL computes them from the raw rows. */
export interface StoredGroupSlice extends GroupSlice {
  readonly rows: number;
  /** Newest time that placed a row in the slice, milliseconds UTC. */
  readonly asOf: number;
  /** By slot: its cells (numbers), or the JSON of its box as the only element. */
  readonly partials: readonly (readonly unknown[])[];
}

/**
 * Slices of a family at a log position: what a repair and a restart install. A wanted slice that holds no row is not
 * in the result.
 *
 * @throws StoreUnavailableError, StoreRefusedError
 */
export async function storedGroupSlices(
  client: ClickHouseClient,
  family: Family,
  bounds: LogBounds,
  wanted: SliceScope,
): Promise<StoredGroupSlice[]> {
  if ('slices' in wanted && wanted.slices.length === 0) return [];
  const where = rowConditionOf(family, bounds, wanted);
  const events = boundedRows(family.kind, { ...bounds, ...(where === undefined ? {} : { where }) });
  const rows = await selectRows<unknown[]>(client, groupSlicesSql(family, events, wanted));
  return rows.map((row) => readSlice(family, row));
}

/**
 * The slices that rows touch in any of their versions up to a log position: what an update of these rows makes dirty.
 *
 * @param condition on what all versions of a row have in common, such as `case_id IN (…)`; see `RowBounds.where`
 */
export async function slicesOfRows(
  client: ClickHouseClient,
  family: Omit<Family, 'slots'>,
  bounds: LogBounds,
  condition: string,
): Promise<GroupSlice[]> {
  const events = boundedVersions(family.kind, { ...bounds, where: condition });
  const rows = await selectRows<unknown[]>(client, groupKeysSql(family, events, condition));
  return rows.map((row) => ({ key: keyOf(family, row), slice: Number(row[family.by.length]) }));
}

/** A row of `groupSlicesSql`. */
export function readSlice(family: Family, row: readonly unknown[]): StoredGroupSlice {
  let next = family.by.length;
  const [slice, rows, asOf] = [row[next++], row[next++], row[next++]].map(Number);
  const partials = family.slots.map(({ aggregate }) => {
    if (aggregate.state === 'box') return [row[next++]];
    return Array.from({ length: aggregate.width }, () => Number(row[next++]));
  });
  return { key: keyOf(family, row), slice: slice ?? 0, rows: rows ?? 0, asOf: asOf ?? 0, partials };
}

function keyOf({ by }: Pick<Family, 'by'>, row: readonly unknown[]): string[] {
  return row.slice(0, by.length).map(String);
}

/** Where the versions of cases and posts stand, and what names a row there. */
const ROW_TABLES = {
  case: { table: 'raw_cases', row: 'feed, case_id' },
  post: { table: 'raw_posts', row: 'platform, post_id, feed' },
} as const;

/** SQL of the time of a measurement or alert that is placed by when it happened. */
const EVENT_TIME = 'toUnixTimestamp64Milli(event_time)';

/**
 * What bounds the raw table for these slices. Facts: their span. Cases and posts: the rows of which some version
 * falls into the slices, found without looking for the newest versions of all others.
 */
function rowConditionOf(family: Family, bounds: LogBounds, wanted: SliceScope): string | undefined {
  const { kind, at } = family;
  if (kind === 'case' || kind === 'post') {
    if (!('slices' in wanted)) return undefined;
    const { table, row } = ROW_TABLES[kind];
    const slices = [...new Set(wanted.slices.map(({ slice }) => slice))];
    return `(${row}) IN (SELECT ${row} FROM ${table}
      WHERE subsystem = ${sqlText(bounds.subsystem)} AND log_position <= ${bounds.position}
        AND ${sliceSql(family, at.sql)} IN (${slices.join()}))`;
  }
  return factSpanSql(family, spanOf(family, wanted));
}

/**
 * The span of the facts of a family as a condition that lets the engine skip what lies outside; undefined where
 * something else than the time of the event places them, or where they are rows.
 */
export function factSpanSql(
  { kind, at }: Pick<Family, 'kind' | 'at'>,
  { from, to }: { readonly from: number | undefined; readonly to: number | undefined },
): string | undefined {
  if (kind === 'case' || kind === 'post' || at.sql !== EVENT_TIME) return undefined;
  const conditions: string[] = [];
  if (from !== undefined) conditions.push(`event_time >= ${instantSql(from)}`);
  if (to !== undefined) conditions.push(`event_time < ${instantSql(to)}`);
  return conditions.length === 0 ? undefined : conditions.join(' AND ');
}
