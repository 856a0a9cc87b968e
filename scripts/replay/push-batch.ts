import { sleep, systemTimers } from '../../pipeline/time/clock.ts';
import { PushRefusedError, PushUndeliveredError } from './push-errors.ts';

/** Where rows go, and as whom. */
export interface IngestDoor {
  /** `http://127.0.0.1:8081` */
  readonly url: string;
  readonly token: string;
  readonly feed: string;
}

/** What ingest says about one batch; rows sent = accepted + duplicate + quarantined. */
export interface Receipt {
  readonly accepted: number;
  readonly duplicate: number;
  readonly quarantined: number;
  /** Quarantined rows by code. */
  readonly codes: Readonly<Record<string, number>>;
}

/** How patiently a batch is sent. */
export interface Patience {
  /** Gives up when a batch has not been stored for this long, milliseconds. */
  readonly giveUpMs: number;
  readonly signal: AbortSignal;
  /** Told before each wait, so that a person sees why nothing moves. */
  readonly onWait?: (reason: string, waitMs: number) => void;
}

/** First wait before the same rows are sent again, milliseconds; it doubles up to `retryWaitMsMax`. */
export const retryWaitMsMin = 100;
export const retryWaitMsMax = 5_000;

const requestTimeoutMs = 60_000;

/**
 * Sends rows until ingest has stored them: waits out 429 and 503, a refused or a broken connection, with the
 * wait that `Retry-After` asks for or a growing one of our own. The rows are the same each time, so nothing
 * counts twice.
 *
 * @param rows JSON texts, one row each, without line breaks
 * @throws PushRefusedError, PushUndeliveredError
 */
export async function pushBatch(
  door: IngestDoor,
  rows: readonly string[],
  patience: Patience,
): Promise<Receipt> {
  const body = `${rows.join('\n')}\n`;
  const startMs = performance.now();
  for (let wait = retryWaitMsMin; ; wait = Math.min(retryWaitMsMax, wait * 2)) {
    const outcome = await attempt(door, body, patience.signal);
    if (outcome.kind === 'stored') return checked(outcome.receipt, rows.length);
    if (outcome.kind === 'refused') {
      if (outcome.status === 413 && rows.length > 1) return pushHalves(door, rows, patience);
      throw new PushRefusedError(outcome.status, outcome.detail);
    }
    if (patience.signal.aborted) throw new PushUndeliveredError('stopped before ingest had answered');
    if (performance.now() - startMs > patience.giveUpMs) {
      throw new PushUndeliveredError(
        `gave up after ${Math.round(patience.giveUpMs / 1_000)} s: ${outcome.reason}`,
      );
    }
    const waitMs = Math.max(wait, Math.min(outcome.retryAfterMs, 60_000));
    patience.onWait?.(outcome.reason, waitMs);
    await sleep(systemTimers, waitMs, patience.signal);
  }
}

type Outcome =
  | { readonly kind: 'stored'; readonly receipt: Receipt }
  | { readonly kind: 'refused'; readonly status: number; readonly detail: string }
  | { readonly kind: 'again'; readonly reason: string; readonly retryAfterMs: number };

async function attempt(door: IngestDoor, body: string, signal: AbortSignal): Promise<Outcome> {
  try {
    const response = await fetch(`${door.url}/v1/feeds/${encodeURIComponent(door.feed)}/events`, {
      method: 'POST',
      headers: { authorization: `Bearer ${door.token}`, 'content-type': 'application/x-ndjson' },
      body,
      signal: AbortSignal.any([signal, AbortSignal.timeout(requestTimeoutMs)]),
    });
    const text = await response.text();
    if (response.status === 200) return { kind: 'stored', receipt: readReceipt(text) };
    const detail = problemDetail(text);
    if (response.status !== 429 && response.status !== 408 && response.status < 500) {
      return { kind: 'refused', status: response.status, detail };
    }
    const retryAfterMs = Number(response.headers.get('retry-after') ?? 0) * 1_000 || 0;
    return { kind: 'again', reason: `${response.status} ${detail}`, retryAfterMs };
  } catch (error) {
    // `fetch` reports a refused, reset or timed out connection as one of these two; both may be repeated.
    if (!(error instanceof TypeError) && !(error instanceof DOMException)) throw error;
    return { kind: 'again', reason: connectionReason(error), retryAfterMs: 0 };
  }
}

/** A batch too large in bytes may still be stored in two. */
async function pushHalves(door: IngestDoor, rows: readonly string[], patience: Patience): Promise<Receipt> {
  const middle = Math.ceil(rows.length / 2);
  const first = await pushBatch(door, rows.slice(0, middle), patience);
  return sumReceipts(first, await pushBatch(door, rows.slice(middle), patience));
}

/** Both receipts as one. */
export function sumReceipts(a: Receipt, b: Receipt): Receipt {
  const codes: Record<string, number> = { ...a.codes };
  for (const [code, count] of Object.entries(b.codes)) codes[code] = (codes[code] ?? 0) + count;
  return {
    accepted: a.accepted + b.accepted,
    duplicate: a.duplicate + b.duplicate,
    quarantined: a.quarantined + b.quarantined,
    codes,
  };
}

/** The receipt of nothing. */
export const emptyReceipt: Receipt = { accepted: 0, duplicate: 0, quarantined: 0, codes: {} };

function readReceipt(text: string): Receipt {
  const answer = JSON.parse(text) as Partial<Receipt> & { errors?: { code: string }[] };
  const codes: Record<string, number> = {};
  for (const { code } of answer.errors ?? []) codes[code] = (codes[code] ?? 0) + 1;
  const { accepted = 0, duplicate = 0, quarantined = 0 } = answer;
  return { accepted, duplicate, quarantined, codes };
}

function checked(receipt: Receipt, sent: number): Receipt {
  const settled = receipt.accepted + receipt.duplicate + receipt.quarantined;
  if (settled === sent) return receipt;
  throw new PushRefusedError(200, `${sent} rows were sent, but the answer accounts for ${settled}`);
}

function problemDetail(text: string): string {
  try {
    const problem = JSON.parse(text) as Record<string, unknown>;
    return `${String(problem['code'] ?? '')} ${String(problem['detail'] ?? problem['title'] ?? '')}`.trim();
  } catch (error) {
    if (error instanceof SyntaxError) return text.slice(0, 300);
    throw error;
  }
}

function connectionReason(error: Error): string {
  const cause = error.cause as { code?: string; message?: string } | undefined;
  return cause?.code ?? cause?.message ?? error.message;
}
