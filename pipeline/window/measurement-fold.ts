import { type Batch, type CodeColumn, timeAt } from '../model/batch/batch.ts';
import { HOUR_MS } from '../model/time.ts';
import { advanceFeed, advanceSet, type FeedClock, runOn, seeEvent } from '../time/watermark.ts';
import { type EntityState, newEntityState, type Series, seriesOf, sliceOf } from './entity-state.ts';
import { FeedRegister, type FeedCounts } from './feed-register.ts';
import { IdFilter } from './id-filter.ts';
import { addToSlice } from './slice.ts';

/** Bounds of a fold. */
export interface FoldOptions {
  /** How long after the watermark a slice stays hot, milliseconds. */
  readonly latenessMs: number;
  /** Ids that all feeds together may hold exactly; beyond, they are spilled into a filter. */
  readonly idsMax: number;
}

/** What became of the rows of one batch. */
export interface FoldOutcome {
  /** Rows that may be stored at once, in order; null for all of them. */
  readonly fresh: Uint32Array | null;
  /** Rows that the raw table must be asked about before they are stored. */
  readonly suspects: readonly number[];
  /** Rows with a known id and other content. */
  readonly conflicts: readonly number[];
  readonly duplicates: number;
  /** Fresh rows that arrived after the watermark had passed their hour. */
  readonly late: readonly number[];
}

/**
 * Tells the facts of one shard (measurements, alerts) that are new from those that are known, and folds measurements
 * into hourly slices.
 *
 * Its memory is a cache: at every position it holds what SQL over the raw rows up to there would say, but
 * for the hours marked dirty. Pure: no clock, no I/O; the outcome depends on the order of calls only.
 */
export class MeasurementFold {
  readonly entities = new Map<string, EntityState>();
  readonly feeds: FeedRegister;
  /** Entities with changed slices, or whose watermark passed the end of an hour, since the last emission. */
  readonly touched = new Set<EntityState>();
  readonly dirtyEntities = new Set<EntityState>();
  readonly #options: FoldOptions;
  readonly #givenIds = new IdFilter();
  /** Hot ids beyond `idsMax`: a hit is asked of the raw table. Gone once the horizon has passed them. */
  #spilled: IdFilter | null = null;
  #spilledHourMax = 0;

  constructor(options: FoldOptions) {
    this.#options = options;
    this.feeds = new FeedRegister(options.latenessMs);
  }

  /** Takes one batch of facts. Judged by the watermarks before it; `endBatch` moves them. */
  fold(batch: Batch): FoldOutcome {
    const rows = new RowReader(batch, this);
    const fresh = new Uint32Array(batch.length);
    const suspects: number[] = [];
    const conflicts: number[] = [];
    const late: number[] = [];
    let freshCount = 0;
    let duplicates = 0;
    for (let row = 0; row < batch.length; row++) {
      const outcome = this.#foldRow(rows, row, late);
      if (outcome === FRESH) fresh[freshCount++] = row;
      else if (outcome === DUPLICATE) duplicates += 1;
      else if (outcome === CONFLICT) conflicts.push(row);
      else suspects.push(row);
    }
    return {
      fresh: freshCount === batch.length ? null : fresh.slice(0, freshCount),
      suspects,
      conflicts,
      duplicates,
      late,
    };
  }

  /** Moves the watermarks of all feeds and sets that this batch touched. */
  endBatch(): void {
    for (const feed of this.feeds.takeTouched()) advanceFeed(feed);
    this.#advanceSets();
    this.#boundIds();
  }

  /** A time marker of the log: idle feeds run on. */
  onTime(now: number): void {
    for (const feed of this.feeds.all()) runOn(feed, now);
    this.#advanceSets();
  }

  /** Start of the hot range of an entity, milliseconds UTC. */
  horizonOf(entity: EntityState): number {
    return entity.set.watermark - this.#options.latenessMs;
  }

  get latenessMs(): number {
    return this.#options.latenessMs;
  }

  /** The entity, hearing of this feed from now on. */
  entityOf(id: string, feed: string): EntityState {
    const entity = this.entities.get(id);
    if (entity === undefined) return this.restoreEntity(id, [feed]);
    const { set } = entity;
    this.feeds.include(entity, feed);
    // The watermark of its new set may have passed the end of its windows.
    if (entity.set !== set) this.touched.add(entity);
    return entity;
  }

  /**
   * A new entity that has always heard of these feeds, after a restart: hearing of one after the other would move the
   * watermark of their set on to that of the first.
   */
  restoreEntity(id: string, feeds: readonly string[]): EntityState {
    const entity = newEntityState(id, this.feeds.setOf(feeds));
    // What ended before it was heard of, memory does not hold: only its own slices can make that due.
    entity.emittedUpTo = entity.set.watermark;
    this.entities.set(id, entity);
    this.feeds.join(entity.set, entity);
    return entity;
  }

