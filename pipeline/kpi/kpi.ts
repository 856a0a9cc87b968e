import { VIEWS } from './sql/group-events-sql.ts';
import type { CompiledKpi } from './compiled-kpi.ts';
import type { GroupKpi } from './group-kpi.ts';

/** A definition, whatever computes it. */
export type Kpi = CompiledKpi | GroupKpi;

/** Whether a definition is computed by the operator of groups. */
export function isGroup(kpi: Kpi): kpi is GroupKpi {
  return 'plan' in kpi;
}

/** Its windows as people read them: `hour`, `calendar month`. */
export function windowTextOf(kpi: Kpi): string {
  return isGroup(kpi) ? kpi.plan.rule.text : kpi.window;
}

/** The view that its SQL reads. */
export function eventsViewOf(kpi: Kpi): string {
  return isGroup(kpi) ? VIEWS[kpi.plan.family.kind] : VIEWS.measurement;
}
