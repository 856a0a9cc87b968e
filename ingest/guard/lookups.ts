import type { Area, Entity, FeedConfig, Property, Registry } from '../../pipeline/model/registry.ts';

/** What a row is looked up in: the registries, with the other names of properties resolved. */
export interface Lookups {
  readonly entities: ReadonlyMap<string, Entity>;
  readonly areas: ReadonlyMap<string, Area>;
  readonly feeds: ReadonlyMap<string, FeedConfig>;
  /** By id and by every alias. */
  readonly properties: ReadonlyMap<string, Property>;
}

/** An undeclared feed's skew, seconds. */
const skewSecondsDefault = 300;

/** Prepares the registries for look-ups by row. */
export function lookupsOf(registry: Registry): Lookups {
  const properties = new Map<string, Property>();
  for (const property of registry.properties.values()) {
    for (const alias of property.aliases) properties.set(alias, property);
  }
  // An id wins over another property's alias.
  for (const property of registry.properties.values()) properties.set(property.id, property);
  return { entities: registry.entities, areas: registry.areas, feeds: registry.feeds, properties };
}

/** The configuration of a feed, or the defaults of one that is not listed. */
export function feedConfig(lookups: Lookups, feed: string): FeedConfig {
  return (
    lookups.feeds.get(feed) ?? {
      id: feed,
      title: { vi: feed, en: feed },
      subsystem: null,
      kind: null,
      area: '',
      skewSeconds: skewSecondsDefault,
      hourLabel: 'start',
      declared: false,
    }
  );
}
