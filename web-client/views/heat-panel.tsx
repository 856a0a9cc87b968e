import type { JSX } from 'preact';

import { aqiBand } from '../model/aqi-band.ts';
import { numberText } from '../model/number-text.ts';
import { stripColumns, type StationView } from '../model/station.ts';
import { clockText, hourMs, momentText } from '../model/time-text.ts';
import type { Language, Texts } from '../model/texts.ts';
import type { WallModel } from '../model/wall-model.ts';
import { NameText } from './name-text.tsx';
import { Strip } from './strip.tsx';

/** Room of the panel: a standard row takes 7 parts, a sensor's 6, and there are 65. */
const partsMax = 65;
const parts = { standard: 7, indicative: 6 };
/** Sensors that always find room, however many standard stations there are. */
const indicativeMin = 3;

/** Sensors without a registry entry that always find room. */
const unregisteredKept = 2;

interface PanelProps {
  readonly model: WallModel;
  readonly texts: Texts;
  readonly language: Language;
}

/** The last 24 hours of each station: standard ones as VN_AQI, reference sensors in micrograms. */
export function HeatPanel(props: PanelProps): JSX.Element {
  const { model, texts } = props;
  const { standard, indicative } = fitRows(model);
  const untilMs = commonEnd([...standard, ...indicative]);
  const until = untilMs === undefined ? '' : `, ${texts.until(momentText(untilMs, model.nowMs))}`;
  const more = (all: readonly StationView[], shown: readonly StationView[]): string =>
    all.length > shown.length ? `, ${texts.moreStations(all.length - shown.length)}` : '';
  return (
    <section class="panel heat">
      <div class="title">
        <h2>{texts.hourTitle}</h2>
        <span class="caption">{texts.hourNote + (more(model.standard, standard) || until)}</span>
      </div>
      <ul>
        {standard.length === 0 && <li class="empty">{texts.noStations}</li>}
        {standard.map((station) => (
          <Row key={station.id} station={station} untilMs={untilMs} {...props} />
        ))}
      </ul>
      <div class="title">
        <h2>PM2.5</h2>
        <span class="caption">{texts.sensorNote + (more(model.indicative, indicative) || until)}</span>
      </div>
      <ul>
        {indicative.length === 0 && <li class="empty">{texts.noSensors}</li>}
        {indicative.map((station) => (
          <Row key={station.id} station={station} untilMs={untilMs} {...props} />
        ))}
      </ul>
      <Axis {...props} />
    </section>
  );
}

function Row(
  props: PanelProps & { readonly station: StationView; readonly untilMs: number | undefined },
): JSX.Element {
  const { station, texts, model, untilMs } = props;
  const silent = station.silentSinceMs;
  const scale = station.class === 'standard' ? 'index' : 'micrograms';
  return (
    <li
      class={`row ${station.class}${silent === undefined ? '' : ' silent hatch'}`}
      data-station={station.id}
    >
      <NameText name={station.name} width={214} sizes={[40, 34, 28]} />
      <Strip columns={station.strip} scale={scale} />
      {silent === undefined && station.shown !== undefined ? (
        <Value {...props} reading={station.shown} untilMs={untilMs} />
      ) : (
        <em class="wide">
          <SilentText
            silent={silent}
            nowMs={model.nowMs}
            texts={texts}
            lines={station.class === 'standard' ? 2 : 1}
          />
        </em>
      )}
    </li>
  );
}

function SilentText(props: {
  readonly silent: StationView['silentSinceMs'];
  readonly nowMs: number;
  readonly texts: Texts;
  readonly lines: 1 | 2;
}): JSX.Element {
  const { silent, nowMs, texts } = props;
  if (typeof silent !== 'number') return <>{texts.neverUpdated}</>;
  return (
    <>
      {texts.stale}
      <br />
      {texts.since(momentText(silent, nowMs))}
    </>
  );
}

