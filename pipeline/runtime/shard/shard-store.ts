import type { ClickHouseClient } from '@clickhouse/client';

import type { SliceScope } from '../../kpi/sql/group-slices-sql.ts';
import { sqlText } from '../../kpi/sql/literal.ts';
import { selectRows } from '../../store/connect-store.ts';
import type { EventTable } from '../../store/event-tables.ts';
import { changedSlices, slicesInSpan, type TouchedSlice } from '../../store/groups/changed-slices.ts';
import { type LogBounds, type StoredGroupSlice, storedGroupSlices } from '../../store/groups/group-slices.ts';
import { type StoredGroupWindow, storedGroupWindows } from '../../store/groups/group-windows.ts';
import { givenIds, hotIds, type HotIdRow, knownIds, type KnownRow } from '../../store/known-ids.ts';
import {
  type DaysByEntity,
  type StoredSlice,
  storedSlices,
  storedSlicesSince,
} from '../../store/slice-query.ts';
import { firstChange, firstInSpan, type StatePoints, storedStates } from '../../store/groups/state-slices.ts';
import { storedOpenings } from '../../store/corrections/case-openings.ts';
import { storedCorrections } from '../../store/corrections/corrected-times.ts';
import { insertExclusion, storedExclusions } from '../../store/corrections/exclusion-table.ts';
import { hoursInSpan } from '../../store/corrections/hours-in-span.ts';
import { type ExclusionChange, ExclusionBook } from '../../window/exclusions.ts';
import type { Family } from '../../window/group/group-plan.ts';

/** An entity as the raw rows know it: the feeds it heard of and its newest event. */
export interface StoredEntity {
  readonly entity: string;
  readonly feeds: readonly string[];
  readonly area: string;
  readonly newest: number;
}

/** Windows of stations that start in [from, to), milliseconds UTC. */
export interface StationWindows extends Pick<
  Parameters<typeof storedGroupWindows>[1],
  'kpis' | 'from' | 'to'
> {
  readonly entities: readonly string[] | null;
}

/** What a shard asks of a family at a log position. */
export interface GroupQuestion {
  readonly position: number;
  readonly scope: SliceScope;
}

/** What a shard asks the store; everything is as of a log position. */
export interface ShardStore {
  known(tables: readonly EventTable[], ids: readonly string[]): Promise<Map<string, KnownRow>>;
  slices(position: number, days: DaysByEntity): Promise<StoredSlice[]>;
  /** Slices since a time, of these entities or, when null, of all. */
  slicesSince(position: number, from: number, entities: readonly string[] | null): Promise<StoredSlice[]>;
  /** Stored windows of stations, of these entities or, when null, of all. */
  windows(wanted: StationWindows): Promise<Omit<StoredGroupWindow, 'area' | 'dims'>[]>;
  entities(position: number): Promise<StoredEntity[]>;
  /** Every (entity, hour) that holds a measurement, a versioned one too. */
  hours(position: number): Promise<[string, number][]>;
  hotIds(bounds: { feed: string; position: number; from: number; max: number }): Promise<HotIdRow[]>;
  givenIds(position: number): Promise<[number, number][]>;
  groupSlices(family: Family, question: GroupQuestion): Promise<StoredGroupSlice[]>;
  /** Slices that the rows of a family's kind touch, in any version, of which a version stands in (after, position]. */
  changedSlices(
    family: Family,
    rows: { readonly after: number; readonly position: number },
  ): Promise<TouchedSlice[]>;
  /** States of a family at one or several points of its grid, of what the position covers. */
  states(family: Family, when: StatePoints & { readonly position: number }): Promise<StoredGroupSlice[]>;
  /** Earliest time at which something happened to rows of a kind that stand in the log in (after, position]. */
  firstChange(
    family: Family,
    rows: { readonly after: number; readonly position: number },
  ): Promise<number | null>;
  groupWindows(wanted: Parameters<typeof storedGroupWindows>[1]): Promise<StoredGroupWindow[]>;
  /** The newest change of each exclusion up to a position; from here on they hold for every answer. */
  exclusions(position: number): Promise<ExclusionChange[]>;
  /** Stores a change of an exclusion, which holds for every answer from here on. */
  exclude(change: ExclusionChange): Promise<void>;
  /** Every (entity, hour) with a measurement in a span, up to the change's position. */
  hoursInSpan(change: ExclusionChange): Promise<[string, number][]>;
  /** Slices that rows touch in any version, of which one lies in a span, up to the change's position. */
  slicesInSpan(family: Family, change: ExclusionChange): Promise<TouchedSlice[]>;
  /** Earliest time at which something happened to rows in a span, up to the change's position. */
  firstInSpan(family: Family, change: ExclusionChange): Promise<number | null>;
  /** [entity, event time] of versioned measurements since a time: facts in their places are replaced. */
  corrections(bounds: { readonly position: number; readonly from: number }): Promise<[string, number][]>;
  /** When cases of a feed were opened as their first rows say, by case. */
  openings(feed: string, cases: readonly string[]): Promise<Map<string, number>>;
}

