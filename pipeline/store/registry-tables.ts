import type { ClickHouseClient } from '@clickhouse/client';

import type { CompiledKpi } from '../kpi/compiled-kpi.ts';
import type { Registry } from '../model/registry.ts';

/**
 * Writes definitions and registries to the tables behind the views `kpis`, `areas` and `entities`.
 *
 * @param generation rises with every write, milliseconds UTC; the views show the newest
 */
export async function writeRegistries(
  client: ClickHouseClient,
  { registry, definitions }: { readonly registry: Registry; readonly definitions: readonly CompiledKpi[] },
  generation: number,
): Promise<void> {
  const insert = async (table: string, values: readonly object[]): Promise<void> => {
    if (values.length > 0) await client.insert({ table, values, format: 'JSONEachRow' });
  };
  await insert(
    'raw_kpis',
    definitions.map((kpi) => kpiRow(kpi, generation)),
  );
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
}

function kpiRow(kpi: CompiledKpi, generation: number): object {
  return {
    id: kpi.id,
    version: kpi.version,
    hash: kpi.hash,
    subsystem: kpi.subsystem,
    title_vi: kpi.title.vi,
    title_en: kpi.title.en,
    unit: kpi.unit,
    window: kpi.window,
    fresh_seconds: kpi.freshSeconds,
    lateness_seconds: kpi.latenessSeconds,
    visibility: kpi.visibility,
    source: kpi.source,
    sql: kpi.recomputeSql({ events: 'measurements' }),
    generation,
  };
}
