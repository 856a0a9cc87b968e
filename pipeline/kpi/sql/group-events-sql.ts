import type { EventKind } from '../../model/subsystem.ts';
import type { Family } from '../../window/group/group-plan.ts';
import type { GroupKpi } from '../group-kpi.ts';
import { sqlText } from './literal.ts';
import { CLOCK_SQL, standingAtSql } from './states/standing-sql.ts';

/** What of an event is told to those who ask where a value comes from: no text and no author of a post. */
const COLUMNS: Readonly<Record<EventKind, string>> = {
  measurement: 'property, value, unit, quality',
  case: 'case_id, case_type, status, opened_at, due_at, completed_at, closed_at, agency',
  post: 'platform, language, topics, sentiment, reach',
  alert: 'category, signature, severity, count',
};

/** Which window of a definition is asked about. */
export interface EventsOfWindow {
  /** Start, milliseconds UTC. */
  readonly start: number;
  readonly area: string;
  readonly entity: string;
  readonly dims: Readonly<Record<string, string>>;
}

/** The view that shows everything that was sent of a kind, and whether it is excluded. */
const VERSIONS: Readonly<Record<EventKind, string>> = {
  measurement: 'measurement_versions',
  case: 'case_versions',
  post: 'post_versions',
  alert: 'alert_versions',
};

/** The events of one window of one key, in order of their time, over the view of their kind. */
export function groupEventsSql(kpi: GroupKpi, window: EventsOfWindow): string {
  return eventsSql(kpi, window, { view: VIEWS[kpi.plan.family.kind], where: [] });
}

/** What an exclusion keeps out of one window of one key. */
export function excludedEventsSql(kpi: GroupKpi, window: EventsOfWindow): string {
  return eventsSql(kpi, window, { view: VERSIONS[kpi.plan.family.kind], where: ['excluded'] });
}

function eventsSql(
  kpi: GroupKpi,
  { start, area, entity, dims }: EventsOfWindow,
  source: { readonly view: string; readonly where: readonly string[] },
): string {
  const { family, rule } = kpi.plan;
  if (family.state !== null) return standingEventsSql(kpi, { start, area, entity, dims });
  const slices = [...rule.slicesOf(start)];
  const from = slices[0] ?? start;
  const conditions = [
    ...source.where,
    `subsystem = ${sqlText(kpi.subsystem)}`,
    ...(family.test === null ? [] : [`(${family.test.sql})`]),
    ...keyConditions(kpi, { ...dims, area, entity }),
    `${family.at.sql} >= ${String(from)}`,
    `${family.at.sql} < ${String(rule.endOf(start))}`,
  ];
  return `SELECT event_id, feed, entity, area, event_time, received_at, ${COLUMNS[family.kind]}
FROM ${source.view}
WHERE ${conditions.join(' AND ')}
ORDER BY event_time, event_id`;
}

/** The rows as they stood at the end of a window of states; of one that runs, as they stand now. */
function standingEventsSql(kpi: GroupKpi, { start, area, entity, dims }: EventsOfWindow): string {
  const { family, rule } = kpi.plan;
  const events = versionsViewOf(family);
  const own = [`subsystem = ${sqlText(kpi.subsystem)}`];
  if (family.kind !== 'measurement') own.push('NOT excluded');
  const conditions = [
    ...(family.test === null ? [] : [`(${family.test.sql})`]),
    ...keyConditions(kpi, { ...dims, area, entity }),
  ];
  return `SELECT event_id, feed, entity, area, event_time, received_at, ${COLUMNS[family.kind]}
FROM (${standingAtSql(family, { events, where: own }, `least(toInt64(${String(rule.endOf(start))}), ${CLOCK_SQL})`)})
${conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}\n`}ORDER BY event_time, event_id`;
}

function keyConditions(kpi: GroupKpi, wanted: Readonly<Record<string, string>>): string[] {
  return kpi.plan.family.by.map(({ name, value, isMany }) => {
    const text = sqlText(wanted[name] ?? '');
    return isMany ? `has(${value.sql}, ${text})` : `${value.sql} = ${text}`;
  });
}

/** The view that shows every version of what states are made of; of measurements those that count. */
export function versionsViewOf({ kind }: Pick<Family, 'kind'>): string {
  return kind === 'measurement' ? VIEWS.measurement : `${kind}_versions`;
}

/** The view that shows the events of a kind. */
export const VIEWS: Readonly<Record<EventKind, string>> = {
  measurement: 'measurements',
  case: 'cases',
  post: 'posts',
  alert: 'alerts',
};
