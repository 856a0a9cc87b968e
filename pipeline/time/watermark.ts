import { EVENT_TIME_MIN, MINUTE_MS } from '../model/time.ts';

/** How far behind its furthest event a feed may still deliver in order, milliseconds. */
export const OUT_OF_ORDERNESS_MS = MINUTE_MS;
/** A feed that has sent nothing for this long runs on at its own pace, milliseconds. */
export const IDLE_AFTER_MS = 5 * MINUTE_MS;

/** What is remembered of one feed in one shard; plain data, it stands in the checkpoint. */
export interface FeedClock {
  readonly feed: string;
  /** Highest event time seen. */
  maxEventTime: number;
  /** Receipt of the newest event by receipt, and how far behind it its event time lay. */
  lastReceivedAt: number;
  lagMs: number;
  watermark: number;
}

/** A feed that nothing was heard of yet. */
export function newFeedClock(feed: string): FeedClock {
  return {
    feed,
    maxEventTime: EVENT_TIME_MIN,
    lastReceivedAt: EVENT_TIME_MIN,
    lagMs: 0,
    watermark: EVENT_TIME_MIN,
  };
}

/** Notes one event of the feed. The watermark itself moves at the batch's end only. */
export function seeEvent(clock: FeedClock, eventTime: number, receivedAt: number): void {
  if (eventTime > clock.maxEventTime) clock.maxEventTime = eventTime;
  if (receivedAt >= clock.lastReceivedAt) {
    clock.lastReceivedAt = receivedAt;
    clock.lagMs = receivedAt - eventTime;
  }
}

/** Moves the feed's watermark to its furthest event less the bound; never back. */
export function advanceFeed(clock: FeedClock): void {
  clock.watermark = Math.max(clock.watermark, clock.maxEventTime - OUT_OF_ORDERNESS_MS);
}

/**
 * Lets an idle feed run on: as late as its newest event was, so late it is assumed to stay.
 *
 * @param now the time marker of the log, milliseconds UTC
 */
export function runOn(clock: FeedClock, now: number): void {
  if (now - clock.lastReceivedAt <= IDLE_AFTER_MS) return;
  clock.watermark = Math.max(clock.watermark, now - clock.lagMs - OUT_OF_ORDERNESS_MS);
}

/**
 * The feeds that one key hears of, and the watermark and horizon that they share.
 *
 *     event time ──────────sealed──────────┤ horizon ├──hot──┤ watermark ├── not yet claimed ──▶
 */
export interface FeedSet {
  /** Names of the feeds, sorted, joined by '|'. */
  readonly name: string;
  readonly feeds: readonly FeedClock[];
  watermark: number;
}

/**
 * The set's watermark: the minimum over its feeds that lie within the lateness of the furthest one, so that a
 * feed which replays 2016 beside a live one holds nobody back. It never moves back.
 */
export function advanceSet(set: FeedSet, latenessMs: number): void {
  let furthest: number = EVENT_TIME_MIN;
  for (const feed of set.feeds) furthest = Math.max(furthest, feed.watermark);
  let watermark = furthest;
  for (const feed of set.feeds) {
    if (feed.watermark >= furthest - latenessMs) watermark = Math.min(watermark, feed.watermark);
  }
  set.watermark = Math.max(set.watermark, watermark);
}
