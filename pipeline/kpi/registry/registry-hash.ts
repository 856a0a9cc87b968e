import { createHash } from 'node:crypto';

import type { Registry } from '../../model/registry.ts';

/**
 * sha256, hex, of everything in the registries that can change a value: names, coordinates, outlines and
 * populations are not in it. The order of files and of entries does not matter.
 */
export function registryHash(registry: Omit<Registry, 'hash'>): string {
  const content = {
    areas: sorted(registry.areas, ({ id, level, parent, validFrom, validTo }) => [
      id,
      level,
      parent,
      validFrom,
      validTo,
    ]),
    entities: sorted(registry.entities, ({ id, subsystem, area, cadenceSeconds }) => [
      id,
      subsystem,
      area,
      cadenceSeconds,
    ]),
    feeds: sorted(registry.feeds, ({ id, subsystem, kind, area, skewSeconds, hourLabel, timeUnit }) => [
      id,
      subsystem,
      kind,
      area,
      skewSeconds,
      hourLabel,
      timeUnit ?? null,
    ]),
    calendars: sorted(registry.calendars, ({ id, week, workingDays, holidays, exceptions }) => [
      id,
      week,
      [...workingDays].sort(),
      [...holidays].sort(),
      exceptions.map(({ from, through, hours }) => [from, through, hours]),
    ]),
    holidays: sorted(registry.holidays, ({ set, days, swaps }) => [
      set,
      [...days].sort(),
      swaps.map(({ off, work }) => `${off} ${work}`).sort(),
    ]),
    agencies: sorted(registry.agencies, ({ id, aliases, calendar, area, parent, validFrom, validTo }) => [
      id,
      [...aliases].sort(),
      calendar,
      area,
      parent,
      validFrom,
      validTo,
    ]),
    periods: sorted(registry.periods, ({ id, shape }) => [
      id,
      shape.kind === 'month' ? shape.fromDay : shape.spans.map((span) => [span.id, span.from, span.to]),
    ]),
    properties: sorted(registry.properties, ({ id, unit, units, aliases, min, max }) => [
      id,
      unit,
      Object.entries(units).sort(([a], [b]) => (a < b ? -1 : 1)),
      [...aliases].sort(),
      min,
      max,
    ]),
  };
  return createHash('sha256').update(JSON.stringify(content)).digest('hex');
}

function sorted<Entry>(entries: ReadonlyMap<string, Entry>, row: (entry: Entry) => unknown[]): unknown[][] {
  return [...entries.keys()].sort().map((id) => row(entries.get(id) as Entry));
}
