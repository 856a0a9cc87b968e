import type { JSX } from 'preact';

import { numberText } from '../../model/number-text.ts';
import type { Reading, StationView } from '../../model/environment/station.ts';
import { dateText, dayMs } from '../../model/time-text.ts';
import type { Language, Texts } from '../../model/texts/texts.ts';
import type { WallModel } from '../../model/environment/wall-model.ts';
import { opensPassport } from '../passport/passport-link.ts';
import { NameText } from '../parts/name-text.tsx';
import { keyOf } from './environment-passports.ts';

/** A station below this share of valid data is worth a look, %. */
const shareMin = 90;
const rowsMax = 4;

/** How much of what was expected came in: stations that reach the share, and the ones furthest from it. */
export function ValidPanel(props: {
  readonly model: WallModel;
  readonly texts: Texts;
  readonly language: Language;
}): JSX.Element {
  const { model, texts, language } = props;
  // Of what only sends nobody knows how much to expect: it counts where nothing is registered.
  const all = [...model.standard, ...model.indicative];
  const registered = all.filter(({ origin }) => origin === 'registered');
  const stations = registered.length === 0 ? all : registered;
  // The complete day where there is one; on a first day the running one, and the heading says so.
  const complete = stations.some((station) => station.availability.yesterday !== undefined);
  const read = (station: StationView): Reading | undefined =>
    complete ? station.availability.yesterday : station.availability.today;
  const known = stations.flatMap((station) => {
    const reading = read(station);
    return reading === undefined ? [] : [{ station, reading }];
  });
  const reached = known.filter(({ reading }) => reading.value >= shareMin).length;
  const lowest = [...known].sort((one, other) => one.reading.value - other.reading.value).slice(0, rowsMax);
  const day = complete ? `${texts.yesterday} ${dateText(model.nowMs - dayMs)}` : texts.runningDay;
  return (
    <section class="panel">
      <div class="title">
        <h2>{texts.validTitle}</h2>
        <span class="caption">{known.length === 0 ? texts.noneYet : day}</span>
      </div>
      <div class="valid">
        <div>
          {known.length > 0 && (
            <>
              <div class="num big">
                {reached}
                <small>/{known.length}</small>
              </div>
              <div class="share">{texts.validOf(shareMin)}</div>
            </>
          )}
        </div>
        <ul>
          {lowest.map(({ station, reading }) => (
            <li
              key={station.id}
              class={reading.value < shareMin ? 'below' : ''}
              {...opensPassport(keyOf(station, reading))}
            >
              <NameText name={station.name} width={132} sizes={[26, 24]} />
              <svg viewBox="0 0 60 18" preserveAspectRatio="none" aria-hidden="true">
                <rect width={60} height={18} fill="var(--s3)" />
                <rect width={(60 * reading.value) / 100} height={18} fill="var(--t2)" />
              </svg>
              <span class="num">{numberText(Math.floor(reading.value), 0, language)}%</span>
            </li>
          ))}
        </ul>
      </div>
    </section>
  );
}
