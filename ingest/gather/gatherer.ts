import { randomBytes } from 'node:crypto';

import type { EventAppender } from '../../pipeline/log/event-log.ts';
import type { Event } from '../../pipeline/model/event.ts';
import type { Subsystem } from '../../pipeline/model/subsystem.ts';
import { confirmedAppend, type Connection } from './confirmed-append.ts';
import { Lane } from './lane.ts';
import type { Ticket } from './ticket.ts';

/** Bytes that may wait to be stored, over all lanes; beyond it requests are told to come back. */
export const waitingBytesMax = 64 * 1024 * 1024;

/** Told what the gatherer did, for metrics. */
export interface GatherObserver {
  stored(batch: { readonly rows: number; readonly bytes: number; readonly ms: number }): void;
}

/** What a gatherer needs. */
export interface GathererOptions extends Connection {
  readonly events: EventAppender;
  /** Largest message of the broker, bytes; batches are cut at half of it. */
  readonly maxPayloadBytes: number;
  readonly observer: GatherObserver;
}

/** Gathers rows into batches per (subsystem, kind) and stores them in the log. Bounded by `waitingBytesMax`. */
export class Gatherer {
  readonly #options: GathererOptions;
  readonly #lanes = new Map<string, Lane>();
  /** The lane of the row before: rows of one request mostly share it; finding it by name was 2 % of the profile. */
  #last: { readonly subsystem: Subsystem; readonly kind: Event['kind']; readonly lane: Lane } | null = null;
  /** Batches of two processes, or of two lives of one, must never share an id. */
  readonly #instance = randomBytes(12).toString('base64url');
  #batches = 0;
  #waitingBytes = 0;

  constructor(options: GathererOptions) {
    this.#options = options;
  }

  /** Bytes that wait to be stored. */
  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  /** Whether new requests should be refused for now. */
  get isFull(): boolean {
    return this.#waitingBytes >= waitingBytesMax;
  }

  /** Adds a row to its lane; the bound is looked at per request, not per row. */
  add(subsystem: Subsystem, event: Event, ticket: Ticket): void {
    let last = this.#last;
    if (last === null || last.subsystem !== subsystem || last.kind !== event.kind) {
      last = { subsystem, kind: event.kind, lane: this.#lane(subsystem, event.kind) };
      this.#last = last;
    }
    last.lane.add(event, ticket);
  }

  /** Whether everything that was added is stored or has failed. */
  get isIdle(): boolean {
    return [...this.#lanes.values()].every((lane) => lane.isIdle);
  }

  #lane(subsystem: Subsystem, kind: Event['kind']): Lane {
    const name = `${subsystem}.${kind}`;
    const known = this.#lanes.get(name);
    if (known !== undefined) return known;
    const lane = new Lane({
      kind,
      batchBytesMax: this.#options.maxPayloadBytes / 2,
      timers: this.#options.timers,
      store: (bytes, rows) => this.#store(subsystem, kind, bytes, rows),
      onBytes: (change) => (this.#waitingBytes += change),
    });
    this.#lanes.set(name, lane);
    return lane;
  }

  async #store(subsystem: Subsystem, kind: Event['kind'], bytes: Uint8Array, rows: number): Promise<number> {
    const messageId = `${this.#instance}-${(this.#batches += 1)}`;
    const batch = { subsystem, kind, bytes, messageId };
    const startedAt = performance.now();
    const position = await confirmedAppend(() => this.#options.events.append(batch), this.#options);
    this.#options.observer.stored({ rows, bytes: bytes.length, ms: performance.now() - startedAt });
    return position;
  }
}
