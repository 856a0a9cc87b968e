import type { Area, Registry } from '../../model/registry.ts';
import { checkCalendars } from './check-calendars.ts';
import { isDate } from './check-date.ts';
import type { EntryPlace } from './entry-place.ts';
import type { Mistakes, Place } from './mistakes.ts';

const notAnAreaHint = 'add it to areas.yaml, or correct it';

/**
 * Checks what no single entry can know: that references exist, that names are unique, that dates are in
 * order.
 */
export function checkRegistry(
  registry: Omit<Registry, 'hash'>,
  placeOf: EntryPlace,
  mistakes: Mistakes,
): void {
  const checkArea = (area: string, place: Place): void => {
    if (!registry.areas.has(area)) mistakes.add(place, `"${area}" is not an area`, notAnAreaHint);
  };
  checkAreas(registry.areas, placeOf, mistakes);
  checkProperties(registry, placeOf, mistakes);
  checkCalendars(registry, placeOf, mistakes);
  for (const entity of registry.entities.values()) {
    checkArea(entity.area, placeOf('entities', entity.id, ['area']));
    if ((entity.latitude === null) !== (entity.longitude === null)) {
      const place = placeOf('entities', entity.id, ['id']);
      mistakes.add(
        place,
        `"${entity.id}" has only one coordinate`,
        'give latitude and longitude, or neither',
      );
    }
  }
  for (const feed of registry.feeds.values()) {
    if (feed.area !== '') checkArea(feed.area, placeOf('feeds', feed.id, ['area']));
  }
}

function checkAreas(areas: ReadonlyMap<string, Area>, placeOf: EntryPlace, mistakes: Mistakes): void {
  for (const area of areas.values()) {
    const at = (field: string): Place => placeOf('areas', area.id, [field]);
    if (area.parent !== '' && !areas.has(area.parent)) {
      mistakes.add(at('parent'), `"${area.parent}" is not an area`, notAnAreaHint);
    }
    if (area.parent === '' && area.level !== 'province') {
      mistakes.add(at('id'), `"${area.id}" has no parent`, 'only a province has none');
    }
    if (isBelowItself(area, areas)) {
      mistakes.add(at('parent'), `"${area.id}" lies below itself`, 'follow the parents and break the circle');
    }
    for (const field of ['validFrom', 'validTo'] as const) {
      if (area[field] !== '' && !isDate(area[field])) {
        mistakes.add(at(field), `"${area[field]}" is not a date`, 'YYYY-MM-DD of a day that exists');
      }
    }
    if (area.validTo !== '' && area.validTo <= area.validFrom) {
      mistakes.add(
        at('validTo'),
        `validTo is not after validFrom`,
        'it is the first day on which the area is gone',
      );
    }
  }
}

function isBelowItself(area: Area, areas: ReadonlyMap<string, Area>): boolean {
  let parent = areas.get(area.parent);
  for (let steps = 0; parent !== undefined; steps++) {
    if (parent.id === area.id) return true;
    if (steps > areas.size) return false; // a circle above, reported for its own members
    parent = areas.get(parent.parent);
  }
  return false;
}

/** Names of properties are one space, whatever the letter case: a feed's `PM2.5` must mean one thing. */
function checkProperties(registry: Omit<Registry, 'hash'>, placeOf: EntryPlace, mistakes: Mistakes): void {
  const owners = new Map<string, string>();
  for (const property of registry.properties.values()) {
    for (const name of [property.id, ...property.aliases]) {
      const owner = owners.get(name.toLowerCase());
      if (owner !== undefined && owner !== property.id) {
        const place = placeOf('properties', property.id, [name === property.id ? 'id' : 'aliases']);
        mistakes.add(place, `"${name}" already names "${owner}"`, 'a name belongs to one property');
      }
      owners.set(name.toLowerCase(), property.id);
    }
    if (property.units[property.unit] !== 1) {
      const place = placeOf('properties', property.id, ['units']);
      mistakes.add(place, `the factor of "${property.unit}" must be 1`, 'it is the unit that is stored');
    }
    if (property.min >= property.max) {
      mistakes.add(placeOf('properties', property.id, ['min']), 'min is not below max', 'exchange them');
    }
  }
}
