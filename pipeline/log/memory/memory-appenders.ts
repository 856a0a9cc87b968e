import type { HaidangError } from '../../errors.ts';
import type { EventAppender, QuarantineAppender, QuarantinedRow } from '../event-log.ts';

type AppendedBatch = Parameters<EventAppender['append']>[0];

/** The write side of the log in memory: a message id counts once, positions rise from 1. For tests. */
export class MemoryAppenders {
  readonly batches: AppendedBatch[] = [];
  readonly quarantined: QuarantinedRow[] = [];
  /** Set to make the next calls fail; null again to let them through. */
  failWith: HaidangError | null = null;
  /** Awaited before a message counts as stored: tests hold it back. */
  gate: Promise<void> = Promise.resolve();
  readonly #positions = new Map<string, number>();

  readonly events: EventAppender = {
    append: (batch) => this.#store(batch.messageId, () => this.batches.push(batch)),
  };

  readonly quarantine: QuarantineAppender = {
    append: (rows, messageId) => this.#store(messageId, () => this.quarantined.push(...rows)),
  };

  async #store(messageId: string, keep: () => void): Promise<number> {
    await this.gate;
    if (this.failWith !== null) throw this.failWith;
    const known = this.#positions.get(messageId);
    if (known !== undefined) return known;
    keep();
    const position = this.#positions.size + 1;
    this.#positions.set(messageId, position);
    return position;
  }
}
