import type { VisibilityCeiling } from '../../../pipeline/runtime/access/tokens.ts';

/** What analysts may ask: the public surface of the store. Everything else in it is bookkeeping. */
export const viewNames = [
  'measurements',
  'cases',
  'posts',
  'measurement_versions',
  'case_versions',
  'post_versions',
  'alert_versions',
  'alerts',
  'exclusions',
  'kpi_values',
  'kpi_latest',
  'kpis',
  'late_events',
  'quarantine',
  'feeds',
  'areas',
  'entities',
  'identity_checks',
  'identity_faults',
  'verifications',
  'agencies',
  'calendar',
  'calendars',
] as const;

/** Views that a later version has: their names are promised, and nobody asks for them yet. */
export const plannedViewNames = ['targets', 'alarms'] as const;

/** The database that clients name. */
export const publicDatabase = 'haidang';

const names: ReadonlySet<string> = new Set(viewNames);
const planned: ReadonlySet<string> = new Set(plannedViewNames);

/** Whether an unqualified name is one of the views. */
export function isViewName(name: string): boolean {
  return names.has(name);
}

/** Whether an unqualified name is one of the views that a later version has. */
export function isPlannedViewName(name: string): boolean {
  return planned.has(name);
}

/**
 * The database that a token's statements really run in. It holds nothing but the views, each without the rows
 * above the ceiling, so that a name the guard misjudged still finds no other table.
 */
export function ceilingDatabase(ceiling: VisibilityCeiling): string {
  return `${publicDatabase}_${ceiling}`;
}
