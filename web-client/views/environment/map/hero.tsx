import type { JSX } from 'preact';

import { aqiBand, onBand } from '../../../model/environment/aqi-band.ts';
import { numberText } from '../../../model/number-text.ts';
import type { StationView } from '../../../model/environment/station.ts';
import { momentText } from '../../../model/time-text.ts';
import type { Language, Texts } from '../../../model/texts/texts.ts';
import { opensPassport } from '../../passport/passport-link.ts';
import { NameText } from '../../parts/name-text.tsx';
import { keyOf } from '../environment-passports.ts';

/** The worst standard station once more, large: index, band, parameter, age, the running hour, advice. */
export function Hero(props: {
  readonly station: StationView;
  readonly nowMs: number;
  readonly texts: Texts;
  readonly language: Language;
}): JSX.Element | null {
  const { station, nowMs, texts, language } = props;
  const { shown, running } = station;
  if (shown === undefined) return null;
  const band = aqiBand(shown.value);
  return (
    <div class="hero" data-testid="hero" {...opensPassport(keyOf(station, shown))}>
      <div class="k">{texts.worst}</div>
      <h3>
        <NameText name={station.name} width={270} sizes={[40, 32, 26]} />
      </h3>
      <div class="num big" data-testid="hero-value">
        {numberText(shown.value, 0, language)}
      </div>
      <div class="line">
        <span class="band" style={{ background: `var(--aqi${band})`, color: `var(--${onBand(band)})` }}>
          {texts.bands[band]}
        </span>
        {shown.dominant}
        {shown.status === 'final' ? null : <Status status={shown.status} texts={texts} />}
      </div>
      <p class="nw">
        VN_AQI, {texts.until(momentText(shown.status === 'provisional' ? shown.asOfMs : shown.endMs, nowMs))}
      </p>
      {running !== undefined && (
        <p class="nw now">
          {texts.thisHour} <span data-testid="hero-running">{numberText(running.value, 0, language)}</span>{' '}
          <Status status="provisional" texts={texts} />
        </p>
      )}
      <p>{texts.advice[band]}</p>
    </div>
  );
}

function Status(props: { readonly status: 'provisional' | 'revised'; readonly texts: Texts }): JSX.Element {
  return <span class={`tag ${props.status}`}>{props.texts[props.status]}</span>;
}
