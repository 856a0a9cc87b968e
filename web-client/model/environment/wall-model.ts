import type { RegistryDocument } from '../../../query/protocol/documents/registry-document.ts';
import type { LiveValue } from '../../../query/protocol/live-value.ts';
import { attention, type AttentionItem } from './attention.ts';
import { stationView, type StationView, type ValuesByKpi } from './station.ts';
import { bySilence } from '../stale.ts';
import type { Language } from '../texts/texts.ts';

/** Most entities without a registry entry that are looked at; the newest ones. */
export const unknownStationsMax = 200;

/** Everything that the page draws, made from values and the server's time alone. */
export interface WallModel {
  readonly nowMs: number;
  readonly registry: RegistryDocument;
  /** In the registry's order: place is fixed. */
  readonly standard: readonly StationView[];
  /** Registered sensors in the registry's order, then those that only send, the highest first. */
  readonly indicative: readonly StationView[];
  /** The standard station with the highest index among those that are live. */
  readonly worst: StationView | undefined;
  /** By area: its standard station with the highest index; silent ones only where no other is. */
  readonly worstByArea: ReadonlyMap<string, StationView>;
  readonly attention: readonly AttentionItem[];
  /** Silent stations: standard ones, sensors, then what only sends; of each the latest to fall silent first. */
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
      const name = entity.name[language];
      const about = { id, name, class: entity.class, origin: 'registered' as const, area, map };
      return stationView(about, byEntity.get(id) ?? new Map(), context);
    });
  const standard = views.filter((view) => view.class === 'standard');
  const unknown = unknownStations(byEntity, registry).map(([id, values]) => {
    return stationView({ ...unknownStation, id, name: id }, values, context);
  });
  const heard = unknown.filter((view) => view.hours.length > 0).sort(bySeverity);
  const indicative = [...views.filter((view) => view.class === 'indicative'), ...heard];
  return {
    nowMs,
    registry,
    standard,
    indicative,
    worst: highest(standard.filter((view) => view.silentSinceMs === undefined)),
    worstByArea: worstByArea(standard),
    attention: attention(standard),
    silent: silentStations(standard, indicative),
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

const unknownStation = { class: 'indicative', origin: 'unknown', area: '', map: null } as const;

function silentStations(standard: readonly StationView[], indicative: readonly StationView[]): StationView[] {
  const registered = indicative.filter(({ origin }) => origin === 'registered');
  const unknown = indicative.filter(({ origin }) => origin === 'unknown');
  return [standard, registered, unknown].flatMap((stations) =>
    stations.filter((station) => station.silentSinceMs !== undefined).sort(bySilence),
  );
}

/** What an indicative station's concentration weighs; a silent one weighs less than any live one. */
export function severity({ silentSinceMs, shown }: StationView): number {
  if (silentSinceMs === 'never') return -2;
  return silentSinceMs === undefined ? (shown?.value ?? 0) : -1;
}

// The id breaks ties: stations must not change places at each beat.
function bySeverity(one: StationView, other: StationView): number {
  return severity(other) - severity(one) || (one.id < other.id ? -1 : 1);
}
