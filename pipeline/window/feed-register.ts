import { EVENT_TIME_MIN, HOUR_MS } from '../model/time.ts';
import { advanceSet, type FeedClock, type FeedSet, newFeedClock } from '../time/watermark.ts';
import type { EntityState } from './entity-state.ts';
import { IdTable } from './id-table.ts';

/** What became of a feed's events so far; shown in the view `feeds`. */
export interface FeedCounts {
  events: number;
  duplicates: number;
  conflicts: number;
  late: number;
}

/** The feeds of one shard, the sets that entities hear of, and the ids of each feed's hot events. */
export class FeedRegister {
  readonly #latenessMs: number;
  readonly #clocks = new Map<string, FeedClock>();
  readonly #counts = new Map<string, FeedCounts>();
  readonly #ids = new Map<string, IdTable>();
  readonly #sets = new Map<string, FeedSet>();
  readonly #members = new Map<FeedSet, Set<EntityState>>();
  readonly #touched = new Set<FeedClock>();

  constructor(latenessMs: number) {
    this.#latenessMs = latenessMs;
  }

  clockOf(feed: string): FeedClock {
    let clock = this.#clocks.get(feed);
    if (clock === undefined) {
      clock = newFeedClock(feed);
      this.#clocks.set(feed, clock);
    }
    return clock;
  }

  /** The feed's clock, remembered as touched by the present batch. */
  touch(feed: string): FeedClock {
    const clock = this.clockOf(feed);
    this.#touched.add(clock);
    return clock;
  }

  takeTouched(): FeedClock[] {
    const touched = [...this.#touched];
    this.#touched.clear();
    return touched;
  }

  countsOf(feed: string): FeedCounts {
    let counts = this.#counts.get(feed);
    if (counts === undefined) {
      counts = { events: 0, duplicates: 0, conflicts: 0, late: 0 };
      this.#counts.set(feed, counts);
    }
    return counts;
  }

  idsOf(feed: string): IdTable {
    let ids = this.#ids.get(feed);
    if (ids === undefined) {
      ids = new IdTable();
      this.#ids.set(feed, ids);
    }
    return ids;
  }

  all(): Iterable<FeedClock> {
    return this.#clocks.values();
  }

  sets(): Iterable<FeedSet> {
    return this.#sets.values();
  }

  membersOf(set: FeedSet): Iterable<EntityState> {
    return this.#members.get(set) ?? [];
  }

  /** The set of these feeds, made when it is missing. */
  setOf(feeds: readonly string[]): FeedSet {
    const sorted = [...new Set(feeds)].sort();
    const name = sorted.join('|');
    let set = this.#sets.get(name);
    if (set === undefined) {
      set = { name, feeds: sorted.map((feed) => this.clockOf(feed)), watermark: EVENT_TIME_MIN };
      this.#sets.set(name, set);
      advanceSet(set, this.#latenessMs);
    }
    return set;
  }

  /** The watermark of the set of all feeds. */
  watermarkOfAll(): number {
    return this.#clocks.size === 0 ? EVENT_TIME_MIN : this.setOf([...this.#clocks.keys()]).watermark;
  }

  join(set: FeedSet, entity: EntityState): void {
    let members = this.#members.get(set);
    if (members === undefined) {
      members = new Set();
      this.#members.set(set, members);
    }
    members.add(entity);
  }

  /**
   * The entity hears of one more feed. Its new set starts no earlier than its old one stood: what was sealed
   * for the entity stays sealed, or ids and slices that are forgotten would be needed again.
   */
  include(entity: EntityState, feed: string): void {
    if (entity.set.feeds.some((clock) => clock.feed === feed)) return;
    const old = entity.set;
    const set = this.setOf([...old.feeds.map((clock) => clock.feed), feed]);
    set.watermark = Math.max(set.watermark, old.watermark);
    this.#members.get(old)?.delete(entity);
    entity.set = set;
    this.join(set, entity);
  }

  idCount(): number {
    let count = 0;
    for (const ids of this.#ids.values()) count += ids.size;
    return count;
  }

  /** Forgets the ids that lie below the horizons of every set that hears of their feed. */
  forgetSealedIds(horizonOf: (set: FeedSet) => number): void {
    const lowest = new Map<string, number>();
    for (const set of this.#sets.values()) {
      if ((this.#members.get(set)?.size ?? 0) === 0) continue;
      const hour = Math.floor(horizonOf(set) / HOUR_MS);
      for (const { feed } of set.feeds) lowest.set(feed, Math.min(lowest.get(feed) ?? hour, hour));
    }
    for (const [feed, hour] of lowest) this.#ids.get(feed)?.forget(hour);
  }

  /** Hands out every id that is held, and forgets them. */
  drainIds(visit: (high: number, low: number, hour: number) => void): void {
    for (const ids of this.#ids.values()) ids.drain(visit);
  }

  /** The lowest watermark of a set that an entity hears of. */
  lowestWatermark(): number {
    let lowest = Number.POSITIVE_INFINITY;
    for (const set of this.#sets.values()) {
      if ((this.#members.get(set)?.size ?? 0) > 0) lowest = Math.min(lowest, set.watermark);
    }
    return lowest;
  }

  /** The watermark of the slowest feed, but no further behind the furthest than `spanMs`. */
  slowestWatermark(spanMs: number): number {
    let slowest = this.furthestWatermark();
    const least = slowest - spanMs;
    for (const { watermark } of this.#clocks.values()) {
      if (watermark > EVENT_TIME_MIN) slowest = Math.max(least, Math.min(slowest, watermark));
    }
    return slowest;
  }

  /** The furthest watermark of a feed. */
  furthestWatermark(): number {
    let furthest: number = EVENT_TIME_MIN;
    for (const { watermark } of this.#clocks.values()) furthest = Math.max(furthest, watermark);
    return furthest;
  }

  /** The shard's own watermark: the rule of a set, over all feeds. */
  shardWatermark(): number {
    const set: FeedSet = { name: '', feeds: [...this.#clocks.values()], watermark: EVENT_TIME_MIN };
    advanceSet(set, this.#latenessMs);
    return set.watermark;
  }

  /** Plain data for the checkpoint. */
  snapshot(): FeedSnapshot {
    return {
      clocks: [...this.#clocks.values()],
      counts: [...this.#counts],
      sets: [...this.#sets.values()].map(({ name, watermark }) => ({ name, watermark })),
    };
  }

  restore({ clocks, counts, sets }: FeedSnapshot): void {
    for (const clock of clocks) this.#clocks.set(clock.feed, { ...clock });
    for (const [feed, count] of counts) this.#counts.set(feed, { ...count });
    for (const { name, watermark } of sets) {
      const set = this.setOf(name.split('|'));
      set.watermark = Math.max(set.watermark, watermark);
    }
  }
}

/** What a checkpoint holds of the feeds. */
export interface FeedSnapshot {
  readonly clocks: readonly FeedClock[];
  readonly counts: readonly (readonly [string, FeedCounts])[];
  readonly sets: readonly { readonly name: string; readonly watermark: number }[];
}
