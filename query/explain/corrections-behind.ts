import type { ClickHouseClient } from '@clickhouse/client';

import { type EventKpi, isDerived, isGroup, type Kpi } from '../../pipeline/kpi/kpi.ts';
import type { GroupKpi } from '../../pipeline/kpi/group-kpi.ts';
import { excludedEventsSql } from '../../pipeline/kpi/sql/group-events-sql.ts';
import { sqlText, sqlTime } from '../../pipeline/kpi/sql/literal.ts';
import { HOUR_MS } from '../../pipeline/model/time.ts';
import type { LiveValue } from '../protocol/live-value.ts';
import { camelCased, storeRows } from '../routes/store-rows.ts';

/** Most exclusions that are told of one value. */
const correctionsMax = 100;

/** The exclusions that keep events out of a value, each with its reason and how many events it keeps out. */
export async function correctionsBehind(
  client: ClickHouseClient,
  kpi: Kpi,
  value: LiveValue,
): Promise<Record<string, unknown>[]> {
  if (isDerived(kpi)) return [];
  const rows = await storeRows<Record<string, unknown>>(
    client,
    `SELECT x.id AS id, x.feed AS feed, x.entity AS entity, x.property AS property, x.from_time AS from_time,
       x.to_time AS to_time, x.reason AS reason, x.excluded_by AS excluded_by, x.excluded_at AS excluded_at,
       uniqExact(e.event_id) AS events
     FROM exclusions AS x INNER JOIN (${excludedSql(kpi, value)}) AS e ON e.feed = x.feed
     WHERE x.active AND (x.entity = '' OR x.entity = e.entity) AND (x.property = ''${byProperty(kpi)})
       AND e.event_time >= x.from_time AND e.event_time < x.to_time
     GROUP BY ALL ORDER BY excluded_at LIMIT {max:UInt32}`,
    { max: correctionsMax },
  );
  return rows.map(camelCased);
}

/** Only measurements have a property. */
function byProperty(kpi: EventKpi): string {
  return isGroup(kpi) && kpi.plan.family.kind !== 'measurement' ? '' : ' OR x.property = e.property';
}

/** A state may be another because of anything that was left out before it. */
function excludedBefore(
  { subsystem, plan }: GroupKpi,
  { start, end }: { readonly start: number; readonly end: number },
): string {
  const { kind, state } = plan.family;
  const conditions = ['excluded', `subsystem = ${sqlText(subsystem)}`, `event_time < ${sqlTime(end)}`];
  if (kind === 'measurement') conditions.push(`event_time >= ${sqlTime(start - (state?.withinMs ?? 0))}`);
  return `SELECT * FROM ${kind}_versions WHERE ${conditions.join(' AND ')}`;
}

function excludedSql(kpi: EventKpi, value: LiveValue): string {
  const { area, entity, dims } = value;
  const [start, end] = [Date.parse(value.windowStart), Date.parse(value.windowEnd)];
  if (isGroup(kpi) && kpi.plan.family.state === null)
    return excludedEventsSql(kpi, { start, area, entity, dims });
  if (isGroup(kpi)) return excludedBefore(kpi, { start, end });
  const conditions = [
    'excluded',
    `subsystem = ${sqlText(kpi.subsystem)}`,
    `entity = ${sqlText(entity)}`,
    ...(kpi.properties === null ? [] : [`property IN (${kpi.properties.map(sqlText).join()})`]),
    `event_time >= ${sqlTime(start - kpi.lookbackHours * HOUR_MS)}`,
    `event_time < ${sqlTime(end)}`,
  ];
  return `SELECT event_id, feed, entity, property, event_time
     FROM measurement_versions WHERE ${conditions.join(' AND ')}`;
}
