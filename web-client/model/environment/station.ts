import type { RegistryDocument } from '../../../query/protocol/documents/registry-document.ts';
import type { LiveValue } from '../../../query/protocol/live-value.ts';
import { silentSince, type SilentSince } from '../stale.ts';
import { hourMs } from '../time-text.ts';
import type { Language } from '../texts/texts.ts';

/** One value as the page shows it. Times are milliseconds since 1970. */
export interface Reading {
  readonly kpi: string;
  readonly value: number;
  readonly startMs: number;
  readonly endMs: number;
  readonly asOfMs: number;
  readonly status: LiveValue['status'];
  readonly state: LiveValue['state'];
  /** Title of the property that decides the index, or ''. */
  readonly dominant: string;
  /** Numerator of a ratio, the good readings of an availability; 0 where there is none. */
  readonly numerator: number;
}

/**
 * A column of the heat strip. `silent`: the source had stopped by then; `gap`: no value although it had not.
 */
export type StripColumn =
  | { readonly kind: 'complete'; readonly value: number }
  | { readonly kind: 'running'; readonly value: number }
  | { readonly kind: 'gap' }
  | { readonly kind: 'silent' };

/** A station or sensor, ready to be drawn. */
export interface StationView {
  readonly id: string;
  readonly name: string;
  readonly class: 'standard' | 'indicative';
  /** Whether it is in the registry; `unknown` ones only send. */
  readonly origin: 'registered' | 'unknown';
  readonly area: string;
  readonly map: { readonly x: number; readonly y: number } | null;
  /** The last complete hour, or the running one where none is complete. */
  readonly shown: Reading | undefined;
  /** The running hour, when a complete one is shown. */
  readonly running: Reading | undefined;
  /** Every hour that is known, oldest first. */
  readonly hours: readonly Reading[];
  /** 24 complete hours and the running one. */
  readonly strip: readonly StripColumn[];
  /** Since when it is silent; 'never': nothing came; undefined: it is live. */
  readonly silentSinceMs: SilentSince;
  readonly day: DayReadings;
  readonly availability: DayReadings;
}

/** A KPI by day. */
export interface DayReadings {
  readonly yesterday: Reading | undefined;
  readonly today: Reading | undefined;
}

/** Columns of a heat strip. */
export const stripColumns = 25;

/** KPIs of the page. */
export const kpis = {
  index: 'environment.vn_aqi_hour',
  indexDay: 'environment.vn_aqi_day',
  pm25: 'environment.pm25_mean_1h',
  availability: 'environment.data_availability',
} as const;

/** What is known of one entity: its values by KPI, oldest window first. */
export type ValuesByKpi = ReadonlyMap<string, readonly LiveValue[]>;

/** What a wall has room for; the registry's titles are for tables. */
const shortNames: Readonly<Record<string, string>> = {
  pm25: 'PM2.5',
  pm10: 'PM10',
  o3: 'O3',
  no2: 'NO2',
  so2: 'SO2',
  co: 'CO',
};

/** How long after its end an hour may still wait for its last readings, milliseconds. */
const graceMs = 120_000;

/** Promises for KPIs that the registry does not name, seconds. */
const freshSecondsDefault = 1_800;

/** Draws the state of one entity from its values. */
export function stationView(
  about: Pick<StationView, 'id' | 'name' | 'class' | 'origin' | 'area' | 'map'>,
  values: ValuesByKpi,
  context: { readonly registry: RegistryDocument; readonly nowMs: number; readonly language: Language },
): StationView {
  const { registry, nowMs, language } = context;
  const kpi = about.class === 'standard' ? kpis.index : kpis.pm25;
  const read = (id: string): Reading[] =>
    (values.get(id) ?? []).flatMap((value) => readingOf(value, registry, language));
  const hours = read(kpi);
  const silentSinceMs = silentSince(
    hours.map(({ asOfMs }) => asOfMs),
    freshMs(registry, kpi),
    nowMs,
  );
  // An hour that is over by the clock is shown, as provisional, even while a slow feed keeps it from being final:
  // the one before it would be an old number that does not say so.
  const complete = hours.findLast((hour) => hour.status !== 'provisional' || hour.endMs + graceMs <= nowMs);
  const newest = hours.at(-1);
  return {
    ...about,
    shown: complete ?? newest,
    running:
      newest !== complete && newest?.status === 'provisional' && complete !== undefined ? newest : undefined,
    hours,
    strip: strip(hours, silentSinceMs, nowMs),
    silentSinceMs,
    day: dayReadings(read(kpis.indexDay), nowMs),
    availability: dayReadings(read(kpis.availability), nowMs),
  };
}

function freshMs(registry: RegistryDocument, kpi: string): number {
  const known = registry.kpis.find(({ id }) => id === kpi);
  return (known?.freshSeconds ?? freshSecondsDefault) * 1_000;
}

/** A property's name as short as a wall needs it. */
export function propertyName(id: string, registry: RegistryDocument | undefined, language: Language): string {
  const property = registry?.properties.find((known) => known.id === id);
  return shortNames[id] ?? property?.title[language] ?? id;
}

function readingOf(value: LiveValue, registry: RegistryDocument, language: Language): Reading[] {
  if (value.value === null) return [];
  const title = propertyName(value.attributes.dominant ?? '', registry, language);
  return [
    {
      kpi: value.kpi,
      value: value.value,
      startMs: Date.parse(value.windowStart),
      endMs: Date.parse(value.windowEnd),
      asOfMs: Date.parse(value.asOf),
      status: value.status,
      state: value.state,
      dominant: title,
      numerator: value.numerator ?? 0,
    },
  ];
}

function strip(hours: readonly Reading[], silentSinceMs: SilentSince, nowMs: number): StripColumn[] {
  const byStart = new Map(hours.map((hour) => [hour.startMs, hour]));
  const runningMs = Math.floor(nowMs / hourMs) * hourMs;
  return Array.from({ length: stripColumns }, (_, index): StripColumn => {
    const startMs = runningMs - (stripColumns - 1 - index) * hourMs;
    const hour = byStart.get(startMs);
    if (hour !== undefined) {
      const kind = hour.status === 'provisional' ? 'running' : 'complete';
      return { kind, value: hour.value };
    }
    const silent = typeof silentSinceMs === 'number' && startMs >= silentSinceMs;
    return silent || silentSinceMs === 'never' ? { kind: 'silent' } : { kind: 'gap' };
  });
}

// Windows of a day start at local midnight; the day before today is the last complete one.
function dayReadings(days: readonly Reading[], nowMs: number): DayReadings {
  const today = days.findLast((day) => day.startMs <= nowMs && nowMs < day.endMs);
  const yesterday = days.findLast((day) => day.endMs <= nowMs && nowMs - day.endMs < 24 * hourMs);
  return { yesterday, today };
}
