import type { Family, Slot } from '../../window/group/group-plan.ts';
import type { GroupKpi } from '../group-kpi.ts';

/**
 * What definitions fold together: those of one family share its rows, keys and slices, and slots of equal text stand
 * once. In the order of the definitions.
 */
export function familiesOf(kpis: readonly Pick<GroupKpi, 'plan'>[]): Family[] {
  const families = new Map<string, { family: Omit<Family, 'slots'>; slots: Map<string, Slot> }>();
  for (const { plan } of kpis) {
    const known = families.get(plan.family.text);
    const { slots } = known ?? { slots: new Map<string, Slot>() };
    for (const slot of plan.slots.values()) if (!slots.has(slot.text)) slots.set(slot.text, slot);
    if (known === undefined) families.set(plan.family.text, { family: plan.family, slots });
  }
  return [...families.values()].map(({ family, slots }) => ({ ...family, slots: [...slots.values()] }));
}
