import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import type { Static, TSchema } from 'typebox';

import { ConfigurationError } from '../../errors.ts';
import type { Area, Entity, FeedConfig, Property, Registry } from '../../model/registry.ts';
import { toAgency, toCalendar, toHoliday, toPeriod } from './calendar-entries.ts';
import { agenciesFile, calendarsFile, holidaysFile, periodsFile } from './calendar-schema.ts';
import { checkRegistry } from './check-registry.ts';
import type { RegistryName } from './entry-place.ts';
import { Mistakes, type Place } from './mistakes.ts';
import { registryHash } from './registry-hash.ts';
import {
  areasFile,
  entitiesFile,
  feedsFile,
  propertiesFile,
  type AreaEntry,
  type EntityEntry,
  type FeedEntry,
  type PropertyEntry,
} from './registry-schema.ts';
import { registryEntriesMax } from './schema-parts.ts';
import { readYamlSource, type YamlPath } from './yaml-source.ts';

/** Skew of a feed that does not say: an event further ahead of its receipt is FUTURE. */
export const feedSkewSecondsDefault = 300;

/**
 * Reads the files of each folder that `RegistryName` names, `areas.yaml` and the others; each is optional, later
 * folders add. Nothing is taken from a set of files with a mistake in it.
 *
 * @throws ConfigurationError with one line per mistake: file, line, column, what is wrong, what to do
 */
export function loadRegistry(folders: readonly string[]): Registry {
  const mistakes = new Mistakes();
  const places = new Map<string, (path: YamlPath) => Place>();
  const missing = folders.filter((folder) => !existsSync(folder));
  if (missing.length > 0) throw new ConfigurationError(`no such registry folder: ${missing.join(', ')}`);

  const read = <Schema extends TSchema, Entry extends { readonly id: string }, Model>(
    name: RegistryName,
    schema: Schema,
    entriesOf: (content: Static<Schema>) => readonly Entry[],
    model: (entry: Entry) => Model,
  ): ReadonlyMap<string, Model> => {
    const all = new Map<string, Model>();
    for (const folder of folders) {
      const source = readYamlSource(join(folder, `${name}.yaml`), schema, mistakes);
      if (source === undefined) continue;
      entriesOf(source.content).forEach((entry, index) => {
        const place = (path: YamlPath): Place => source.place([name, index, ...path]);
        const first = places.get(`${name} ${entry.id}`)?.(['id']);
        if (first !== undefined) {
          const before = `${first.file}:${first.line}`;
          mistakes.add(place(['id']), `"${entry.id}" is there already`, `see ${before}; an id stands once`);
          return;
        }
        places.set(`${name} ${entry.id}`, place);
        all.set(entry.id, model(entry));
        if (all.size > registryEntriesMax) {
          throw new ConfigurationError(`more than ${registryEntriesMax} ${name}: the registries are bounded`);
        }
      });
    }
    return all;
  };

  const registry = {
    areas: read('areas', areasFile, (content) => content.areas, toArea),
    properties: read('properties', propertiesFile, (content) => content.properties, toProperty),
    entities: read('entities', entitiesFile, (content) => content.entities, toEntity),
    feeds: read('feeds', feedsFile, (content) => content.feeds, toFeed),
    calendars: read('calendars', calendarsFile, (content) => content.calendars, toCalendar),
    holidays: read('holidays', holidaysFile, (content) => content.holidays, toHoliday),
    agencies: read('agencies', agenciesFile, (content) => content.agencies, toAgency),
    periods: read('periods', periodsFile, (content) => content.periods, toPeriod),
  };
  // A file that could not be read would make every reference into it a second mistake.
  mistakes.refuseIfAny();
  checkRegistry(registry, (name, id, path) => placeIn(places, name, id, path), mistakes);
  mistakes.refuseIfAny();
  return { ...registry, hash: registryHash(registry) };
}

/**
 * The folder of the product's own registries. The files stay in the source tree, also for what runs from
 * `dist/`.
 */
export function defaultRegistryFolder(): string {
  return join(packageRoot(), 'pipeline', 'packs', 'registry');
}

function placeIn(
  places: ReadonlyMap<string, (path: YamlPath) => Place>,
  name: RegistryName,
  id: string,
  path: YamlPath,
): Place {
  return places.get(`${name} ${id}`)?.(path) ?? { file: `${name}.yaml`, line: 1, column: 1 };
}

function packageRoot(): string {
  const start = dirname(fileURLToPath(import.meta.url));
  for (let folder = start; folder !== dirname(folder); folder = dirname(folder)) {
    const file = join(folder, 'package.json');
    if (existsSync(file) && readFileSync(file, 'utf8').includes('"name": "haidang"')) return folder;
  }
  throw new ConfigurationError(`no package.json of haidang above ${start}`);
}

function toArea(entry: AreaEntry): Area {
  return {
    id: entry.id,
    name: entry.name,
    level: entry.level,
    parent: entry.parent ?? '',
    validFrom: entry.validFrom,
    validTo: entry.validTo ?? '',
    km2: entry.km2 ?? null,
    population: entry.population ?? {},
    outline: entry.outline ?? [],
  };
}

function toProperty(entry: PropertyEntry): Property {
  return {
    id: entry.id,
    title: entry.title,
    unit: entry.unit,
    // Without a prototype: a row's unit `constructor` must find nothing.
    units: Object.assign(Object.create(null) as Record<string, number>, { [entry.unit]: 1 }, entry.units),
    aliases: entry.aliases ?? [],
    min: entry.min,
    max: entry.max,
  };
}

function toEntity(entry: EntityEntry): Entity {
  return {
    id: entry.id,
    name: entry.name,
    subsystem: entry.subsystem,
    area: entry.area,
    class: entry.class ?? 'indicative',
    cadenceSeconds: entry.cadenceSeconds ?? null,
    latitude: entry.latitude ?? null,
    longitude: entry.longitude ?? null,
    map: entry.map ?? null,
  };
}

function toFeed(entry: FeedEntry): FeedConfig {
  return {
    id: entry.id,
    title: entry.title,
    subsystem: entry.subsystem ?? null,
    kind: entry.kind ?? null,
    area: entry.area ?? '',
    skewSeconds: entry.skewSeconds ?? feedSkewSecondsDefault,
    hourLabel: entry.hourLabel ?? 'start',
    ...(entry.timeUnit === undefined ? {} : { timeUnit: entry.timeUnit }),
    declared: true,
  };
}
