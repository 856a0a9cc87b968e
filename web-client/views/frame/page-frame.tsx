import { useSignal, type Signal } from '@preact/signals';
import type { ComponentChildren, JSX } from 'preact';

import type { BrowserPorts, WallConnection } from '../../connection/wall-connection.ts';
import { numberText } from '../../model/number-text.ts';
import { parsePassportKey, type PassportKey } from '../../model/passport-key.ts';
import type { FrameTexts } from '../../model/texts/frame-texts.ts';
import type { PassportTexts } from '../../model/texts/passport-texts.ts';
import type { Language } from '../../model/texts/texts.ts';
import { PassportDialog } from '../passport/passport-dialog.tsx';
import type { PassportPage } from '../passport/passport-subject.ts';
import { DemoBand } from './demo-band.tsx';
import { Head, type HeadProps } from './head.tsx';
import { TokenForm } from './token-form.tsx';
import { useIdle } from './use-idle.ts';

/** A passport that nobody reads makes room for the wall after this long, milliseconds. */
const passportIdleMs = 180_000;

/** What every page is drawn from. */
export interface PageProps {
  readonly connection: WallConnection;
  /** Counts seconds: the head follows it. */
  readonly second: Signal<number>;
  /** Counts the moments at which tiles may change, at most one in five seconds. */
  readonly beat: Signal<number>;
  readonly language: Signal<Language>;
  readonly onLanguage: () => void;
  readonly after: BrowserPorts['after'];
}

/** What a page adds to its frame. */
export interface PageFrameProps extends PageProps {
  readonly title: string;
  readonly texts: FrameTexts & { readonly passport: PassportTexts };
  /** What the head says of the data; undefined before the first answer. */
  readonly news: { readonly newestMs: number | undefined; readonly readingsToday: number } | undefined;
  readonly passports: PassportPage;
  readonly children: ComponentChildren;
}

/** What all pages share: the band of the demo, head, the way in, passports. */
export function PageFrame(props: PageFrameProps): JSX.Element {
  const { connection, second, language, onLanguage, texts, news, title, children } = props;
  const opened = useSignal<PassportKey | undefined>(undefined);
  useIdle(props.after, opened.value === undefined ? undefined : passportIdleMs, () => {
    opened.value = undefined;
  });
  void second.value;

  if (connection.access.value !== 'open') {
    const wrong = connection.access.value === 'wrong' ? 'yes' : 'no';
    return <TokenForm texts={texts} wrong={wrong} onToken={(token) => connection.useToken(token)} />;
  }
  const registry = connection.registry.value;
  if (registry === undefined) return <div class="gate">{texts.waitingForServer}</div>;
  const open = (event: Event): void => {
    const mark = event.target instanceof Element ? event.target.closest('[data-passport]') : null;
    const key = parsePassportKey(mark?.getAttribute('data-passport') ?? undefined);
    if (key !== undefined) opened.value = key;
  };
  return (
    <div
      class="page"
      onClick={open}
      onKeyDown={(event) => {
        if (event.key !== 'Enter' && event.key !== ' ') return;
        if (event.target instanceof Element && event.target.hasAttribute('data-passport')) {
          event.preventDefault();
          open(event);
        }
      }}
    >
      {registry.demo ? <DemoBand text={texts.demo} /> : <div />}
      <Head
        title={title}
        texts={texts}
        place={registry.province.name[language.value]}
        nowMs={connection.nowMs()}
        newestMs={news?.newestMs}
        readingsToday={
          news === undefined || news.readingsToday === 0
            ? ''
            : numberText(news.readingsToday, 0, language.value)
        }
        line={lineState(connection)}
        lostAtMs={connection.lostAtMs}
        onLanguage={onLanguage}
      />
      {news === undefined ? <div class="gate">{texts.connecting}</div> : children}
      {opened.value !== undefined && (
        <PassportDialog
          passportKey={opened.value}
          page={props.passports}
          texts={texts}
          language={language.value}
          beat={props.beat.value}
          onOpen={(key) => (opened.value = key)}
          onClose={() => (opened.value = undefined)}
        />
      )}
    </div>
  );
}

function lineState(connection: WallConnection): HeadProps['line'] {
  if (connection.state.value === 'live') {
    return connection.source.value === 'reading' ? 'connected' : 'source-lost';
  }
  return connection.lostAtMs === undefined ? 'connecting' : 'lost';
}
