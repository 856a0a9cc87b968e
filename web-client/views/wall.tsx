import { useComputed, useSignal, useSignalEffect, type Signal } from '@preact/signals';
import type { JSX } from 'preact';

import type { WallConnection } from '../connection/wall-connection.ts';
import { textsOf, type Language } from '../model/texts.ts';
import { wallModel, type WallModel } from '../model/wall-model.ts';
import { DayPanel } from './day-panel.tsx';
import { DemoBand } from './demo-band.tsx';
import { numberText } from '../model/number-text.ts';
import { Head, type HeadProps } from './head.tsx';
import { HeatPanel } from './heat-panel.tsx';
import { ListsPanel } from './lists-panel.tsx';
import { MapPanel } from './map/map-panel.tsx';
import { TokenForm } from './token-form.tsx';
import { ValidPanel } from './valid-panel.tsx';

/** What the whole page is drawn from. */
export interface WallProps {
  readonly connection: WallConnection;
  /** Counts seconds: the head follows it. */
  readonly second: Signal<number>;
  /** Counts the moments at which tiles may change, at most one in five seconds. */
  readonly beat: Signal<number>;
  readonly language: Signal<Language>;
  readonly onLanguage: () => void;
}

/** The page "Giám sát môi trường". */
export function Wall(props: WallProps): JSX.Element {
  const { connection, second, beat, language, onLanguage } = props;
  const model = useSignal<WallModel | undefined>(undefined);
  useSignalEffect(() => {
    // Read for their changes: tiles are drawn anew at a beat, in the other language, for another registry.
    void beat.value;
    model.value = currentModel(connection, language.value);
  });
  const texts = useComputed(() => textsOf(language.value));
  void second.value;

  if (connection.access.value !== 'open') {
    const wrong = connection.access.value === 'wrong' ? 'yes' : 'no';
    return <TokenForm texts={texts.value} wrong={wrong} onToken={(token) => connection.useToken(token)} />;
  }
  const registry = connection.registry.value;
  if (registry === undefined) return <div class="gate">{texts.value.waitingForServer}</div>;
  const shown = model.value;
  const draw = { texts: texts.value, language: language.value };
  return (
    <div class="page">
      {registry.demo ? <DemoBand text={texts.value.demo} /> : <div />}
      <Head
        texts={texts.value}
        place={registry.province.name[language.value]}
        nowMs={connection.nowMs()}
        newestMs={shown?.newestMs}
        readingsToday={
          shown === undefined || shown.readingsToday === 0
            ? ''
            : numberText(shown.readingsToday, 0, language.value)
        }
        line={lineState(connection)}
        lostAtMs={connection.lostAtMs}
        onLanguage={onLanguage}
      />
      {shown === undefined ? (
        <div class="gate">{texts.value.connecting}</div>
      ) : (
        <main>
          <MapPanel model={shown} {...draw} />
          <HeatPanel model={shown} {...draw} />
          <div class="bottom">
            <DayPanel model={shown} {...draw} />
            <ValidPanel model={shown} {...draw} />
            <ListsPanel model={shown} {...draw} />
          </div>
        </main>
      )}
    </div>
  );
}

function currentModel(connection: WallConnection, language: Language): WallModel | undefined {
  const registry = connection.registry.value;
  const nowMs = connection.nowMs();
  if (registry === undefined || nowMs === undefined) return undefined;
  return wallModel(connection.values.series(), { registry, nowMs, language });
}

function lineState(connection: WallConnection): HeadProps['line'] {
  if (connection.state.value === 'live') {
    return connection.source.value === 'reading' ? 'connected' : 'source-lost';
  }
  return connection.lostAtMs === undefined ? 'connecting' : 'lost';
}
