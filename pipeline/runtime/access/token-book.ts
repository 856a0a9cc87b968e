import { findToken, loadTokens, tokensStamp, type Token } from './tokens.ts';

/** Knows every token; notices within a second when `tokens.json` changes. */
export interface TokenBook {
  find(plain: string): Token | undefined;
}

/** How a book is opened. */
export interface TokenBookOptions {
  readonly home: string;
  /** Told about a changed file that cannot be read; the tokens known before stay in force meanwhile. */
  readonly onUnreadable: (error: unknown) => void;
  /** Milliseconds of a clock that never steps back. Tests pass their own. */
  readonly monotonicMs?: () => number;
}

/** How often the file is looked at, at most. */
export const tokensCheckMs = 1_000;

/**
 * Opens the tokens of a state folder. The file is looked at on use, not watched: nothing to close, and it also
 * works on file systems without notifications.
 *
 * @throws TokensUnreadableError when the file cannot be read at first
 */
export function openTokenBook(options: TokenBookOptions): TokenBook {
  const monotonicMs = options.monotonicMs ?? (() => performance.now());
  let stamp = tokensStamp(options.home);
  let tokens = loadTokens(options.home);
  let checkedMs = monotonicMs();

  const refresh = (): void => {
    if (monotonicMs() - checkedMs < tokensCheckMs) return;
    checkedMs = monotonicMs();
    const current = tokensStamp(options.home);
    if (current === stamp) return;
    stamp = current;
    try {
      tokens = loadTokens(options.home);
    } catch (error) {
      options.onUnreadable(error);
    }
  };

  return {
    find(plain) {
      refresh();
      return findToken(tokens, plain);
    },
  };
}
