import type { ExplainDocument } from '../../query/protocol/documents/explain-document.ts';
import type { PassportKey } from '../model/passport-key.ts';
import { fetchSession } from './session.ts';

/** Longest wait for an answer, milliseconds: the line may be dead. */
const answerMsMax = 8_000;

/** Asks how a value came about; undefined when the server has no such value. Rejects when it does not answer. */
export async function fetchExplanation(key: PassportKey): Promise<ExplainDocument | undefined> {
  const session = await fetchSession();
  if (session.kind === 'ask') throw new Error('no token yet');
  const query = new URLSearchParams({ entity: key.entity, window_start: key.windowStart });
  const answer = await fetch(`/v1/kpis/${encodeURIComponent(key.kpi)}/explain?${query.toString()}`, {
    cache: 'no-store',
    headers: { authorization: `Bearer ${session.token}` },
    signal: AbortSignal.timeout(answerMsMax),
  });
  if (answer.status === 404) return undefined;
  if (!answer.ok) throw new Error(`explain: ${answer.status}`);
  return (await answer.json()) as ExplainDocument;
}
