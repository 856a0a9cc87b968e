import type { JSX } from 'preact';

import { clockText, fullDateText, momentText, weekday } from '../../model/time-text.ts';
import type { FrameTexts } from '../../model/texts/frame-texts.ts';
import { NameText } from '../parts/name-text.tsx';

/** Room for the title beside the longest state of the line, px at 1080 lines. */
const titleWidth = 640;

/** What the head shows. Times are the server's, milliseconds since 1970. */
export interface HeadProps {
  readonly title: string;
  readonly texts: FrameTexts;
  readonly place: string;
  readonly nowMs: number | undefined;
  readonly newestMs: number | undefined;
  /** Good readings of today over all stations, as text; '' while none is known. */
  readonly readingsToday: string;
  readonly line: 'connected' | 'connecting' | 'lost' | 'source-lost';
  readonly lostAtMs: number | undefined;
  readonly onLanguage: () => void;
}

/** Title, place, the state of the line, and the server's clock. */
export function Head(props: HeadProps): JSX.Element {
  const { title, texts, place, nowMs, onLanguage } = props;
  return (
    <header class="head">
      <h1>
        <NameText name={title} width={titleWidth} sizes={[48, 40, 34]} />
      </h1>
      <div class="where">
        Hải Đăng
        <br />
        {place}
      </div>
      <button type="button" class="language" onClick={onLanguage}>
        {texts.otherLanguage}
      </button>
      <LineState {...props} />
      {nowMs !== undefined && (
        <>
          <div class="date">
            {texts.weekdays[weekday(nowMs)]}
            <br />
            {fullDateText(nowMs)}
          </div>
          <div class="clock num">{clockText(nowMs)}</div>
        </>
      )}
    </header>
  );
}

function LineState({ texts, line, lostAtMs, nowMs, newestMs, readingsToday }: HeadProps): JSX.Element {
  const age = newestMs === undefined || nowMs === undefined ? undefined : ageText(newestMs, nowMs, texts);
  const newest = age === undefined ? texts.noneYet : texts.newest(age);
  if (line === 'lost' && lostAtMs !== undefined && nowMs !== undefined) {
    return (
      <div class="link lost" role="alert">
        {texts.lostSince(momentText(lostAtMs, nowMs))}
      </div>
    );
  }
  return (
    <div class="link">
      {line === 'connected' ? texts.connected : line === 'source-lost' ? texts.sourceLost : texts.connecting}
      {line === 'connected' && readingsToday !== '' && (
        <span data-testid="readings-today"> · {texts.readingsToday(readingsToday)}</span>
      )}
      <br />
      <span class="t3">{newest}</span>
    </div>
  );
}

function ageText(thenMs: number, nowMs: number, texts: FrameTexts): string {
  // In steps of five seconds: a counting digit would draw the eye to what does not matter.
  const seconds = Math.max(0, Math.floor((nowMs - thenMs) / 5_000) * 5);
  if (seconds < 90) return texts.secondsAgo(seconds);
  if (seconds < 5_400) return texts.minutesAgo(Math.round(seconds / 60));
  return momentText(thenMs, nowMs);
}
