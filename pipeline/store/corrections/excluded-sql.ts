import { sqlText, sqlTime } from '../../kpi/sql/literal.ts';
import type { EventKind } from '../../model/subsystem.ts';
import { type Exclusion, EXCLUDED_QUALITY } from '../../window/exclusions.ts';

/** The condition that a row of a kind is excluded; null: none can be, and nothing need be asked. */
export function excludedSql(kind: EventKind, exclusions: readonly Exclusion[]): string | null {
  const spans = exclusions.filter(({ property }) => property === '' || kind === 'measurement');
  return spans.length === 0 ? null : `(${spans.map(spanSql).join(' OR ')})`;
}

/** The condition that a row lies in the span of an exclusion. */
export function spanSql({ feed, entity, property, from, to }: Exclusion): string {
  const conditions = [`feed = ${sqlText(feed)}`];
  if (entity !== '') conditions.push(`entity = ${sqlText(entity)}`);
  if (property !== '') conditions.push(`property = ${sqlText(property)}`);
  conditions.push(`event_time >= ${sqlTime(from)}`, `event_time < ${sqlTime(to)}`);
  return `(${conditions.join(' AND ')})`;
}

/** The quality that a measurement counts with, as the column `quality`. */
export function countedQualitySql(exclusions: readonly Exclusion[]): string {
  const excluded = excludedSql('measurement', exclusions);
  return excluded === null ? 'quality' : `if(${excluded}, ${sqlText(EXCLUDED_QUALITY)}, quality) AS quality`;
}