function Value(
  props: PanelProps & {
    readonly station: StationView;
    readonly reading: NonNullable<StationView['shown']>;
    readonly untilMs: number | undefined;
  },
): JSX.Element {
  const { station, reading, texts, language, model, untilMs } = props;
  const provisional = reading.status === 'provisional';
  const age = provisional
    ? texts.provisional
    : reading.status === 'revised'
      ? texts.revised
      : reading.endMs === untilMs
        ? undefined
        : texts.until(momentText(reading.endMs, model.nowMs));
  const unit = station.class === 'standard' ? texts.bands[aqiBand(reading.value)] : 'µg/m³';
  const second = age ?? (station.class === 'standard' ? reading.dominant : undefined);
  return (
    <>
      <span class={`num v${provisional ? ' provisional' : ''}`} data-testid="value">
        {numberText(reading.value, 0, language)}
      </span>
      <em>
        {unit}
        {second !== undefined && second !== '' && (
          <>
            <br />
            {second}
          </>
        )}
      </em>
    </>
  );
}

function Axis({ model, texts }: PanelProps): JSX.Element {
  const pitch = 14;
  const runningMs = Math.floor(model.nowMs / hourMs) * hourMs;
  const marks = Array.from({ length: stripColumns }, (_, index) => ({
    x: index * pitch,
    ms: runningMs - (stripColumns - 1 - index) * hourMs,
  })).filter(({ ms, x }) => (ms / hourMs + 7) % 6 === 0 && x > 20 && x < 320);
  return (
    <div class="row axis caption">
      <span>{texts.past24}</span>
      <svg class="strip" viewBox="0 0 348 30" aria-hidden="true">
        {marks.map(({ x, ms }) => (
          <text key={ms} x={x} y={24} font-size={24} text-anchor="middle" fill="var(--t3)">
            {clockText(ms)}
          </text>
        ))}
      </svg>
      <span class="legend">{texts.dashed}</span>
    </div>
  );
}

// The registry's order stays; where room is short the highest standard stations and the live sensors are
// kept.
function fitRows({ standard, indicative }: WallModel): {
  readonly standard: readonly StationView[];
  readonly indicative: readonly StationView[];
} {
  const kept = Math.min(indicative.length, indicativeMin);
  const standardMax = Math.floor((partsMax - kept * parts.indicative) / parts.standard);
  const shown = keepFirst(standard, standardMax, (station) => station.shown?.value ?? -1);
  const left = partsMax - Math.max(1, shown.length) * parts.standard;
  const sensors = keepFirst(indicative, Math.floor(left / parts.indicative), sensorWeight(indicative));
  return { standard: shown, indicative: sensors };
}

// What only sends is nowhere else on the page, so the newest two of those find room; then what is live.
function sensorWeight(indicative: readonly StationView[]): (station: StationView) => number {
  const unregistered = indicative.filter(
    ({ map, silentSinceMs }) => map === null && silentSinceMs === undefined,
  );
  const kept = new Set(unregistered.slice(0, unregisteredKept));
  return (station) => {
    if (kept.has(station)) return 3;
    return station.silentSinceMs === undefined ? 2 : typeof station.silentSinceMs === 'number' ? 1 : 0;
  };
}

function keepFirst(
  stations: readonly StationView[],
  max: number,
  weight: (station: StationView) => number,
): readonly StationView[] {
  if (stations.length <= max) return stations;
  const chosen = new Set([...stations].sort((one, other) => weight(other) - weight(one)).slice(0, max));
  return stations.filter((station) => chosen.has(station));
}

// The hour that most rows show is said once, in the heading.
function commonEnd(stations: readonly StationView[]): number | undefined {
  const ends = new Map<number, number>();
  for (const { shown, silentSinceMs } of stations) {
    if (shown === undefined || silentSinceMs !== undefined || shown.status === 'provisional') continue;
    ends.set(shown.endMs, (ends.get(shown.endMs) ?? 0) + 1);
  }
  const [common] = [...ends].sort(([, one], [, other]) => other - one);
  return common?.[0];
}
