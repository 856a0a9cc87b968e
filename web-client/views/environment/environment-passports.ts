import type { LiveValue } from '../../../query/protocol/live-value.ts';
import type { WallConnection } from '../../connection/wall-connection.ts';
import { aqiBand } from '../../model/environment/aqi-band.ts';
import { kpis, propertyName, type Reading, type StationView } from '../../model/environment/station.ts';
import type { WallModel } from '../../model/environment/wall-model.ts';
import { numberText } from '../../model/number-text.ts';
import type { PassportKey } from '../../model/passport-key.ts';
import { clockText, dateText } from '../../model/time-text.ts';
import type { Language, Texts } from '../../model/texts/texts.ts';
import type { PassportPage, WrittenValue } from '../passport/passport-subject.ts';

interface Context {
  readonly connection: WallConnection;
  readonly model: WallModel | undefined;
  readonly texts: Texts;
  readonly language: Language;
}

/** Which value a reading of a station is. */
export function keyOf(station: StationView, reading: Reading | undefined): PassportKey | undefined {
  if (reading === undefined) return undefined;
  const windowStart = new Date(reading.startMs).toISOString();
  return { kpi: reading.kpi, entity: station.id, windowStart };
}

/** What the passports of this page say: names, bands, parts, and the other values of a station. */
export function environmentPassports(context: Context): PassportPage {
  const { connection, model } = context;
  const stations = [...(model?.standard ?? []), ...(model?.indicative ?? [])];
  return {
    subjectOf: (entity) => {
      const station = stations.find(({ id }) => id === entity);
      if (station === undefined) return { name: entity, related: [] };
      return { name: station.name, related: related(station, context.texts) };
    },
    write: (value) => write(value, context),
    revisionOf: ({ kpi, entity, windowStart }) => {
      for (const values of connection.series()) {
        if (values[0].kpi !== kpi || values[0].entity !== entity) continue;
        return values.find((value) => value.windowStart === windowStart)?.revision;
      }
      return undefined;
    },
  };
}

function related(station: StationView, texts: Texts): { key: PassportKey; label: string }[] {
  const { shown, running, day, availability } = station;
  const hour = station.class === 'standard' ? texts.hourTitle : 'PM2.5';
  const date = (reading: Reading): string => dateText(reading.startMs);
  return [
    labelled(station, shown, (reading) => `${hour} ${clockText(reading.startMs)}`),
    labelled(station, running, (reading) => `${hour} ${clockText(reading.startMs)}`),
    station.class === 'standard'
      ? labelled(station, day.yesterday ?? day.today, (reading) => `${texts.dayTitle} ${date(reading)}`)
      : [],
    labelled(
      station,
      availability.yesterday ?? availability.today,
      (reading) => `${texts.validTitle} ${date(reading)}`,
    ),
  ].flat();
}

function labelled(
  station: StationView,
  reading: Reading | undefined,
  label: (reading: Reading) => string,
): { key: PassportKey; label: string }[] {
  const key = keyOf(station, reading);
  return key === undefined || reading === undefined ? [] : [{ key, label: label(reading) }];
}

function write(value: LiveValue, { connection, texts, language }: Context): WrittenValue {
  const registry = connection.registry.peek();
  const definition = registry?.kpis.find(({ id }) => id === value.kpi);
  const isIndex = value.kpi === kpis.index || value.kpi === kpis.indexDay;
  const number = value.value ?? 0;
  const { dominant, area: _area, ...rest } = value.attributes;
  const parts = Object.entries(rest)
    .filter(([, part]) => Number.isFinite(Number(part)))
    .sort(([one], [other]) => Number(other === dominant) - Number(one === dominant));
  return {
    title: definition?.title[language] ?? value.kpi,
    number: numberText(number, isIndex ? 0 : 2, language),
    unit: unitText(definition?.unit ?? ''),
    word: isIndex ? texts.bands[aqiBand(number)] : '',
    parts: parts.map(([id, part]) => ({
      name: propertyName(id, registry, language),
      number: numberText(Number(part), 0, language),
    })),
  };
}

function unitText(unit: string): string {
  if (unit === '1') return '';
  return unit.replace('ug/m3', 'µg/m³');
}
