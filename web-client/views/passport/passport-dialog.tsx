import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

import { formatPassportKey, type PassportKey } from '../../model/passport-key.ts';
import type { Language } from '../../model/texts/texts.ts';
import type { FrameTexts } from '../../model/texts/frame-texts.ts';
import type { PassportTexts } from '../../model/texts/passport-texts.ts';
import { NameText } from '../parts/name-text.tsx';
import { PassportFacts } from './passport-facts.tsx';
import { PassportProof } from './passport-proof.tsx';
import type { PassportPage } from './passport-subject.ts';
import { useExplanation } from './use-explanation.ts';

/** What a passport is drawn from. */
export interface PassportDialogProps {
  readonly passportKey: PassportKey;
  readonly page: PassportPage;
  readonly texts: FrameTexts & { readonly passport: PassportTexts };
  readonly language: Language;
  /** Counts the moments at which the page may change. */
  readonly beat: number;
  readonly onOpen: (key: PassportKey) => void;
  readonly onClose: () => void;
}

/** A value's passport over the page: what it is, what it rests on, and the SQL that gives it again. */
export function PassportDialog(props: PassportDialogProps): JSX.Element {
  const { passportKey: key, page, language, beat, onOpen, onClose } = props;
  const texts = props.texts.passport;
  const dialog = useRef<HTMLDialogElement>(null);
  // Modal: the browser keeps the focus inside, closes on Esc and gives the focus back.
  useEffect(() => dialog.current?.showModal(), []);
  const { outcome, document } = useExplanation(key, page.revisionOf(key), beat);
  const subject = page.subjectOf(key.entity);
  const opened = formatPassportKey(key);
  const wide = subject.related.length > 3 ? 380 : 560;
  return (
    <dialog
      ref={dialog}
      class="passport"
      aria-label={texts.open(subject.name)}
      data-testid="passport"
      onClose={onClose}
      onClick={(event) => {
        if (event.target === dialog.current) dialog.current?.close();
      }}
    >
      <div class="sheet">
        <header>
          <div>
            <p class="k">{texts.title}</p>
            <h2>
              <NameText name={subject.name} width={wide} sizes={[48, 40, 32, 26]} />
            </h2>
          </div>
          <nav>
            {subject.related.map(({ key: other, label }) => (
              <button
                key={formatPassportKey(other)}
                type="button"
                autofocus={formatPassportKey(other) === opened}
                aria-current={formatPassportKey(other) === opened ? 'true' : undefined}
                onClick={() => onOpen(other)}
              >
                {label}
              </button>
            ))}
          </nav>
          <button type="button" class="close" onClick={() => dialog.current?.close()}>
            {texts.close} <kbd>Esc</kbd>
          </button>
        </header>
        {outcome === 'failed' && <p class="notice">{texts.failed}</p>}
        {document === undefined ? (
          outcome === 'failed' || (
            <p class="notice">{outcome === 'missing' ? texts.missing : texts.loading}</p>
          )
        ) : (
          <div class="body">
            <PassportFacts
              value={document.value}
              written={page.write(document.value)}
              texts={props.texts}
              language={language}
            />
            <PassportProof document={document} written={page.write(document.value)} texts={texts} />
          </div>
        )}
      </div>
    </dialog>
  );
}
