import type { Event, EventEnvelope } from '../../pipeline/model/event.ts';
import { contentName, feedSeed, idHash, type FeedSeed } from '../../pipeline/model/hash.ts';
import type { FeedConfig } from '../../pipeline/model/registry.ts';
import {
  isEventKind,
  PROVINCE_AREA,
  type EventKind,
  type Subsystem,
} from '../../pipeline/model/subsystem.ts';
import { CanonicalWriter, extraOf, nestingMax } from './canonical.ts';
import type { RowContext } from './row-context.ts';
import { normaliseAlert, normaliseCase, normalisePost } from './kinds.ts';
import { normaliseMeasurement } from './measurement.ts';
import { feedConfig, type Lookups } from './lookups.ts';
import { reject, shown, type Rejection } from './rejection.ts';
import { checkShape, knownFields, type WireRow } from './schema-check.ts';
import { TimeReader } from './times.ts';

/** An accepted row: the event and the shard it belongs to. */
export interface Accepted {
  readonly kind: 'accepted';
  readonly subsystem: Subsystem;
  readonly event: Event;
}

/**
 * Turns wire rows of one feed into normalised events, or says why not. Pure but for its caches: the same row, registry
 * and time of receipt give the same verdict.
 *
 * Of a plain measurement's 2.1 us SHA-256 takes 0.8, the canonical text 0.7, the schema 0.1.
 */
export class RowGuard {
  readonly config: FeedConfig;
  readonly #lookups: Lookups;
  readonly #seed: FeedSeed;
  readonly #canonical = new CanonicalWriter();

  constructor(feed: string, lookups: Lookups) {
    this.config = feedConfig(lookups, feed);
    this.#lookups = lookups;
    this.#seed = feedSeed(feed);
  }

  /** @param receivedAt ms UTC, the same for every row of a request */
  check(value: unknown, receivedAt: number): Accepted | Rejection {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return this.#notARow(value);
    const row = value as WireRow;
    const keys = Object.keys(row);
    const canonical = this.#canonical.write(row, keys);
    if (canonical === null) return tooDeep();
    const kind = this.#kindOf(row);
    if (typeof kind !== 'string') return kind;
    const shape = checkShape(kind, row);
    if (shape !== null) return shape;
    const subsystem = this.#subsystemOf(row);
    if (subsystem === null) {
      return reject('FIELD_REQUIRED', 'missing: subsystem (neither the row, its entity nor its feed says)');
    }
    return this.#normalise({ row, keys, canonical, kind, subsystem, receivedAt });
  }

  #normalise(checked: {
    readonly row: WireRow;
    readonly keys: readonly string[];
    readonly canonical: string;
    readonly kind: EventKind;
    readonly subsystem: Subsystem;
    readonly receivedAt: number;
  }): Accepted | Rejection {
    const { row, kind, subsystem, receivedAt } = checked;
    const known = knownFields(kind);
    const extra = extraOf(
      row,
      checked.keys.filter((key) => !known.has(key)),
    );
    if (typeof extra !== 'string') return extra;
    const area = this.#areaOf(row);
    if (typeof area !== 'string') return area;
    const times = new TimeReader(this.config.timeUnit);
    const context: RowContext = { row, lookups: this.#lookups, feed: this.config, times };
    const envelope = this.#envelope(checked, area, extra);
    const event = normaliseKind(kind, context, envelope);
    if (event.kind === 'rejected') return event;
    if (event.eventTime > receivedAt + this.config.skewSeconds * 1_000) {
      const ahead = Math.round((event.eventTime - receivedAt) / 1_000);
      return reject('FUTURE', `eventTime is ${ahead} s ahead; this feed may be ${this.config.skewSeconds} s`);
    }
    return { kind: 'accepted', subsystem, event };
  }

  #envelope(
    checked: { readonly row: WireRow; readonly canonical: string; readonly receivedAt: number },
    area: string,
    extra: string,
  ): Omit<EventEnvelope, 'eventTime'> {
    const { row, canonical, receivedAt } = checked;
    const name = contentName(canonical);
    const given = typeof row.id === 'string';
    const id = given ? (row.id as string) : name.id;
    const hash = idHash(this.#seed, id);
    const location = row.location as { latitude: number; longitude: number } | null | undefined;
    return {
      id,
      idHashHigh: hash.high,
      idHashLow: hash.low,
      contentHash: name.contentHash,
      idGiven: given ? 1 : 0,
      feed: this.config.id,
      entity: (row.entity as string | null | undefined) ?? '',
      area,
      receivedAt,
      latitude: location ? location.latitude + 0 : null,
      longitude: location ? location.longitude + 0 : null,
      extra,
    };
  }

  #notARow(value: unknown): Rejection {
    const canonical = this.#canonical.write({ value } as WireRow, ['value']);
    if (canonical === null) return tooDeep();
    return reject('ROW_TYPE', `a row is a JSON object, not ${shown(value)}`);
  }

  #kindOf(row: WireRow): EventKind | Rejection {
    const kind = row.kind ?? this.config.kind ?? 'measurement';
    if (typeof kind === 'string' && isEventKind(kind)) return kind;
    return reject('KIND_UNKNOWN', `kind: ${shown(kind)} is none of measurement, case, post, alert`);
  }

  #subsystemOf(row: WireRow): Subsystem | null {
    if (typeof row.subsystem === 'string') return row.subsystem as Subsystem;
    const entity = typeof row.entity === 'string' ? this.#lookups.entities.get(row.entity) : undefined;
    return entity?.subsystem ?? this.config.subsystem;
  }

  /** An installation without areas takes any; the province is always known. */
  #areaOf(row: WireRow): string | Rejection {
    if (typeof row.area !== 'string') {
      const entity = typeof row.entity === 'string' ? this.#lookups.entities.get(row.entity) : undefined;
      return entity?.area ?? (this.config.area || PROVINCE_AREA);
    }
    const { areas } = this.#lookups;
    if (areas.size === 0 || areas.has(row.area) || row.area === PROVINCE_AREA) return row.area;
    return reject('AREA_UNKNOWN', `area: ${shown(row.area)} is in no registry`);
  }
}

function normaliseKind(
  kind: EventKind,
  context: RowContext,
  envelope: Omit<EventEnvelope, 'eventTime'>,
): Event | Rejection {
  switch (kind) {
    case 'measurement':
      return normaliseMeasurement(context, envelope);
    case 'case':
      return normaliseCase(context, envelope);
    case 'post':
      return normalisePost(context, envelope);
    case 'alert':
      return normaliseAlert(context, envelope);
  }
}

function tooDeep(): Rejection {
  return reject('NESTING_TOO_DEEP', `a row is nested at most ${nestingMax} deep`);
}
