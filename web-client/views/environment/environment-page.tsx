import { useComputed, useSignal, useSignalEffect } from '@preact/signals';
import type { JSX } from 'preact';

import type { WallConnection } from '../../connection/wall-connection.ts';
import { wallModel, type WallModel } from '../../model/environment/wall-model.ts';
import { textsOf, type Language } from '../../model/texts/texts.ts';
import { PageFrame, type PageProps } from '../frame/page-frame.tsx';
import { DayPanel } from './day-panel.tsx';
import { environmentPassports } from './environment-passports.ts';
import { HeatPanel } from './heat-panel.tsx';
import { EnvironmentLists } from './environment-lists.tsx';
import { MapPanel } from './map/map-panel.tsx';
import { ValidPanel } from './valid-panel.tsx';

/** The page "Giám sát môi trường". */
export function EnvironmentPage(props: PageProps): JSX.Element {
  const { connection, beat, language } = props;
  const model = useSignal<WallModel | undefined>(undefined);
  useSignalEffect(() => {
    // Read for their changes: tiles are drawn anew at a beat, in the other language, for another registry.
    void beat.value;
    model.value = currentModel(connection, language.value);
  });
  const texts = useComputed(() => textsOf(language.value));
  const shown = model.value;
  const draw = { texts: texts.value, language: language.value };
  return (
    <PageFrame
      {...props}
      title={texts.value.title}
      texts={texts.value}
      news={shown}
      passports={environmentPassports({ connection, model: shown, ...draw })}
    >
      {shown !== undefined && (
        <main>
          <MapPanel model={shown} {...draw} />
          <HeatPanel model={shown} {...draw} />
          <div class="bottom">
            <DayPanel model={shown} {...draw} />
            <ValidPanel model={shown} {...draw} />
            <EnvironmentLists model={shown} {...draw} />
          </div>
        </main>
      )}
    </PageFrame>
  );
}

function currentModel(connection: WallConnection, language: Language): WallModel | undefined {
  const registry = connection.registry.value;
  const nowMs = connection.nowMs();
  if (registry === undefined || nowMs === undefined) return undefined;
  return wallModel(connection.series(), { registry, nowMs, language });
}
