import { useEffect, useState } from 'preact/hooks';

import type { ExplainDocument } from '../../../query/protocol/documents/explain-document.ts';
import { fetchExplanation } from '../../connection/explain.ts';
import { formatPassportKey, type PassportKey } from '../../model/passport-key.ts';

/** Where the reading of a passport stands. `failed` may still have the one that was read before. */
export interface Explanation {
  readonly outcome: 'loading' | 'read' | 'missing' | 'failed';
  readonly document: ExplainDocument | undefined;
}

const loading: Explanation = { outcome: 'loading', document: undefined };

/**
 * Reads a passport, and reads it again when the page holds a newer revision or the last try failed; `beat`
 * counts the moments at which that is looked at.
 */
export function useExplanation(key: PassportKey, revision: number | undefined, beat: number): Explanation {
  const id = formatPassportKey(key);
  const [held, setHeld] = useState<Explanation & { readonly id: string }>({ ...loading, id });
  const current = held.id === id ? held : { ...loading, id };
  const retry = current.outcome === 'failed' ? beat : 0;
  useEffect(() => {
    let wanted = true;
    const take = (explanation: Explanation): void => {
      if (wanted) setHeld({ ...explanation, id });
    };
    fetchExplanation(key).then(
      (document) => take({ outcome: document === undefined ? 'missing' : 'read', document }),
      () => take({ outcome: 'failed', document: current.document }),
    );
    return () => {
      wanted = false;
    };
    // `current` is the last answer, not a reason to ask.
  }, [id, revision, retry]);
  return current;
}