/** The store of one subsystem's shard, on ClickHouse. */
export function clickhouseShardStore(
  { client, writer }: { readonly client: ClickHouseClient; readonly writer: ClickHouseClient },
  subsystem: string,
): ShardStore {
  const facts = (position: number): string =>
    `FROM raw_measurements WHERE subsystem = ${sqlText(subsystem)} AND log_position <= ${position}`;
  const book = new ExclusionBook();
  const upTo = (position: number): LogBounds => ({ subsystem, position, exclusions: book.active });
  return {
    known: (tables, ids) => knownIds(client, tables, ids),
    slices: (position, days) => storedSlices(client, upTo(position), days),
    slicesSince: (position, from, entities) => storedSlicesSince(client, upTo(position), { from, entities }),
    windows: ({ entities, ...wanted }) =>
      storedGroupWindows(client, { ...wanted, places: entities?.map((id) => `e:${id}`) ?? null }),
    async entities(position) {
      const rows = await selectRows<[string, string[], string, number]>(
        client,
        `SELECT entity, groupUniqArray(feed), argMax(area, event_time), max(toUnixTimestamp64Milli(event_time))
FROM (SELECT entity, feed, area, event_time ${facts(position)}
      UNION ALL SELECT entity, feed, area, event_time ${facts(position).replace('raw_measurements', 'raw_measurement_rows')}
      UNION ALL SELECT entity, feed, area, event_time ${facts(position).replace('raw_measurements', 'raw_alerts')})
GROUP BY entity`,
      );
      return rows.map(([entity, feeds, area, newest]) => ({ entity, feeds, area, newest }));
    },
    hours: (position) =>
      selectRows<[string, number]>(
        client,
        `SELECT DISTINCT entity, intDiv(toUnixTimestamp64Milli(event_time), 3600000)
FROM (SELECT entity, event_time ${facts(position)}
      UNION ALL SELECT entity, event_time ${facts(position).replace('raw_measurements', 'raw_measurement_rows')})`,
      ),
    hotIds: (bounds) => hotIds(client, { subsystem, ...bounds }),
    givenIds: (position) => givenIds(client, { subsystem, position }),
    groupSlices: (family, { position, scope }) => storedGroupSlices(client, family, upTo(position), scope),
    changedSlices: (family, { after, position }) => changedSlices(client, family, upTo(position), after),
    states: (family, when) => storedStates(client, family, upTo(when.position), when),
    firstChange: (family, { after, position }) => firstChange(client, family, upTo(position), after),
    groupWindows: (wanted) => storedGroupWindows(client, wanted),
    async exclusions(position) {
      const changes = await storedExclusions(client, { subsystem, position });
      for (const change of changes) book.put(change);
      return changes;
    },
    async exclude(change) {
      await insertExclusion(writer, subsystem, change);
      book.put(change);
    },
    hoursInSpan: (change) => hoursInSpan(client, upTo(change.position), change),
    slicesInSpan: (family, change) => slicesInSpan(client, family, upTo(change.position), change),
    firstInSpan: (family, change) => firstInSpan(client, family, upTo(change.position), change),
    corrections: ({ position, from }) => storedCorrections(client, { subsystem, position, from }),
    openings: (feed, cases) => storedOpenings(client, { subsystem, feed, cases }),
  };
}