  /** A row that waited for the raw table is new: its id is held like that of any hot row. */
  admit(entity: EntityState, feed: string, id: HotId): void {
    if (id.hour * HOUR_MS < this.horizonOf(entity)) return;
    const table = this.feeds.idsOf(feed);
    if (table.find(id.high, id.low, id.content) === 'unknown')
      table.add(id.high, id.low, id.content, id.hour);
  }

  /** Notes an id that stands in the raw table, after a restart. */
  noteGivenId(high: number, low: number): void {
    this.#givenIds.note(high, low);
  }

  /** A versioned row stands, or may stand, at a time: facts there are judged by SQL. */
  noteCorrection(entity: EntityState, time: number): void {
    const times = (entity.corrected ??= new Set());
    times.add(time);
    if (times.size % CORRECTIONS_CHECK !== 0) return;
    const horizon = this.horizonOf(entity);
    for (const one of times) if (one < horizon) times.delete(one);
  }

  markDirty(entity: EntityState, hour: number, dirt: 'suspected' | 'confirmed'): void {
    if (dirt === 'confirmed' || !entity.dirty.has(hour)) entity.dirty.set(hour, dirt);
    this.dirtyEntities.add(entity);
  }

  #foldRow(rows: RowReader, row: number, late: number[]): number {
    const feed = rows.feeds[rows.feedCodes[row]!]!;
    const entity = rows.entityAt(row);
    const time = timeAt(rows.eventTimes, row);
    const hour = Math.floor(time / HOUR_MS);
    const receivedAt = timeAt(rows.receivedAts, row);
    const high = rows.idHashes[row * 2 + 1]!;
    const low = rows.idHashes[row * 2]!;
    const content = rows.contentHashes[row]!;
    seeEvent(feed.clock, time, receivedAt);
    const known = feed.ids.find(high, low, content);
    if (known !== 'unknown') return this.#repeated(feed.counts, known);
    feed.counts.events += 1;
    if (time > entity.areaTime) {
      entity.areaTime = time;
      entity.area = rows.areaAt(row);
    }
    const given = rows.idGivens[row] === 1 && this.#givenIds.note(high, low);
    const spilled = this.#spilled !== null && this.#spilled.has(high, low);
    const isRow = rows.isRow(row);
    if (isRow) this.noteCorrection(entity, time);
    const isCorrected = entity.corrected?.has(time) === true;
    if (given || spilled || isRow || isCorrected || hour * HOUR_MS < this.horizonOf(entity)) {
      this.markDirty(entity, hour, 'suspected');
      return SUSPECT;
    }
    feed.ids.add(high, low, content, hour);
    if ((hour + 1) * HOUR_MS <= entity.set.watermark) {
      late.push(row);
      feed.counts.late += 1;
    }
    if (rows.isMeasured)
      addToSlice(sliceOf(rows.seriesAt(row, entity), hour), rows.values[row]!, rows.goodAt(row), time);
    if (!entity.changed.has(hour)) {
      entity.changed.add(hour);
      this.touched.add(entity);
    }
    return FRESH;
  }

  #repeated(counts: FeedCounts, known: 'same' | 'conflict'): number {
    if (known === 'same') {
      counts.duplicates += 1;
      return DUPLICATE;
    }
    counts.conflicts += 1;
    return CONFLICT;
  }

  #advanceSets(): void {
    for (const set of this.feeds.sets()) {
      const before = Math.floor(set.watermark / HOUR_MS);
      advanceSet(set, this.#options.latenessMs);
      if (Math.floor(set.watermark / HOUR_MS) === before) continue;
      for (const entity of this.feeds.membersOf(set)) this.touched.add(entity);
    }
  }

  /** Ids below the horizon are not looked up any more; beyond the bound the exact ids become a filter. */
  #boundIds(): void {
    if (
      this.#spilled !== null &&
      this.feeds.lowestWatermark() - this.#options.latenessMs > (this.#spilledHourMax + 1) * HOUR_MS
    ) {
      this.#spilled = null;
    }
    if (this.feeds.idCount() <= this.#options.idsMax) return;
    this.feeds.forgetSealedIds((set) => set.watermark - this.#options.latenessMs);
    if (this.feeds.idCount() > this.#options.idsMax * 0.9) {
      this.feeds.drainIds((high, low, hour) => this.spill(high, low, hour));
    }
  }

  /** Puts a hot id into the filter of those that are not held exactly. */
  spill(high: number, low: number, hour: number): void {
    this.#spilled ??= new IdFilter(SPILL_BITS);
    this.#spilled.note(high, low);
    if (hour > this.#spilledHourMax) this.#spilledHourMax = hour;
  }
}

/** 32 MB: ten million spilled ids send one new row in 5,000 to be asked for in vain. */
const SPILL_BITS = 1 << 28;

/** Sealed times of corrections are forgotten whenever so many more are held. */
const CORRECTIONS_CHECK = 1_024;

/** An id of the hot range. */
export interface HotId {
  readonly high: number;
  readonly low: number;
  readonly content: number;
  readonly hour: number;
}

const FRESH = 0;
const DUPLICATE = 1;
const CONFLICT = 2;
const SUSPECT = 3;

const NO_NUMBERS = new Float64Array(0);
const NO_WIDE = new Uint32Array(0);
const NO_CODES: CodeColumn = { codes: new Int32Array(0), values: [] };

/** The columns of one batch with their dictionaries resolved once, so that a row costs array reads only. */
class RowReader {
  /** Alerts have ids, feeds and entities too, and no series. */
  readonly isMeasured: boolean;
  readonly values: Float64Array;
  readonly eventTimes: Uint32Array;
  readonly receivedAts: Uint32Array;
  readonly idHashes: Uint32Array;
  readonly contentHashes: Uint32Array;
  readonly idGivens: Uint32Array;
  readonly feedCodes: Int32Array;
  readonly feeds: readonly { clock: FeedClock; counts: FeedCounts; ids: ReturnType<FeedRegister['idsOf']> }[];
  readonly #fold: MeasurementFold;
  readonly #batch: Batch;
  readonly #entityCodes: Int32Array;
  readonly #entityNames: readonly string[];
  readonly #entities: (EntityState | undefined)[];
  readonly #entityFeeds: Int32Array;
  readonly #feedNames: readonly string[];
  readonly #propertyCodes: Int32Array;
  readonly #propertyNames: readonly string[];
  readonly #series: (Series | undefined)[];
  readonly #areaCodes: Int32Array;
  readonly #areaNames: readonly string[];
  readonly #qualityCodes: Int32Array;
  readonly #goods: readonly number[];
  readonly #versions: Uint32Array;
  readonly #periodCodes: Int32Array;
  readonly #periods: readonly string[];

  constructor(batch: Batch, fold: MeasurementFold) {
    this.#batch = batch;
    this.#fold = fold;
    this.isMeasured = batch.kind === 'measurement';
    this.values = this.isMeasured ? batch.numbers('value') : NO_NUMBERS;
    this.eventTimes = batch.wide('event_time');
    this.receivedAts = batch.wide('received_at');
    this.idHashes = batch.wide('id_hash');
    this.contentHashes = batch.counts('content_hash');
    this.idGivens = batch.counts('id_given');
    const feed = batch.codes('feed');
    this.feedCodes = feed.codes;
    this.#feedNames = feed.values;
    this.feeds = feed.values.map((name) => ({
      clock: fold.feeds.touch(name),
      counts: fold.feeds.countsOf(name),
      ids: fold.feeds.idsOf(name),
    }));
    const entity = batch.codes('entity');
    this.#entityCodes = entity.codes;
    this.#entityNames = entity.values;
    this.#entities = new Array(entity.values.length);
    this.#entityFeeds = new Int32Array(entity.values.length).fill(-1);
    const property = this.isMeasured ? batch.codes('property') : NO_CODES;
    this.#propertyCodes = property.codes;
    this.#propertyNames = property.values;
    this.#series = new Array(entity.values.length * property.values.length);
    const area = batch.codes('area');
    this.#areaCodes = area.codes;
    this.#areaNames = area.values;
    const quality = this.isMeasured ? batch.codes('quality') : NO_CODES;
    this.#qualityCodes = quality.codes;
    this.#goods = quality.values.map((text) => (text === 'good' ? 1 : 0));
    this.#versions = this.isMeasured ? batch.wide('version') : NO_WIDE;
    const period = this.isMeasured ? batch.codes('period') : NO_CODES;
    this.#periodCodes = period.codes;
    this.#periods = period.values;
  }

  entityAt(row: number): EntityState {
    const code = this.#entityCodes[row]!;
    const feedCode = this.feedCodes[row]!;
    let entity = this.#entities[code];
    if (entity === undefined || this.#entityFeeds[code] !== feedCode) {
      entity = this.#fold.entityOf(this.#entityNames[code]!, this.#feedNames[feedCode]!);
      this.#entities[code] = entity;
      this.#entityFeeds[code] = feedCode;
    }
    return entity;
  }

  seriesAt(row: number, entity: EntityState): Series {
    const property = this.#propertyCodes[row]!;
    const at = this.#entityCodes[row]! * this.#propertyNames.length + property;
    let series = this.#series[at];
    if (series === undefined) {
      series = seriesOf(entity, this.#propertyNames[property]!);
      this.#series[at] = series;
    }
    return series;
  }

  areaAt(row: number): string {
    return this.#areaNames[this.#areaCodes[row]!]!;
  }

  goodAt(row: number): number {
    return this.#goods[this.#qualityCodes[row]!]!;
  }

  /** A version or a period makes a measurement a row: its newest version counts, so SQL must judge. */
  isRow(row: number): boolean {
    return this.isMeasured && isRowMeasurement(this.#versions, row, this.#periods[this.#periodCodes[row]!]!);
  }

  get length(): number {
    return this.#batch.length;
  }
}

/** Whether a measurement is a row (newest version wins) and not a fact. */
export function isRowMeasurement(versions: Uint32Array, row: number, period: string): boolean {
  return versions[row * 2] !== 0 || versions[row * 2 + 1] !== 0 || period !== '';
}
