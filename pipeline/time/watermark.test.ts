import { strict as assert } from 'node:assert';
import { test } from 'vitest';

import { HOUR_MS, MINUTE_MS } from '../model/time.ts';
import { advanceFeed, advanceSet, type FeedSet, newFeedClock, runOn, seeEvent } from './watermark.ts';

const T = Date.parse('2024-03-01T00:00:00Z');

function setAt(...watermarks: number[]): FeedSet {
  const feeds = watermarks.map((watermark, index) => ({ ...newFeedClock(`f${index}`), watermark }));
  return { name: 'test', feeds, watermark: Number.MIN_SAFE_INTEGER };
}

test('a feed claims its furthest event less one minute, and older events do not move it back', () => {
  const clock = newFeedClock('f');
  seeEvent(clock, T + HOUR_MS, T + HOUR_MS);
  advanceFeed(clock);
  seeEvent(clock, T, T + HOUR_MS + 1);
  advanceFeed(clock);
  assert.equal(clock.watermark, T + HOUR_MS - MINUTE_MS);
});

//   event 00:00, received 00:10 (lag 10 min) ── idle ──▶ marker 01:00: W = 01:00 - 10 min - 1 min
test('an idle feed runs on as late as its newest event was', () => {
  const clock = newFeedClock('f');
  seeEvent(clock, T, T + 10 * MINUTE_MS);
  advanceFeed(clock);
  runOn(clock, T + 14 * MINUTE_MS);
  assert.equal(clock.watermark, T - MINUTE_MS, 'four minutes of silence are no idleness');
  runOn(clock, T + HOUR_MS);
  assert.equal(clock.watermark, T + 49 * MINUTE_MS);
});

test('a set waits for its slowest feed within the lateness of the furthest', () => {
  const set = setAt(T, T - 2 * HOUR_MS);
  advanceSet(set, 6 * HOUR_MS);
  assert.equal(set.watermark, T - 2 * HOUR_MS);
});

test('a feed that replays years ago holds nobody back', () => {
  const set = setAt(T, T - 8 * 365 * 24 * HOUR_MS);
  advanceSet(set, 6 * HOUR_MS);
  assert.equal(set.watermark, T);
});

test('a set never moves back when a slower feed comes near', () => {
  const set = setAt(T, T - 7 * HOUR_MS);
  advanceSet(set, 6 * HOUR_MS);
  set.feeds[1]!.watermark = T - 3 * HOUR_MS;
  advanceSet(set, 6 * HOUR_MS);
  assert.equal(set.watermark, T);
});
