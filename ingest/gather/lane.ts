import { BatchBuilder } from '../../pipeline/model/batch/batch-builder.ts';
import type { Event } from '../../pipeline/model/event.ts';
import type { EventKind } from '../../pipeline/model/subsystem.ts';
import type { CancelTimer, Timers } from '../../pipeline/time/clock.ts';
import type { Ticket } from './ticket.ts';

/** How long the first row of a batch waits for others, milliseconds. */
export const lingerMs = 5;

/** A batch with this many rows does not linger: an Arrow batch's fixed cost is small against it. */
export const lingerRowsMax = 500;

/** Rows of a batch at most; `first_wins` in the tables counts rows in 16 bits. */
export const batchRowsMax = 50_000;

/** What a lane does with a batch, and what bounds it. */
export interface LaneOptions {
  readonly kind: EventKind;
  /** Estimated size at which a batch is cut, bytes. */
  readonly batchBytesMax: number;
  readonly timers: Timers;
  /** Stores the batch; resolves with its position. */
  readonly store: (bytes: Uint8Array, rows: number) => Promise<number>;
  /** Told by how much the bytes that wait in this lane changed. */
  readonly onBytes: (change: number) => void;
}

interface Batch {
  readonly builder: BatchBuilder;
  readonly tickets: Ticket[];
}

/**
 * Gathers the rows of one subject. At most one publish is in flight; what gathers meanwhile is the next batch.
 *
 *     rows   |a b c|. . . 5 ms . . .|d e f g h i j|k l
 *     log                           [a b c]-----ack[d e f g h i j]-----ack
 */
export class Lane {
  readonly #options: LaneOptions;
  readonly #cut: Batch[] = [];
  #open: Batch;
  #inFlight = false;
  #cancelLinger: CancelTimer | null = null;
  #isHurried = false;

  constructor(options: LaneOptions) {
    this.#options = options;
    this.#open = this.#newBatch();
  }

  /** Adds a row; `ticket` is told when the batch that holds it is stored. */
  add(event: Event, ticket: Ticket): void {
    const { builder, tickets } = this.#open;
    const before = builder.rows === 0 ? 0 : builder.bytes;
    builder.add(event);
    this.#options.onBytes(builder.bytes - before);
    // Rows of one request are added without a pause, so its ticket can only be the last one.
    if (tickets.at(-1) !== ticket) {
      tickets.push(ticket);
      ticket.expect();
    }
    if (builder.bytes >= this.#options.batchBytesMax || builder.rows >= batchRowsMax) this.#cutOpen();
    this.#schedule();
  }

  /** Whether nothing waits and nothing is in flight. */
  get isIdle(): boolean {
    return !this.#inFlight && this.#cut.length === 0 && this.#open.builder.rows === 0;
  }

  #schedule(): void {
    if (this.#inFlight || this.#isHurried) return;
    if (this.#cut.length > 0 || this.#open.builder.rows >= lingerRowsMax) {
      this.#isHurried = true;
      // Not at once: the rest of the request is about to be added.
      queueMicrotask(() => this.#publishNext());
    } else this.#cancelLinger ??= this.#options.timers.after(lingerMs, () => this.#publishNext());
  }

  #publishNext(): void {
    this.#cancelLinger?.();
    this.#cancelLinger = null;
    this.#isHurried = false;
    if (this.#inFlight) return;
    if (this.#cut.length === 0) this.#cutOpen();
    const batch = this.#cut.shift();
    if (batch === undefined) return;
    this.#inFlight = true;
    void this.#store(batch).then(() => {
      this.#inFlight = false;
      this.#publishNext();
    });
  }

  async #store({ builder, tickets }: Batch): Promise<void> {
    const bytes = builder.bytes;
    try {
      const position = await this.#options.store(builder.finish(), builder.rows);
      tickets.forEach((ticket) => ticket.confirm(position));
    } catch (error) {
      tickets.forEach((ticket) => ticket.fail(error));
      this.#failWaiting(error);
    }
    this.#options.onBytes(-bytes);
  }

  /** What waited behind a batch that failed has waited as long: its senders are told too, not one after another. */
  #failWaiting(error: unknown): void {
    this.#cutOpen();
    for (const { builder, tickets } of this.#cut.splice(0)) {
      tickets.forEach((ticket) => ticket.fail(error));
      this.#options.onBytes(-builder.bytes);
    }
  }

  #cutOpen(): void {
    if (this.#open.builder.rows === 0) return;
    this.#cut.push(this.#open);
    this.#open = this.#newBatch();
  }

  #newBatch(): Batch {
    return { builder: new BatchBuilder(this.#options.kind), tickets: [] };
  }
}
