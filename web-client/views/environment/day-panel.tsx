import type { JSX } from 'preact';

import { aqiBand, aqiMark, onBand } from '../../model/environment/aqi-band.ts';
import { keepFirst } from '../../model/keep-first.ts';
import { numberText } from '../../model/number-text.ts';
import type { Reading, StationView } from '../../model/environment/station.ts';
import { dateText, dayMs } from '../../model/time-text.ts';
import type { Language, Texts } from '../../model/texts/texts.ts';
import type { WallModel } from '../../model/environment/wall-model.ts';
import { opensPassport } from '../passport/passport-link.ts';
import { NameText } from '../parts/name-text.tsx';
import { keyOf } from './environment-passports.ts';

const stationsMax = 6;

/** VN_AQI of the day before, per standard station; below it the running day. */
export function DayPanel(props: {
  readonly model: WallModel;
  readonly texts: Texts;
  readonly language: Language;
}): JSX.Element {
  const { model, texts } = props;
  const shown = keepFirst(
    model.standard,
    stationsMax,
    ({ day }) => (day.yesterday ?? day.today)?.value ?? -1,
  );
  const more = model.standard.length - shown.length;
  const yesterday = `${texts.yesterday} ${dateText(model.nowMs - dayMs)}`;
  return (
    <section class="panel">
      <div class="title">
        <h2>{texts.dayTitle}</h2>
        <span class="caption">{more > 0 ? `${yesterday}, ${texts.moreStations(more)}` : yesterday}</span>
      </div>
      <ul class="days">
        {shown.map((station) => (
          <Day key={station.id} station={station} {...props} />
        ))}
      </ul>
    </section>
  );
}

function Day(props: {
  readonly station: StationView;
  readonly texts: Texts;
  readonly language: Language;
}): JSX.Element {
  const { station, texts, language } = props;
  const { yesterday, today } = station.day;
  const below = today === undefined ? undefined : `${texts.today} ${numberText(today.value, 0, language)}`;
  return (
    <li {...opensPassport(keyOf(station, yesterday ?? today))}>
      <Pill reading={yesterday} language={language} />
      <div>
        <NameText name={station.name} width={130} sizes={[28, 24]} />
        <em>{yesterday === undefined ? (below ?? texts.noDay) : texts.bands[aqiBand(yesterday.value)]}</em>
      </div>
    </li>
  );
}

function Pill({
  reading,
  language,
}: {
  readonly reading: Reading | undefined;
  readonly language: Language;
}): JSX.Element {
  if (reading === undefined) return <span class="pill none num">–</span>;
  const band = aqiBand(reading.value);
  const text = numberText(reading.value, 0, language);
  if (aqiMark(band) === 'ring') {
    return (
      <span class="pill ring num" style={{ borderColor: `var(--aqi${band})` }}>
        {text}
      </span>
    );
  }
  return (
    <span class="pill num" style={{ background: `var(--aqi${band})`, color: `var(--${onBand(band)})` }}>
      {text}
    </span>
  );
}
