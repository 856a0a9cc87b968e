import type { JSX } from 'preact';

import type { PassportKey } from '../../model/passport-key.ts';
import type { FrameTexts } from '../../model/texts/frame-texts.ts';
import { opensPassport } from '../passport/passport-link.ts';
import { NameText } from '../parts/name-text.tsx';
import { StateMark } from '../parts/state-mark.tsx';
import { screenShape } from '../parts/screen-shape.ts';

/** A line of "Cần chú ý": whose value, what it is, since when. */
export interface AttentionLine {
  readonly key: string;
  readonly state: 'watch' | 'bad';
  readonly name: string;
  readonly what: string;
  readonly note: string;
  readonly status: 'settled' | 'provisional';
  readonly passport: PassportKey | undefined;
}

/** A line of "Nguồn mất cập nhật". */
export interface SilentLine {
  readonly key: string;
  readonly name: string;
  readonly note: string;
  readonly passport: PassportKey | undefined;
}

/** What the lists show; the first lines find room, the others are counted. */
export interface ListsPanelProps {
  readonly attention: readonly AttentionLine[];
  readonly silent: readonly SilentLine[];
  /** Said when nothing needs attention. */
  readonly calm: string;
  readonly texts: FrameTexts;
}

/** Lines that find room: all of them, or some and the count of the others. */
const linesMax = { usual: { all: 2, some: 2 }, wide: { all: 3, some: 2 } } as const;

/** What needs a leader's eye, and which sources are silent. */
export function ListsPanel(props: ListsPanelProps): JSX.Element {
  const { texts, calm } = props;
  const items = firstLines(props.attention);
  const silent = firstLines(props.silent);
  const moreItems = props.attention.length - items.length;
  const moreSilent = props.silent.length - silent.length;
  return (
    <section class="panel">
      <div class="lists">
        <div>
          <div class="title">
            <h2>{texts.attention}</h2>
          </div>
          <ul data-testid="attention">
            {items.map((item) => (
              <Attention key={item.key} item={item} texts={texts} />
            ))}
          </ul>
          {items.length === 0 && <p>{calm}</p>}
          {moreItems > 0 && <p>{texts.moreItems(moreItems)}</p>}
        </div>
        <div>
          <div class="title">
            <h2>{texts.staleSources}</h2>
          </div>
          <ul>
            {silent.map(({ key, name, note, passport }) => (
              <li key={key} class="quiet" {...opensPassport(passport)}>
                <NameText name={name} width={290} sizes={[30, 26]} />
                <em>{note}</em>
              </li>
            ))}
          </ul>
          {silent.length === 0 && <p>{texts.noStale}</p>}
          {moreSilent > 0 && <p>{texts.moreSources(moreSilent)}</p>}
        </div>
      </div>
    </section>
  );
}

function firstLines<Line>(lines: readonly Line[]): readonly Line[] {
  const { all, some } = linesMax[screenShape.value];
  return lines.length <= all ? lines : lines.slice(0, some);
}

function Attention(props: { readonly item: AttentionLine; readonly texts: FrameTexts }): JSX.Element {
  const { item, texts } = props;
  const { state, name, what, note, status, passport } = item;
  return (
    <li class={state} {...opensPassport(passport)}>
      <div class="marked">
        <StateMark state={state} label={texts[state]} />
        <NameText name={name} width={150} sizes={[30, 24]} />
        <span class="what">{what}</span>
      </div>
      <em>
        {note}
        {status === 'provisional' && (
          <>
            {' '}
            <span class="tag provisional">{texts.provisional}</span>
          </>
        )}
      </em>
    </li>
  );
}
