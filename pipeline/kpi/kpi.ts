import { versionsViewOf, VIEWS } from './sql/group-events-sql.ts';
import type { CompiledKpi } from './compiled-kpi.ts';
import type { DerivedKpi } from './derived/derived-kpi.ts';
import type { GroupKpi } from './group-kpi.ts';

/** A definition, whatever computes it. */
export type Kpi = CompiledKpi | GroupKpi | DerivedKpi;

/** A definition over events. */
export type EventKpi = CompiledKpi | GroupKpi;

/** Whether a definition is computed by the operator of groups. */
export function isGroup(kpi: Kpi): kpi is GroupKpi {
  return 'plan' in kpi;
}

/** Whether a definition is over values of other KPIs, or of what the platform counts itself. */
export function isDerived(kpi: Kpi): kpi is DerivedKpi {
  return 'derived' in kpi;
}

/** Whether its values are read off the platform itself: SQL over the past cannot tell what was read then. */
export function isGauge(kpi: Kpi): boolean {
  return isDerived(kpi) && kpi.derived.gauge !== null;
}

/** Its windows as people read them: `hour`, `calendar month`. */
export function windowTextOf(kpi: Kpi): string {
  if (isDerived(kpi)) return kpi.derived.rule.text;
  return isGroup(kpi) ? kpi.plan.rule.text : kpi.window;
}

/** The view that its SQL reads. */
export function eventsViewOf(kpi: Kpi): string {
  if (isDerived(kpi)) return 'kpi_values';
  if (!isGroup(kpi)) return VIEWS.measurement;
  const { family } = kpi.plan;
  return family.state === null ? VIEWS[family.kind] : versionsViewOf(family);
}
