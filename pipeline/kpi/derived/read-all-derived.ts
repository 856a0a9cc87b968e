import type { DefinitionContext } from '../definitions/definition-context.ts';
import type { Complain } from '../definitions/check-value.ts';
import type { Kpi } from '../kpi.ts';
import type { WrittenDerived } from './derived-schema.ts';
import { kpisOf, readDerived } from './read-derived.ts';

/** A derived definition as a pack has it. */
export interface DerivedEntry {
  readonly written: WrittenDerived;
  readonly complain: Complain;
}

/**
 * Reads derived definitions in the order in which they need each other and adds them to `kpis`. Each may read every
 * definition of any pack; those that read each other in a circle are refused.
 */
export function readAllDerived(
  entries: readonly DerivedEntry[],
  { context, kpis }: { readonly context: DefinitionContext; readonly kpis: Map<string, Kpi> },
): void {
  let waiting = [...new Map(entries.map((entry) => [entry.written.id, entry])).values()];
  for (;;) {
    const ids = new Set(waiting.map(({ written }) => written.id));
    const ready = waiting.filter(({ written }) => !kpisOf(written).some((id) => ids.has(id)));
    if (ready.length === 0) break;
    for (const { written, complain } of ready) {
      const kpi = readDerived(written, { kpis, context, complain });
      if (kpi !== null) kpis.set(kpi.id, kpi);
    }
    waiting = waiting.filter((entry) => !ready.includes(entry));
  }
  for (const { written, complain } of waiting) {
    const circle = waiting.map((entry) => entry.written.id).join(', ');
    complain(['inputs'], `${written.id} reads itself by way of others`, `a circle of ${circle}`);
  }
}
