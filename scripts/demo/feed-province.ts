import { readingsBetween, type DemoReading } from '../../fixtures/province/province.ts';
import { HOUR_MS, MINUTE_MS } from '../../pipeline/model/time.ts';
import type { Clock } from '../../pipeline/time/clock.ts';
import { emptyReceipt, pushBatch, sumReceipts, type Receipt } from '../replay/push-batch.ts';

/** Where the simulated uploads go, and what tells the time. */
export interface FeedProvinceOptions {
  readonly url: string;
  readonly token: string;
  readonly seed: number;
  /** How much of the past is pushed at first, milliseconds. */
  readonly historyMs: number;
  readonly clock: Clock;
  /** Waits; ends early when `signal` fires. */
  readonly pause: (ms: number) => Promise<void>;
  readonly signal: AbortSignal;
  /** Up to when everything was acknowledged; survives a restart. */
  readonly position: DemoPosition;
  /** Told when ingest does not take the rows for now. */
  readonly onWait: (reason: string, waitMs: number) => void;
  /** Told once, when the past is pushed and the present begins. */
  readonly onLive: (pushed: Receipt) => void;
}

/** Keeps one time, milliseconds since the Unix epoch. */
export interface DemoPosition {
  /** 0 when nothing was kept. */
  read(): number;
  write(reachedMs: number): void;
}

/** The wall shows 24 hours and a day index wants the hours before: a little more than a day. */
export const demoHistoryMs = 28 * HOUR_MS;

const roundMs = 1_000;
const historyStepMs = 30 * MINUTE_MS;
const batchRowsMax = 2_000;
const positionEveryMs = 10_000;
/** What a restart sends again: the file may be older than what was acknowledged, never newer. */
const overlapMs = 5 * MINUTE_MS;

/**
 * Pushes the recent past in order of event time, as fast as ingest takes it, then lives in real time: each
 * reading when it arrives, late ones late, repeats again. A restart begins a little before where it was; the
 * ids are the same, so nothing counts twice. Returns when `signal` fires.
 *
 * @throws PushRefusedError when ingest refuses for good
 */
export async function feedProvince(options: FeedProvinceOptions): Promise<void> {
  const { clock, signal, seed } = options;
  const startMs = clock.now();
  const knownMs = Math.min(startMs, options.position.read()) - overlapMs;
  let pushed = await pushPast(options, Math.max(knownMs, startMs - options.historyMs), startMs);
  let reachedMs = pushed.reachedMs;
  let writtenMs = 0;
  if (!signal.aborted) options.onLive(pushed.receipt);
  while (!signal.aborted) {
    const nowMs = clock.now();
    if (nowMs - reachedMs > historyStepMs) {
      // The machine slept, or ingest was away for long: catch up like at the start, and not with more than
      // then.
      pushed = await pushPast(options, Math.max(reachedMs, nowMs - options.historyMs), nowMs);
      reachedMs = pushed.reachedMs;
    } else if (nowMs > reachedMs) {
      await push(options, readingsBetween(seed, reachedMs, nowMs));
      reachedMs = nowMs;
    }
    if (signal.aborted) return;
    if (nowMs - writtenMs >= positionEveryMs) {
      options.position.write(reachedMs);
      writtenMs = nowMs;
    }
    await options.pause(roundMs);
  }
}

async function pushPast(
  options: FeedProvinceOptions,
  fromMs: number,
  toMs: number,
): Promise<{ reachedMs: number; receipt: Receipt }> {
  const past = readingsBetween(options.seed, fromMs, toMs).sort((a, b) => a.eventTimeMs - b.eventTimeMs);
  let receipt = emptyReceipt;
  let start = 0;
  while (start < past.length && !options.signal.aborted) {
    const untilMs = (past[start]?.eventTimeMs ?? toMs) + historyStepMs;
    let end = start + 1;
    while ((past[end]?.eventTimeMs ?? Infinity) < untilMs) end += 1;
    receipt = sumReceipts(receipt, await push(options, past.slice(start, end)));
    start = end;
  }
  return { reachedMs: toMs, receipt };
}

/** Both feeds side by side, so that neither runs ahead of the other's event time. */
async function push(options: FeedProvinceOptions, readings: readonly DemoReading[]): Promise<Receipt> {
  const { url, token, signal, onWait } = options;
  const feeds = [...new Set(readings.map(({ feed }) => feed))];
  const receipts = await Promise.all(
    feeds.map(async (feed) => {
      const rows = readings.filter((reading) => reading.feed === feed).map(({ row }) => JSON.stringify(row));
      let receipt = emptyReceipt;
      for (let start = 0; start < rows.length; start += batchRowsMax) {
        const batch = rows.slice(start, start + batchRowsMax);
        const patience = { giveUpMs: Infinity, signal, onWait };
        receipt = sumReceipts(receipt, await pushBatch({ url, token, feed }, batch, patience));
      }
      return receipt;
    }),
  );
  return receipts.reduce(sumReceipts, emptyReceipt);
}
