import { createHash } from 'node:crypto';

import { loadDefinitions } from '../../pipeline/kpi/definitions/load-definitions.ts';
import type { Kpi } from '../../pipeline/kpi/kpi.ts';
import type { Registry } from '../../pipeline/model/registry.ts';
import { installedPacks, packsStamp } from '../../pipeline/runtime/definitions/applied-packs.ts';
import type { Timers } from '../../pipeline/time/clock.ts';

/** How often the packs are looked at, milliseconds. */
export const packsCheckMs = 500;

/** The definitions that routes, filters and the wall's registry go by; they follow `haidang kpi apply`. */
export interface DefinitionBook {
  readonly all: readonly Kpi[];
  /** Another one with every change of what a screen shows of definitions. */
  readonly mark: string;
  close(): void;
}

/**
 * Reads the packs of the product and of the state folder, and again whenever those of the state folder change. What
 * cannot be read leaves the known ones in force.
 *
 * @throws ConfigurationError when they cannot be read at first
 */
export function openDefinitionBook(deps: {
  readonly home: string;
  readonly registry: Registry;
  readonly timers: Timers;
  readonly onUnreadable: (error: unknown) => void;
}): DefinitionBook {
  const { home, registry, timers } = deps;
  const read = (): readonly Kpi[] => loadDefinitions(registry, installedPacks(home)).all;
  let stamp = packsStamp(home);
  let all = read();
  let mark = markOf(all);
  const close = timers.every(packsCheckMs, () => {
    try {
      const now = packsStamp(home);
      if (now === stamp) return;
      stamp = now;
      all = read();
      mark = markOf(all);
    } catch (error) {
      deps.onUnreadable(error);
    }
  });
  return {
    get all() {
      return all;
    },
    get mark() {
      return mark;
    },
    close,
  };
}

function markOf(kpis: readonly Kpi[]): string {
  const shown = kpis.map(({ id, version, title, unit, visibility, freshSeconds, bands }) => [
    ...[id, version, title, unit, visibility, freshSeconds, bands],
  ]);
  return createHash('sha256').update(JSON.stringify(shown)).digest('hex').slice(0, 8);
}
