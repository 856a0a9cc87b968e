import type { JSX } from 'preact';

import type { LiveValue } from '../../../query/protocol/live-value.ts';
import { numberText } from '../../model/number-text.ts';
import { clockText, fullDateText, secondText, windowText } from '../../model/time-text.ts';
import type { Language } from '../../model/texts/texts.ts';
import type { FrameTexts } from '../../model/texts/frame-texts.ts';
import type { PassportTexts } from '../../model/texts/passport-texts.ts';
import { StateMark } from '../parts/state-mark.tsx';
import type { WrittenValue } from './passport-subject.ts';

/** A number of more letters than this is written smaller. */
const lettersLarge = 6;

/** The value, its status, and what it rests on. */
export function PassportFacts(props: {
  readonly value: LiveValue;
  readonly written: WrittenValue;
  readonly texts: FrameTexts & { readonly passport: PassportTexts };
  readonly language: Language;
}): JSX.Element {
  const { value, written } = props;
  const texts = props.texts.passport;
  return (
    <section class={`facts ${value.state}`}>
      <p class="what">{written.title}</p>
      <p class="marked">
        {value.state !== 'none' && value.value !== null && (
          <>
            <StateMark state={value.state} label={props.texts[value.state]} />
            {props.texts[value.state]}
          </>
        )}
        <span class={`tag ${value.status}`}>{texts.status[value.status]}</span>
      </p>
      {value.value === null ? (
        <p class="none">{texts.noValue}</p>
      ) : (
        <p class="value">
          <span
            class={`num big${written.number.length > lettersLarge ? ' long' : ''}`}
            data-testid="passport-value"
          >
            {written.number}
          </span>
          <span class="unit">{written.unit === '' ? written.word : written.unit}</span>
        </p>
      )}
      <dl>
        {facts(props).map(([name, text]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function facts({ value, texts: words, language }: Parameters<typeof PassportFacts>[0]): [string, string][] {
  const texts = words.passport;
  const count = (number: number): string => numberText(number, 0, language);
  const { numerator, denominator, windowStart, windowEnd } = value;
  const publishedMs = Date.parse(value.publishedAt);
  const asOfMs = Date.parse(value.asOf);
  return [
    [texts.window, windowText(Date.parse(windowStart), Date.parse(windowEnd))],
    [texts.asOf, `${clockText(asOfMs)} ${fullDateText(asOfMs)}`],
    [
      texts.ratio,
      numerator === null || denominator === null
        ? '–'
        : `${exact(numerator, language)} / ${exact(denominator, language)}`,
    ],
    [texts.samples, count(value.samples)],
    [texts.feeds, texts.feedsOf(count(value.feedsSeen), count(value.feedsExpected))],
    [texts.late, count(value.late)],
    [texts.quarantined, count(value.quarantined)],
    [texts.grade, `${value.grade} · ${texts.grades[value.grade]}`],
    [texts.revision, `${count(value.revision)} · ${secondText(publishedMs)}`],
  ];
}

// A count has no decimals; a sum of readings has as many as tell two of them apart.
function exact(number: number, language: Language): string {
  return numberText(number, Number.isInteger(number) ? 0 : 2, language);
}
