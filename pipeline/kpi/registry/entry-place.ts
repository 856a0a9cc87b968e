import type { Place } from './mistakes.ts';
import type { YamlPath } from './yaml-source.ts';

/** The registries, named like their files. */
export type RegistryName =
  'areas' | 'properties' | 'entities' | 'feeds' | 'calendars' | 'holidays' | 'agencies' | 'periods';

/** Says where a field of an entry stands: `placeOf('areas', 'vung-tau', ['parent'])`. */
export type EntryPlace = (registry: RegistryName, id: string, path: YamlPath) => Place;
