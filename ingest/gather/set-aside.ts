import { randomBytes } from 'node:crypto';

import type { QuarantineAppender, QuarantinedRow } from '../../pipeline/log/event-log.ts';
import { confirmedAppend, type Connection } from './confirmed-append.ts';

/** Characters of a row that are kept in the quarantine. */
export const payloadCharactersMax = 65_536;

/** Stores rejected rows in the `QUARANTINE` stream, in messages below the broker's bound. */
export class SetAside {
  readonly #appender: QuarantineAppender;
  readonly #messageBytesMax: number;
  readonly #connection: Connection;
  readonly #instance = randomBytes(12).toString('base64url');
  #messages = 0;

  constructor(appender: QuarantineAppender, maxPayloadBytes: number, connection: Connection) {
    this.#appender = appender;
    this.#messageBytesMax = maxPayloadBytes / 2;
    this.#connection = connection;
  }

  /** Resolves when every row is stored. @throws LogUnavailableError, LogFullError */
  async store(rows: readonly QuarantinedRow[]): Promise<void> {
    let message: QuarantinedRow[] = [];
    let bytes = 0;
    for (const row of rows) {
      const size = Buffer.byteLength(JSON.stringify(row)) + 1;
      if (bytes + size > this.#messageBytesMax && message.length > 0) {
        await this.#append(message);
        message = [];
        bytes = 0;
      }
      message.push(row);
      bytes += size;
    }
    if (message.length > 0) await this.#append(message);
  }

  #append(rows: readonly QuarantinedRow[]): Promise<number> {
    const messageId = `${this.#instance}-q${(this.#messages += 1)}`;
    return confirmedAppend(() => this.#appender.append(rows, messageId), this.#connection);
  }
}
