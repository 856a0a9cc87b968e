import type { RegistryDocument } from '../../query/protocol/documents/registry-document.ts';
import type { LiveValue } from '../../query/protocol/live-value.ts';
import { attention, type AttentionItem } from './attention.ts';
import { stationView, type StationView, type ValuesByKpi } from './station.ts';
import type { Language } from './texts.ts';

/** Most entities without a registry entry that are looked at; the newest ones. */
export const unknownStationsMax = 200;

/** Everything that the page draws, made from values and the server's time alone. */
export interface WallModel {
  readonly nowMs: number;
  readonly registry: RegistryDocument;
  /** In the registry's order: place is fixed. */
  readonly standard: readonly StationView[];
  /** Registered sensors first, then those that only send. */
  readonly indicative: readonly StationView[];
  /** The standard station with the highest index among those that are live. */
  readonly worst: StationView | undefined;
  /** By area: its standard station with the highest index; silent ones only where no other is. */
  readonly worstByArea: ReadonlyMap<string, StationView>;
  readonly attention: readonly AttentionItem[];
  /** Silent stations, the latest to fall silent first. */
  readonly silent: readonly StationView[];
  /** Good readings of the running day over all stations. */
  readonly readingsToday: number;
  /** Newest moment that any value rests on, milliseconds since 1970. */
  readonly newestMs: number | undefined;
}

/** Builds the page's model. `series` is what a `ValueMap` holds, each series oldest first. */
export function wallModel(
  series: Iterable<readonly [LiveValue, ...LiveValue[]]>,
  context: { readonly registry: RegistryDocument; readonly nowMs: number; readonly language: Language },
): WallModel {
  const { registry, nowMs, language } = context;
  const byEntity = valuesByEntity(series);
  const views = registry.entities
    .filter((entity) => entity.subsystem === 'environment')
    .map((entity) => {
      const { id, area, map } = entity;
      const about = { id, name: entity.name[language], class: entity.class, area, map };
      return stationView(about, byEntity.get(id) ?? new Map(), context);
    });
  const standard = views.filter((view) => view.class === 'standard');
  const unknown = unknownStations(byEntity, registry).map(([id, values]) => {
    const about = { id, name: id, class: 'indicative' as const, area: '', map: null };
    return stationView(about, values, context);
  });
  const heard = unknown.filter((view) => view.hours.length > 0);
  const indicative = [...views.filter((view) => view.class === 'indicative'), ...heard];
  return {
    nowMs,
    registry,
    standard,
    indicative,
    worst: highest(standard.filter((view) => view.silentSinceMs === undefined)),
    worstByArea: worstByArea(standard),
    attention: attention(standard),
    silent: silentStations([...standard, ...indicative]),
    readingsToday: [...standard, ...indicative].reduce(
      (sum, view) => sum + (view.availability.today?.numerator ?? 0),
      0,
    ),
    newestMs: newest(byEntity),
  };
}

function valuesByEntity(
  series: Iterable<readonly [LiveValue, ...LiveValue[]]>,
): Map<string, Map<string, readonly LiveValue[]>> {
  const byEntity = new Map<string, Map<string, readonly LiveValue[]>>();
  for (const values of series) {
    const { entity, kpi } = values[0];
    if (entity === '') continue;
    const known = byEntity.get(entity) ?? new Map<string, readonly LiveValue[]>();
    known.set(kpi, values);
    byEntity.set(entity, known);
  }
  return byEntity;
}

function unknownStations(
  byEntity: ReadonlyMap<string, ValuesByKpi>,
  registry: RegistryDocument,
): (readonly [string, ValuesByKpi])[] {
  const registered = new Set(registry.entities.map(({ id }) => id));
  const unknown = [...byEntity].filter(([id]) => !registered.has(id));
  return unknown
    .sort(([, one], [, other]) => (newestOf(other) > newestOf(one) ? 1 : -1))
    .slice(0, unknownStationsMax);
}

function newestOf(values: ValuesByKpi): string {
  let found = '';
  for (const list of values.values()) for (const { asOf } of list) if (asOf > found) found = asOf;
  return found;
}

function newest(byEntity: ReadonlyMap<string, ValuesByKpi>): number | undefined {
  let found = '';
  for (const values of byEntity.values()) {
    const asOf = newestOf(values);
    if (asOf > found) found = asOf;
  }
  return found === '' ? undefined : Date.parse(found);
}

function highest(stations: readonly StationView[]): StationView | undefined {
  let found: StationView | undefined;
  for (const station of stations) {
    if (station.shown === undefined) continue;
    if (found?.shown === undefined || station.shown.value > found.shown.value) found = station;
  }
  return found;
}

function worstByArea(standard: readonly StationView[]): Map<string, StationView> {
  const worst = new Map<string, StationView>();
  for (const area of new Set(standard.map((station) => station.area))) {
    const here = standard.filter((station) => station.area === area);
    const live = here.filter((station) => station.silentSinceMs === undefined);
    const found = highest(live) ?? here[0];
    if (found !== undefined) worst.set(area, found);
  }
  return worst;
}

function silentStations(stations: readonly StationView[]): StationView[] {
  const sinceMs = ({ silentSinceMs }: StationView): number =>
    typeof silentSinceMs === 'number' ? silentSinceMs : 0;
  const silent = stations.filter((station) => station.silentSinceMs !== undefined);
  return silent.sort((one, other) => sinceMs(other) - sinceMs(one));
}
