import type { JSX } from 'preact';

import { aqiBand } from '../../model/environment/aqi-band.ts';
import { numberText } from '../../model/number-text.ts';
import { stripColumns, type StationView } from '../../model/environment/station.ts';
import { clockText, hourMs, momentText } from '../../model/time-text.ts';
import type { Language, Texts } from '../../model/texts/texts.ts';
import { severity, type WallModel } from '../../model/environment/wall-model.ts';
import { keepFirst } from '../../model/keep-first.ts';
import { opensPassport } from '../passport/passport-link.ts';
import { firstThatFits, textWidth } from '../parts/fit-text.ts';
import { NameText } from '../parts/name-text.tsx';
import { keyOf } from './environment-passports.ts';
import { Strip } from './strip.tsx';

/** Room of the panel: a standard row takes 7 parts, a sensor's 6; rows shrink a little from `partsFull` on. */
const partsMax = 71;
const partsFull = 65;
const parts = { standard: 7, indicative: 6 };
/** Sensors that always find room; beyond it standard stations go first. */
const indicativeMin = 1;

/** Most rows of sensors without a registry entry while registered ones want them; the highest always find room. */
const unknownMax = 2;

/** Room of a heading with its caption, px at 1080 lines. */
const titleWidth = 772;

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
  const until = untilMs === undefined ? [] : [texts.until(momentText(untilMs, model.nowMs))];
  const caption = (heading: string, notes: readonly string[], missing: number): string => {
    const more = missing === 0 ? [] : [texts.moreStations(missing)];
    const captions = notes.map((note) => [note, ...until, ...more].join(', '));
    return firstThatFits(captions, titleWidth - textWidth(heading, 32, 600), 24);
  };
  const used = standard.length * parts.standard + indicative.length * parts.indicative;
  return (
    <section class="panel heat" style={{ '--parts': Math.max(partsFull, used) }}>
      <div class="title">
        <h2>{texts.hourTitle}</h2>
        <span class="caption">
          {caption(texts.hourTitle, texts.hourNotes, model.standard.length - standard.length)}
        </span>
      </div>
      <ul>
        {standard.length === 0 && <li class="empty">{texts.noStations}</li>}
        {standard.map((station) => (
          <Row key={station.id} station={station} untilMs={untilMs} {...props} />
        ))}
      </ul>
      <div class="title">
        <h2>PM2.5, µg/m³</h2>
        <span class="caption">
          {caption('PM2.5, µg/m³', [texts.sensorNote], model.indicative.length - indicative.length)}
        </span>
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
      {...opensPassport(keyOf(station, station.shown))}
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
  // A standard row has two lines beside the number, a sensor's has one: its unit stands in the heading.
  const isStandard = station.class === 'standard';
  const first = isStandard ? texts.bands[aqiBand(reading.value)] : (age ?? 'µg/m³');
  const second = isStandard ? (age ?? reading.dominant) : '';
  return (
    <>
      <span class={`num v${provisional ? ' provisional' : ''}`} data-testid="value">
        {numberText(reading.value, 0, language)}
      </span>
      <em>
        {first}
        {second !== '' && (
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
  const pitch = 13;
  const runningMs = Math.floor(model.nowMs / hourMs) * hourMs;
  const marks = Array.from({ length: stripColumns }, (_, index) => ({
    x: index * pitch,
    ms: runningMs - (stripColumns - 1 - index) * hourMs,
  })).filter(({ ms, x }) => (ms / hourMs + 7) % 6 === 0 && x > 20 && x < 300);
  return (
    <div class="row axis caption">
      <span>{texts.past24}</span>
      <svg class="strip" viewBox="0 0 320 30" aria-hidden="true">
        {marks.map(({ x, ms }) => (
          <text key={ms} x={x} y={24} font-size={24} text-anchor="middle" fill="var(--t3)">
            {clockText(ms).slice(0, 2)}h
          </text>
        ))}
      </svg>
      <span class="legend">
        <svg viewBox="0 0 14 22" aria-hidden="true">
          <rect x={1.25} y={1.25} width={11.5} height={19.5} class="swatch" />
        </svg>
        {texts.provisional}
      </span>
    </div>
  );
}

// The registry's order stays; where room is short the highest standard stations go first, then sensors. What only
// sends stands nowhere else on the page, so its highest find room too, and push no more than that out.
function fitRows({ standard, indicative }: WallModel): {
  readonly standard: readonly StationView[];
  readonly indicative: readonly StationView[];
} {
  const kept = Math.min(indicative.length, indicativeMin);
  const standardMax = Math.floor((partsMax - kept * parts.indicative) / parts.standard);
  const shown = keepFirst(standard, standardMax, (station) => station.shown?.value ?? -1);
  const left = partsMax - Math.max(1, shown.length) * parts.standard;
  const room = Math.floor(left / parts.indicative);
  const registered = indicative.filter(({ origin }) => origin === 'registered');
  const unknown = indicative.filter(({ origin }) => origin === 'unknown');
  const strangers = unknown.slice(0, Math.max(unknownMax, room - registered.length)).slice(0, room);
  const sensors = keepFirst(registered, room - strangers.length, severity);
  return { standard: shown, indicative: [...sensors, ...strangers] };
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
