import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { createGzip, gzipSync, type Gzip } from 'node:zlib';

import { errorText, httpStatus, refused, type StatementError } from '../problem.ts';
import { contentType } from './content-type.ts';
import type { StatementOptions } from './request.ts';

/** An answer up to this size is held until the statement has ended, so that its status and summary are true. */
export const heldBytesMax = 256 * 1024;
/** The same with `wait_end_of_query`; a longer answer is refused with 396. */
export const heldWholeBytesMax = 64 * 1024 * 1024;
const gzipLevel = 3;

/** Counts that ClickHouse reports in `X-ClickHouse-Summary`. */
export interface Summary {
  readonly readRows: number;
  readonly readBytes: number;
  readonly writtenRows: number;
  readonly writtenBytes: number;
  readonly elapsedSeconds: number;
}

/** What every answer of the engine says about itself. */
export interface AnswerFacts {
  readonly version: string;
  readonly timezone: string;
}

const nothingDone: Summary = {
  readRows: 0,
  readBytes: 0,
  writtenRows: 0,
  writtenBytes: 0,
  elapsedSeconds: 0,
};

/**
 * One HTTP answer: held while it is short, streamed when it grows.
 *
 *     held --finish--> 200 with Content-Length and summary
 *       |  \--fail---> the error's own status
 *       \--write over the bound--> streaming --finish--> end
 *                                       \-------fail---> exception block, connection cut
 */
export class Answer {
  readonly #response: ServerResponse;
  readonly #facts: AnswerFacts;
  readonly #options: StatementOptions;
  readonly #format: string;
  #exceptionTag = '';
  #held: Uint8Array[] = [];
  #heldBytes = 0;
  #resultBytes = 0;
  #gzip: Gzip | undefined;
  #state: 'held' | 'streaming' | 'ended' = 'held';

  constructor(response: ServerResponse, facts: AnswerFacts, options: StatementOptions, format: string) {
    this.#response = response;
    this.#facts = facts;
    this.#options = options;
    this.#format = format;
  }

  /** Takes a piece of the result. When it says `full`, wait for `drained` before the next one. */
  write(chunk: Uint8Array): 'open' | 'full' {
    this.#resultBytes += chunk.length;
    if (this.#state === 'streaming') return this.#send(chunk);
    this.#held.push(chunk);
    this.#heldBytes += chunk.length;
    const isWhole = this.#options.waits === 'for the whole answer';
    if (isWhole && this.#heldBytes > heldWholeBytesMax) {
      const bound = `${heldWholeBytesMax} bytes`;
      throw refused(396, 'TOO_MANY_ROWS_OR_BYTES', `With wait_end_of_query an answer may have ${bound}`);
    }
    if (isWhole || this.#heldBytes <= heldBytesMax) return 'open';
    return this.#startStreaming();
  }

  /** Resolves when the client has read enough, or `signal` fires. */
  async drained(signal: AbortSignal): Promise<void> {
    try {
      await once(this.#gzip ?? this.#response, 'drain', { signal });
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  /** Ends a successful answer. */
  finish(summary: Summary): void {
    if (this.#state === 'streaming') {
      (this.#gzip ?? this.#response).end();
    } else {
      const plain = Buffer.concat(this.#held);
      const isZipped = this.#options.encoding === 'gzip' && plain.length > 0;
      const body = isZipped ? gzipSync(plain, { level: gzipLevel }) : plain;
      this.#setHeaders(summary);
      this.#response.setHeader('Content-Length', body.length);
      if (isZipped) this.#response.setHeader('Content-Encoding', 'gzip');
      this.#response.writeHead(200).end(body);
    }
    this.#state = 'ended';
  }

  /** Ends a failed answer; one that has begun is cut after ClickHouse's exception block. */
  fail(error: StatementError): void {
    const text = errorText(error, this.#facts.version);
    const state = this.#state;
    this.#state = 'ended';
    if (state === 'held') {
      this.#setHeaders(nothingDone);
      sendError(this.#response, error, text);
      return;
    }
    const tag = this.#exceptionTag;
    const length = Buffer.byteLength(text);
    const block = `\r\n__exception__\r\n${tag}\r\n${text}${length} ${tag}\r\n__exception__\r\n`;
    // The block tells clients that know it; the missing end of the answer tells all others.
    const cut = (): void => void this.#response.socket?.destroySoon();
    if (this.#gzip === undefined) {
      this.#response.write(block, cut);
      return;
    }
    this.#gzip.write(block);
    this.#gzip.flush(() => setImmediate(cut));
  }

  #startStreaming(): 'open' | 'full' {
    this.#state = 'streaming';
    this.#exceptionTag = randomBytes(8).toString('hex');
    this.#setHeaders(nothingDone);
    this.#response.setHeader('X-ClickHouse-Exception-Tag', this.#exceptionTag);
    if (this.#options.encoding === 'gzip') {
      this.#response.setHeader('Content-Encoding', 'gzip');
      this.#gzip = createGzip({ level: gzipLevel });
      this.#gzip.pipe(this.#response);
    }
    this.#response.writeHead(200);
    const held = Buffer.concat(this.#held);
    this.#held = [];
    return this.#send(held);
  }

  #send(chunk: Uint8Array): 'open' | 'full' {
    return (this.#gzip ?? this.#response).write(chunk) ? 'open' : 'full';
  }

  #setHeaders(summary: Summary): void {
    const counts = {
      read_rows: String(summary.readRows),
      read_bytes: String(summary.readBytes),
      written_rows: String(summary.writtenRows),
      written_bytes: String(summary.writtenBytes),
      total_rows_to_read: '0',
      result_rows: '0',
      result_bytes: String(this.#resultBytes),
      elapsed_ns: String(Math.round(summary.elapsedSeconds * 1e9)),
    };
    this.#response.setHeader('Content-Type', contentType(this.#format));
    this.#response.setHeader('X-ClickHouse-Server-Display-Name', 'haidang-embedded');
    this.#response.setHeader('X-ClickHouse-Query-Id', this.#options.queryId);
    this.#response.setHeader('X-ClickHouse-Format', this.#format);
    this.#response.setHeader('X-ClickHouse-Timezone', this.#facts.timezone);
    this.#response.setHeader('X-ClickHouse-Summary', JSON.stringify(counts));
  }
}

/** Answers with an error before anything else was sent. */
export function sendError(response: ServerResponse, error: StatementError, text: string): void {
  const status = httpStatus(error.number);
  response.setHeader('Content-Type', 'text/plain; charset=UTF-8');
  response.setHeader('X-ClickHouse-Exception-Code', error.number);
  response.setHeader('Content-Length', Buffer.byteLength(text));
  if (status === 401) {
    response.setHeader('WWW-Authenticate', 'Basic realm="ClickHouse server HTTP API"');
  }
  if (status === 503) response.setHeader('Retry-After', '1');
  response.writeHead(status).end(text);
}
