import type { JSX } from 'preact';
import { useState } from 'preact/hooks';

import type { FrameTexts } from '../../model/texts/frame-texts.ts';

/** Asks once for the token of a screen that is not on the server's own machine. */
export function TokenForm(props: {
  readonly texts: FrameTexts;
  readonly wrong: 'yes' | 'no';
  readonly onToken: (token: string) => void;
}): JSX.Element {
  const { texts, wrong, onToken } = props;
  const [typed, setTyped] = useState('');
  return (
    <div class="gate">
      <label for="token">{texts.tokenAsk}</label>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (typed.trim() !== '') onToken(typed.trim());
        }}
      >
        <input
          id="token"
          type="password"
          autocomplete="off"
          value={typed}
          onInput={(event) => setTyped(event.currentTarget.value)}
        />
        <button type="submit">{texts.tokenSend}</button>
      </form>
      {wrong === 'yes' && <p class="wrong">{texts.tokenWrong}</p>}
    </div>
  );
}
