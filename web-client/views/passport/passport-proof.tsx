import type { JSX } from 'preact';
import { useRef, useState } from 'preact/hooks';

import type { ExplainDocument } from '../../../query/protocol/documents/explain-document.ts';
import type { PassportTexts } from '../../model/texts/passport-texts.ts';
import type { WrittenValue } from './passport-subject.ts';

/** Parts, source, formula, and the SQL that recomputes the value. */
export function PassportProof(props: {
  readonly document: ExplainDocument;
  readonly written: WrittenValue;
  readonly texts: PassportTexts;
}): JSX.Element {
  const { document, written, texts } = props;
  const { definition } = document.passport;
  return (
    <section class="proof">
      {written.parts.length > 0 && (
        <p class="parts">
          {written.parts.map(({ name, number }, index) => (
            <span key={name} class={index === 0 ? 'first' : ''}>
              {name} <b class="num">{number}</b>
              {index === 0 && ` ${texts.decides}`}
            </span>
          ))}
        </p>
      )}
      <h3>{texts.source}</h3>
      <p>{definition.source}</p>
      <h3>
        {texts.formula} <small>{`${definition.id} v${definition.version}`}</small>
      </h3>
      <code data-scroll>{document.formula.text}</code>
      <Sql text={document.sql} texts={texts} />
    </section>
  );
}

function Sql({ text, texts }: { readonly text: string; readonly texts: PassportTexts }): JSX.Element {
  const shown = useRef<HTMLPreElement>(null);
  const [copied, setCopied] = useState<string | undefined>(undefined);
  const copy = async (): Promise<void> => {
    const done = await copyText(text);
    if (done === 'copied') setCopied(text);
    else if (shown.current !== null) getSelection()?.selectAllChildren(shown.current);
  };
  return (
    <>
      <h3>
        {texts.sql}
        <button type="button" class="copy" onClick={() => void copy()}>
          {copied === text ? texts.copied : texts.copy}
        </button>
      </h3>
      <pre ref={shown} data-scroll tabIndex={0} data-testid="passport-sql">
        {text}
      </pre>
    </>
  );
}

// Over plain HTTP a browser gives no clipboard except on the machine itself: the text is selected instead.
async function copyText(text: string): Promise<'copied' | 'refused'> {
  try {
    await navigator.clipboard.writeText(text);
    return 'copied';
  } catch {
    return 'refused';
  }
}
