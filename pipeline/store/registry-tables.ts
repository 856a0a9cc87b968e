import type { ClickHouseClient } from '@clickhouse/client';

import { ConfigurationError } from '../errors.ts';
import { eventsViewOf, type Kpi, windowTextOf } from '../kpi/kpi.ts';
import { openCalendarBook, type CalendarBook } from '../kpi/working-time/calendar-book.ts';
import { recordsOf } from '../kpi/working-time/calendar-records.ts';
import type { Registry } from '../model/registry.ts';
import { selectRows } from './connect-store.ts';

/**
 * Writes definitions and registries to the tables behind the views `kpis`, `areas`, `entities`,
 * `agencies` and `calendars`.
 *
 * @param generation rises with every write, milliseconds UTC; the views show the newest
 */
export async function writeRegistries(
  client: ClickHouseClient,
  { registry, definitions }: { readonly registry: Registry; readonly definitions: readonly Kpi[] },
  generation: number,
): Promise<void> {
  const insert = async (table: string, values: readonly object[]): Promise<void> => {
    if (values.length > 0) await client.insert({ table, values, format: 'JSONEachRow' });
  };
  await insert(
    'raw_areas',
    [...registry.areas.values()].map((area) => ({
      id: area.id,
      name_vi: area.name.vi,
      name_en: area.name.en,
      level: area.level,
      parent: area.parent,
      valid_from: area.validFrom,
      valid_to: area.validTo === '' ? null : area.validTo,
      km2: area.km2,
      population: JSON.stringify(area.population),
      generation,
    })),
  );
  await insert(
    'raw_entities',
    [...registry.entities.values()].map((entity) => ({
      id: entity.id,
      name_vi: entity.name.vi,
      name_en: entity.name.en,
      subsystem: entity.subsystem,
      area: entity.area,
      class: entity.class,
      cadence_seconds: entity.cadenceSeconds,
      latitude: entity.latitude,
      longitude: entity.longitude,
      generation,
    })),
  );
  await insert('raw_agencies', agencyRows(registry, generation));
  const book = openCalendarBook(registry);
  await insert('raw_calendars', calendarRows(registry, book, generation));
  await insert('raw_calendar_notes', noteRows(book, generation));
  // Last: the views show the generation of the definitions.
  await insert(
    'raw_kpis',
    definitions.map((kpi) => kpiRow(kpi, generation)),
  );
}

/** The version of each definition that ran last, also of those that run no more; by id. */
export async function knownVersions(
  client: ClickHouseClient,
): Promise<Map<string, { readonly version: number; readonly hash: string }>> {
  const rows = await selectRows<[string, number, string]>(
    client,
    'SELECT id, version, hash FROM raw_kpis FINAL',
  );
  return new Map(rows.map(([id, version, hash]) => [id, { version, hash }]));
}

/**
 * A definition that changed must have a new version: the old values would otherwise be taken for the new ones.
 * @throws ConfigurationError naming the definitions
 */
export async function refuseSilentChange(
  client: ClickHouseClient,
  definitions: readonly Kpi[],
): Promise<void> {
  const stored = await knownVersions(client);
  const changed = definitions.filter(({ id, version, hash }) => {
    const known = stored.get(id);
    return known?.version === version && known.hash !== hash;
  });
  if (changed.length === 0) return;
  throw new ConfigurationError(
    `changed without a new version: ${changed.map(({ id, version }) => `${id} (version ${version})`).join(', ')}; ` +
      'raise `version` in its pack, or undo the change',
  );
}

function kpiRow(kpi: Kpi, generation: number): object {
  return {
    id: kpi.id,
    version: kpi.version,
    hash: kpi.hash,
    subsystem: kpi.subsystem,
    title_vi: kpi.title.vi,
    title_en: kpi.title.en,
    unit: kpi.unit,
    window: windowTextOf(kpi),
    fresh_seconds: kpi.freshSeconds,
    lateness_seconds: kpi.latenessSeconds,
    visibility: kpi.visibility,
    source: kpi.source,
    sql: kpi.recomputeSql({ events: eventsViewOf(kpi) }),
    generation,
  };
}

/** Rows of `raw_calendars`, one a calendar. */
function calendarRows(registry: Registry, book: CalendarBook, generation: number): object[] {
  return book.calendars.map((calendar) => {
    const name = registry.calendars.get(calendar.id)?.name;
    const records = recordsOf(calendar).toString('base64');
    return { id: calendar.id, name_vi: name?.vi ?? '', name_en: name?.en ?? '', records, generation };
  });
}

/** Rows of `raw_calendar_notes`, one for each day that is not like its weekday. */
function noteRows(book: CalendarBook, generation: number): object[] {
  return book.calendars.flatMap(({ id, notes }) => {
    return [...notes].map(([day, { vi, en, proposed }]) => ({
      ...{
        calendar: id,
        local_date: day,
        note_vi: vi,
        note_en: en,
        is_proposed: Number(proposed),
        generation,
      },
    }));
  });
}

/** Rows of `raw_agencies`. */
function agencyRows(registry: Registry, generation: number): object[] {
  return [...registry.agencies.values()].map((agency) => ({
    ...{ id: agency.id, name_vi: agency.name.vi, name_en: agency.name.en, aliases: agency.aliases },
    ...{ calendar: agency.calendar, area: agency.area, parent: agency.parent },
    valid_from: agency.validFrom,
    valid_to: agency.validTo === '' ? null : agency.validTo,
    generation,
  }));
}
