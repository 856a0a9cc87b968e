import type { JSX } from 'preact';

import { aqiBand } from '../model/aqi-band.ts';
import type { AttentionItem } from '../model/attention.ts';
import { numberText } from '../model/number-text.ts';
import type { StationView } from '../model/station.ts';
import { dateText, momentText } from '../model/time-text.ts';
import type { Language, Texts } from '../model/texts.ts';
import type { WallModel } from '../model/wall-model.ts';
import { NameText } from './name-text.tsx';

const attentionMax = 2;
const silentMax = 2;

interface ListsProps {
  readonly model: WallModel;
  readonly texts: Texts;
  readonly language: Language;
}

/** What needs a leader's eye, and which sources are silent. */
export function ListsPanel(props: ListsProps): JSX.Element {
  const { model, texts } = props;
  const items = model.attention.slice(0, attentionMax);
  const silent = model.silent.slice(0, silentMax);
  const moreItems = model.attention.length - items.length;
  const moreSilent = model.silent.length - silent.length;
  return (
    <section class="panel">
      <div class="lists">
        <div>
          <div class="title">
            <h2>{texts.attention}</h2>
          </div>
          <ul>
            {items.map((item) => (
              <Item key={`${item.station.id} ${item.about} ${item.state}`} item={item} {...props} />
            ))}
          </ul>
          {items.length === 0 && <p>{model.worst === undefined ? texts.noneYet : texts.allGood}</p>}
          {moreItems > 0 && <p>{texts.moreItems(moreItems)}</p>}
        </div>
        <div>
          <div class="title">
            <h2>{texts.staleSources}</h2>
          </div>
          <ul>
            {silent.map((station) => (
              <Silent key={station.id} station={station} {...props} />
            ))}
          </ul>
          {silent.length === 0 && <p>{texts.noStale}</p>}
          {moreSilent > 0 && <p>{texts.moreSources(moreSilent)}</p>}
        </div>
      </div>
    </section>
  );
}

function Item({ item, model, texts, language }: ListsProps & { readonly item: AttentionItem }): JSX.Element {
  const { station, state, about, reading, sinceMs } = item;
  const value = numberText(about === 'index' ? reading.value : Math.floor(reading.value), 0, language);
  const what = about === 'index' ? `${value} ${texts.bands[aqiBand(reading.value)]}` : `${value}%`;
  const since = about === 'index' ? momentText(sinceMs, model.nowMs) : dateText(sinceMs);
  return (
    <li class={state}>
      <div class="marked">
        <svg class="mk" viewBox="0 0 20 20" role="img" aria-label={texts[state]}>
          <path d={state === 'watch' ? 'M10 1.5 19.4 18H.6Z' : 'M2 2H18V18H2Z'} fill="currentColor" />
        </svg>
        <NameText name={station.name} width={150} sizes={[30, 24]} />
        <span class="what">{what}</span>
      </div>
      <em>
        {texts.since(since)} · {about === 'index' ? texts.hourTitle : texts.validData}
      </em>
    </li>
  );
}

function Silent({ station, model, texts }: ListsProps & { readonly station: StationView }): JSX.Element {
  const { silentSinceMs } = station;
  return (
    <li class="quiet">
      <NameText name={station.name} width={290} sizes={[30, 26]} />
      <em>
        {typeof silentSinceMs === 'number'
          ? texts.since(momentText(silentSinceMs, model.nowMs))
          : texts.neverUpdated}
      </em>
    </li>
  );
}
