import type { JSX } from 'preact';

import { aqiBand } from '../../model/environment/aqi-band.ts';
import type { AttentionItem } from '../../model/environment/attention.ts';
import type { StationView } from '../../model/environment/station.ts';
import type { WallModel } from '../../model/environment/wall-model.ts';
import { numberText } from '../../model/number-text.ts';
import { dateText, momentText } from '../../model/time-text.ts';
import type { Language, Texts } from '../../model/texts/texts.ts';
import { ListsPanel, type AttentionLine, type SilentLine } from '../lists/lists-panel.tsx';
import { keyOf } from './environment-passports.ts';

interface Context {
  readonly model: WallModel;
  readonly texts: Texts;
  readonly language: Language;
}

/** The stations that need a leader's eye, and those that are silent. */
export function EnvironmentLists(props: Context): JSX.Element {
  const { model, texts } = props;
  return (
    <ListsPanel
      attention={model.attention.map((item) => attentionLine(item, props))}
      silent={model.silent.map((station) => silentLine(station, props))}
      calm={model.worst === undefined ? texts.noneYet : texts.allGood}
      texts={texts}
    />
  );
}

function attentionLine(item: AttentionItem, { model, texts, language }: Context): AttentionLine {
  const { station, state, about, reading, sinceMs } = item;
  const value = numberText(about === 'availability' ? Math.floor(reading.value) : reading.value, 0, language);
  const yesterday = `${texts.yesterday} ${dateText(reading.startMs)}`;
  const note = {
    hour: `${texts.since(momentText(sinceMs, model.nowMs))} · ${hourNote(item, model.nowMs, texts)}`,
    day: `${yesterday} · ${texts.dayTitle}`,
    availability: `${yesterday} · ${texts.validData}`,
  };
  return {
    key: `${station.id} ${about} ${state}`,
    state,
    name: station.name,
    what: about === 'availability' ? `${value}%` : `${value} ${texts.bands[aqiBand(reading.value)]}`,
    note: note[about],
    status: reading.status === 'provisional' ? 'provisional' : 'settled',
    passport: keyOf(station, reading),
  };
}

// A provisional hour is the running one, or one that is over and still waits for its last readings.
function hourNote({ reading }: AttentionItem, nowMs: number, texts: Texts): string {
  if (reading.status !== 'provisional') return texts.hourTitle;
  return reading.endMs > nowMs ? texts.thisHour : texts.until(momentText(reading.endMs, nowMs));
}

function silentLine(station: StationView, { model, texts }: Context): SilentLine {
  const { id, name, silentSinceMs, shown } = station;
  const note =
    typeof silentSinceMs === 'number'
      ? texts.since(momentText(silentSinceMs, model.nowMs))
      : texts.neverUpdated;
  return { key: id, name, note, passport: keyOf(station, shown) };
}
