import type { EventKind } from '../../model/subsystem.ts';
import type { Registry } from '../../model/registry.ts';
import type { RowFunction } from '../rows/row-functions.ts';
import { parseDate } from '../windows/civil.ts';
import type { NamedPeriod } from '../windows/periods.ts';
import { openCalendarBook } from '../working-time/calendar-book.ts';
import { rowFunctionsOf } from './groups/working-functions.ts';

/** What definitions look up in the registries. */
export type DefinitionRegistry = Pick<
  Registry,
  'areas' | 'entities' | 'properties' | 'periods' | 'calendars' | 'holidays' | 'agencies'
>;

/** Registries as definitions use them. */
export interface DefinitionContext {
  readonly registry: DefinitionRegistry;
  readonly periods: ReadonlyMap<string, readonly NamedPeriod[]>;
  functionsOf(kind: EventKind): ReadonlyMap<string, RowFunction>;
}

/** Registries of an installation that has none: for tests and for reading definitions alone. */
export const NO_REGISTRY: DefinitionRegistry = {
  areas: new Map(),
  entities: new Map(),
  properties: new Map(),
  periods: new Map(),
  calendars: new Map(),
  holidays: new Map(),
  agencies: new Map(),
};

/** Prepares registries for reading any number of definitions. */
export function definitionContext(registry: DefinitionRegistry): DefinitionContext {
  const book = openCalendarBook(registry);
  return {
    registry,
    periods: new Map(
      [...registry.periods].map(([id, { shape }]) => [id, shape.kind === 'list' ? listed(shape.spans) : []]),
    ),
    functionsOf: (kind) => rowFunctionsOf(kind, book),
  };
}

/** The registry names the day after the last one, windows the last one. */
function listed(
  spans: readonly { readonly id: string; readonly from: string; readonly to: string }[],
): readonly NamedPeriod[] {
  return spans.flatMap(({ id, from, to }) => {
    const [firstDay, endDay] = [parseDate(from), parseDate(to)];
    return firstDay === null || endDay === null ? [] : [{ name: id, firstDay, lastDay: endDay - 1 }];
  });
}
