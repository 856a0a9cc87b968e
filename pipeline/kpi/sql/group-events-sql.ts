import type { EventKind } from '../../model/subsystem.ts';
import type { GroupKpi } from '../group-kpi.ts';
import { sqlText } from './literal.ts';

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
  const slices = [...rule.slicesOf(start)];
  const from = slices[0] ?? start;
  const wanted: Readonly<Record<string, string>> = { ...dims, area, entity };
  const keys = family.by.map(({ name, value, isMany }) => {
    const text = sqlText(wanted[name] ?? '');
    return isMany ? `has(${value.sql}, ${text})` : `${value.sql} = ${text}`;
  });
  const conditions = [
    ...source.where,
    `subsystem = ${sqlText(kpi.subsystem)}`,
    ...(family.test === null ? [] : [`(${family.test.sql})`]),
    ...keys,
    `${family.at.sql} >= ${String(from)}`,
    `${family.at.sql} < ${String(rule.endOf(start))}`,
  ];
  return `SELECT event_id, feed, entity, area, event_time, received_at, ${COLUMNS[family.kind]}
FROM ${source.view}
WHERE ${conditions.join(' AND ')}
ORDER BY event_time, event_id`;
}

/** The view that shows the events of a kind. */
export const VIEWS: Readonly<Record<EventKind, string>> = {
  measurement: 'measurements',
  case: 'cases',
  post: 'posts',
  alert: 'alerts',
};
