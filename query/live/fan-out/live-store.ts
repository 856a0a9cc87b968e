import type { StoredKpiMessage } from '../../../pipeline/log/kpi-log.ts';
import type { Clock } from '../../../pipeline/time/clock.ts';
import type { LiveValue } from '../../protocol/live-value.ts';
import { ValueMap } from '../../protocol/value-map.ts';
import { formatCursor, type Cursor } from './cursor.ts';
import type { LiveFilter } from './live-filter.ts';

/** Windows that ended within this time stay in memory, milliseconds: a day of history and what comes late. */
export const keepMs = 26 * 3_600_000;

/** Values of recent messages that are kept for sockets that come back. */
export const ringValuesMax = 50_000;

/** What one message of the `KPI` stream brought that was not known. */
export interface News {
  readonly sequence: number;
  readonly values: readonly LiveValue[];
}

/**
 * The current answer to every subscription, and the recent past that a socket may have missed.
 *
 *     oldest in the ring          cursor            sequence
 *     |---------------------------|=================|          `since(cursor)` gives the right part
 */
export class LiveStore {
  readonly #clock: Clock;
  readonly #map = new ValueMap();
  readonly #watermarks = new Map<string, string>();
  #ring: News[] = [];
  #ringValues = 0;
  /** Every message from here on is in the ring, or brought nothing. */
  #ringFrom = 1;
  #epoch = '0';
  #sequence = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Starts over from what ClickHouse has; every cursor handed out before is worth nothing afterwards. */
  restart(from: Cursor, values: Iterable<LiveValue>): void {
    this.#epoch = from.epoch;
    this.#sequence = from.sequence;
    this.#ring = [];
    this.#ringValues = 0;
    this.#ringFrom = from.sequence + 1;
    this.#watermarks.clear();
    this.#map.clear();
    const keepFrom = this.#keepFrom();
    for (const value of values) this.#map.put(value, keepFrom);
  }

  /** Takes the next message of the stream. A message that was taken before brings nothing. */
  apply(stored: StoredKpiMessage): News {
    const { sequence, message } = stored;
    if (sequence <= this.#sequence) return { sequence, values: [] };
    this.#sequence = sequence;
    const known = this.#watermarks.get(message.subsystem) ?? '';
    if (message.watermark > known) this.#watermarks.set(message.subsystem, message.watermark);
    const news = { sequence, values: this.#putAll(message.values) };
    if (news.values.length > 0) this.#remember(news);
    return news;
  }

  /** What a subscription shows now, and the removals that its client must not undo. */
  snapshot(filter: LiveFilter, historyMs: number): LiveValue[] {
    const from = historyMs === 0 ? undefined : isoTime(this.#clock.now() - historyMs);
    const all = [...this.#map.values(from), ...this.#map.removals()];
    return all.filter((value) => filter.matches(value));
  }

  /** Every piece of news after the cursor, in order; undefined when the ring does not reach back to it. */
  since(cursor: Cursor): readonly News[] | undefined {
    if (cursor.epoch !== this.#epoch || cursor.sequence > this.#sequence) return undefined;
    if (cursor.sequence + 1 < this.#ringFrom) return undefined;
    return this.#ring.filter((news) => news.sequence > cursor.sequence);
  }

  /** Forgets windows that grew old although nothing new came for them. */
  prune(): void {
    this.#map.prune(this.#keepFrom());
  }

  get position(): Cursor {
    return { epoch: this.#epoch, sequence: this.#sequence };
  }

  get cursor(): string {
    return formatCursor(this.position);
  }

  get watermarks(): Readonly<Record<string, string>> {
    return Object.fromEntries(this.#watermarks);
  }

  get seriesCount(): number {
    return this.#map.seriesCount;
  }

  #putAll(values: readonly LiveValue[]): LiveValue[] {
    const keepFrom = this.#keepFrom();
    const news: LiveValue[] = [];
    for (const value of values) {
      if (this.#map.put(value, keepFrom) === 'old') continue;
      news.push(value);
      // A removed window may uncover an older one that clients let go: it is their latest again.
      const uncovered = value.samples === 0 ? this.#map.latestLike(value) : undefined;
      if (uncovered !== undefined) news.push(uncovered);
    }
    return news;
  }

  #remember(news: News): void {
    this.#ring.push(news);
    this.#ringValues += news.values.length;
    while (this.#ringValues > ringValuesMax) {
      const oldest = this.#ring.shift();
      if (oldest === undefined) return;
      this.#ringValues -= oldest.values.length;
      this.#ringFrom = oldest.sequence + 1;
    }
  }

  #keepFrom(): string {
    return isoTime(this.#clock.now() - keepMs);
  }
}

/** ISO 8601 UTC with milliseconds. */
export function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}
