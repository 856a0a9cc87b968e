import type { ClickHouseClient } from '@clickhouse/client';

import type { GroupSlice } from '../../kpi/sql/group-slices-sql.ts';
import { sqlText } from '../../kpi/sql/literal.ts';
import type { EventKind } from '../../model/subsystem.ts';
import type { Exclusion } from '../../window/exclusions.ts';
import type { Family, KeyField } from '../../window/group/group-plan.ts';
import { spanSql } from '../corrections/excluded-sql.ts';
import { type LogBounds, slicesOfRows } from './group-slices.ts';

/** A slice with the feeds of the rows that touch it. */
export interface TouchedSlice extends GroupSlice {
  readonly feeds: readonly string[];
}

/** What all versions of a row have in common, by kind, and the table that holds them. */
const ROWS: Readonly<Record<EventKind, { readonly table: string; readonly identity: string }>> = {
  measurement: { table: 'raw_measurement_rows', identity: 'feed, entity, property, event_time, period' },
  case: { table: 'raw_cases', identity: 'feed, case_id' },
  post: { table: 'raw_posts', identity: 'platform, post_id, feed' },
  alert: { table: 'raw_alerts', identity: 'feed, event_id' },
};

/**
 * Slices that rows touch in any of their versions, of which one stands in the log after `after`: what these versions
 * make dirty. `after` 0: the slices of everything that is stored.
 */
export async function changedSlices(
  client: ClickHouseClient,
  family: Omit<Family, 'slots'>,
  bounds: LogBounds,
  after: number,
): Promise<TouchedSlice[]> {
  const { table, identity } = ROWS[family.kind];
  const span = `log_position > ${String(after)} AND log_position <= ${String(bounds.position)}`;
  const own = `subsystem = ${sqlText(bounds.subsystem)} AND ${span}`;
  const condition = after === 0 ? '1' : `(${identity}) IN (SELECT ${identity} FROM ${table} WHERE ${own})`;
  return touchedSlices(client, family, bounds, condition);
}

/**
 * Slices that rows touch in any of their versions, of which one lies in the span of an exclusion: what making or undoing
 * it makes dirty. Of measurements those of the quality that `bounds` counts them with.
 */
export async function slicesInSpan(
  client: ClickHouseClient,
  family: Omit<Family, 'slots'>,
  bounds: LogBounds,
  exclusion: Exclusion,
): Promise<TouchedSlice[]> {
  const { kind } = family;
  const { table, identity } = ROWS[kind];
  const span = spanSql(exclusion);
  const own = `subsystem = ${sqlText(bounds.subsystem)} AND log_position <= ${String(bounds.position)} AND ${span}`;
  const isFact = kind === 'measurement' || kind === 'alert';
  const condition = isFact ? span : `(${identity}) IN (SELECT ${identity} FROM ${table} WHERE ${own})`;
  return touchedSlices(client, family, bounds, condition);
}

async function touchedSlices(
  client: ClickHouseClient,
  family: Omit<Family, 'slots'>,
  bounds: LogBounds,
  condition: string,
): Promise<TouchedSlice[]> {
  const found = new Map<string, { key: string[]; slice: number; feeds: string[] }>();
  for (const { key, slice } of await slicesOfRows(client, byFeed(family), bounds, condition)) {
    const own = key.slice(0, -1);
    const name = JSON.stringify([own, slice]);
    const known = found.get(name);
    const feed = key.at(-1) ?? '';
    if (known === undefined) found.set(name, { key: own, slice, feeds: [feed] });
    else known.feeds.push(feed);
  }
  return [...found.values()];
}

/** Tables whose rows are events of a kind. */
export function changedTables(kind: EventKind): readonly string[] {
  return kind === 'measurement' ? ['raw_measurements', ROWS.measurement.table] : [ROWS[kind].table];
}

/** The family with the feed as the last field of its key. */
export function byFeed<Kind extends Omit<Family, 'slots'>>(family: Kind): Kind {
  return { ...family, by: [...family.by, FEED] };
}

const FEED: KeyField = {
  name: 'feed',
  isMany: false,
  value: {
    codes: ['feed'],
    sql: 'feed',
    bind: (batch) => {
      const { codes, values } = batch.codes('feed');
      return (row) => values[codes[row]!]!;
    },
  },
};
