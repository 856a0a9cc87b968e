import type { KpiFacts } from '../../pipeline/kpi/compiled-kpi.ts';
import type { Registry } from '../../pipeline/model/registry.ts';
import { PROVINCE_AREA } from '../../pipeline/model/subsystem.ts';
import type { RegistryDocument } from '../protocol/documents/registry-document.ts';
import { maySee, type Visibility, type VisibilityOf } from './fan-out/live-filter.ts';

/** What of a definition the live side must know. */
export type LiveDefinition = Pick<KpiFacts, 'id' | 'title' | 'unit' | 'freshSeconds' | 'visibility'>;

/** Registries and definitions of the running process; `definitions` is another list when they have changed. */
export interface LiveCatalogue {
  readonly registry: Registry;
  readonly definitions: readonly LiveDefinition[];
  readonly demo: 'on' | 'off';
}

/** The document of `GET /v1/registry` for a bearer with this ceiling. */
export function registryAnswer(catalogue: LiveCatalogue, ceiling: Visibility): RegistryDocument {
  const { registry, definitions, demo } = catalogue;
  const areas = [...registry.areas.values()];
  const province = registry.areas.get(PROVINCE_AREA);
  return {
    province: { id: PROVINCE_AREA, name: province?.name ?? { vi: PROVINCE_AREA, en: PROVINCE_AREA } },
    demo: demo === 'on',
    areas: areas.map(({ id, name, level, parent, validFrom, validTo, outline }) => {
      return { id, name, level, parent, validFrom, validTo, outline: outline.map(([x, y]) => [x, y]) };
    }),
    entities: [...registry.entities.values()].map((entity) => {
      const { id, name, subsystem, area, cadenceSeconds, map } = entity;
      return { id, name, subsystem, area, class: entity.class, cadenceSeconds, map };
    }),
    properties: [...registry.properties.values()].map(({ id, title, unit }) => ({ id, title, unit })),
    kpis: definitions
      .filter(({ visibility }) => maySee(visibility, ceiling))
      .map(({ id, title, unit, freshSeconds, visibility }) => ({
        id,
        title,
        unit,
        freshSeconds,
        visibility,
      })),
  };
}

/**
 * Tells the visibility of each KPI, by the definitions of the moment; one without a definition is internal, so that
 * nothing leaks to a wall.
 */
export function visibilityIn(catalogue: Pick<LiveCatalogue, 'definitions'>): VisibilityOf {
  let read: readonly LiveDefinition[] = [];
  let known = new Map<string, Visibility>();
  return (kpi) => {
    if (catalogue.definitions !== read) {
      read = catalogue.definitions;
      known = new Map(read.map(({ id, visibility }) => [id, visibility]));
    }
    return known.get(kpi) ?? 'internal';
  };
}
