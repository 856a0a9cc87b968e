import { type Batch, timeAt } from '../model/batch/batch.ts';

/** A span of a feed that is taken out of every KPI. */
export interface Exclusion {
  readonly id: string;
  readonly feed: string;
  /** '': every entity of the feed. */
  readonly entity: string;
  /** '': every property, and what has none. */
  readonly property: string;
  /** Event times in [from, to), milliseconds UTC. */
  readonly from: number;
  readonly to: number;
  readonly reason: string;
}

/** What the log says of exclusions: one is made, or undone. Who, and when by the clock of the door, for people. */
export type ExclusionMessage =
  | (Exclusion & { readonly type: 'exclusion'; readonly author: string; readonly at: number })
  | (Pick<Exclusion, 'id' | 'feed'> & {
      readonly type: 'inclusion';
      readonly author: string;
      readonly at: number;
    });

/** A message that changed something, as the store keeps it. */
export interface ExclusionChange extends Exclusion {
  readonly isActive: boolean;
  readonly author: string;
  readonly at: number;
  /** Log position at which it took effect. */
  readonly position: number;
}

/** The quality that an excluded measurement counts with: it was received, and is no good. */
export const EXCLUDED_QUALITY = 'withdrawn';

/**
 * Which spans are excluded at a log position. An id is excluded once: a message that is repeated changes nothing, and what
 * was undone stays undone.
 */
export class ExclusionBook {
  readonly #changes = new Map<string, ExclusionChange>();
  #active: readonly Exclusion[] = [];

  /** Takes a message of the log. @returns what it changed, null for nothing */
  take(message: ExclusionMessage, position: number): ExclusionChange | null {
    const known = this.#changes.get(message.id);
    if (message.type === 'inclusion') {
      if (known?.isActive !== true || known.feed !== message.feed) return null;
      const { author, at } = message;
      return this.put({ ...known, isActive: false, author, at, position });
    }
    if (known !== undefined) return null;
    const { type: _, ...exclusion } = message;
    return this.put({ ...exclusion, isActive: true, position });
  }

  /** Notes a change that the store holds. */
  put(change: ExclusionChange): ExclusionChange {
    this.#changes.set(change.id, change);
    this.#active = [...this.#changes.values()].filter(({ isActive }) => isActive);
    return change;
  }

  /** The spans in force. */
  get active(): readonly Exclusion[] {
    return this.#active;
  }

  /** Says of the rows of a batch whether they are excluded; null: none can be. */
  testOf(batch: Batch): ((row: number) => boolean) | null {
    const feeds = batch.codes('feed');
    const byFeed = feeds.values.map((feed) => this.#active.filter((one) => one.feed === feed));
    if (byFeed.every(({ length }) => length === 0)) return null;
    const entities = batch.codes('entity');
    const properties = batch.kind === 'measurement' ? batch.codes('property') : null;
    const times = batch.wide('event_time');
    return (row) => {
      const spans = byFeed[feeds.codes[row]!]!;
      if (spans.length === 0) return false;
      const entity = entities.values[entities.codes[row]!]!;
      const property = properties === null ? '' : properties.values[properties.codes[row]!]!;
      const time = timeAt(times, row);
      return spans.some((span) => {
        const isPlace = span.entity === '' || span.entity === entity;
        const isProperty = span.property === '' || span.property === property;
        return isPlace && isProperty && span.from <= time && time < span.to;
      });
    };
  }

  /** The batch as it counts: of measurements the excluded ones are withdrawn. Other kinds stay as they are. */
  countedOf(batch: Batch): Batch {
    const { sent } = batch;
    if (sent.kind !== 'measurement' || this.#active.length === 0) return sent;
    const isExcluded = this.testOf(sent);
    if (isExcluded === null) return sent;
    const { codes, values } = sent.codes('quality');
    const withdrawn = values.length;
    const own = codes.map((code, row) => (isExcluded(row) ? withdrawn : code));
    return sent.withCodes('quality', { codes: own, values: [...values, EXCLUDED_QUALITY] });
  }

  /** Exclusions of these feeds that meet an entity ('': any) in [from, to). */
  meeting(place: {
    readonly feeds: readonly string[];
    readonly entity: string;
    readonly from: number;
    readonly to: number;
  }): Exclusion[] {
    const { feeds, entity, from, to } = place;
    return this.#active.filter((span) => {
      const isPlace = entity === '' || span.entity === '' || span.entity === entity;
      return isPlace && feeds.includes(span.feed) && span.from < to && from < span.to;
    });
  }
}
