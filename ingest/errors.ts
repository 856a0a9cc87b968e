import { HaidangError, type Disposition } from '../pipeline/errors.ts';

/** Every reason for which a whole request is refused, with its status. README.md lists them. */
export const REFUSALS = {
  EMPTY_BODY: [400, 'The body is empty'],
  INVALID_UTF8: [400, 'The body is not UTF-8'],
  JSON_SYNTAX: [400, 'The body is not JSON'],
  NESTING_TOO_DEEP: [400, 'The body is nested too deep'],
  GZIP_INVALID: [400, 'The body is not gzip'],
  REQUEST_MALFORMED: [400, 'The request is malformed'],
  TOKEN_UNKNOWN: [401, 'Unknown token'],
  FEED_FORBIDDEN: [403, 'Not this feed'],
  FEED_UNKNOWN: [403, 'Unknown feed'],
  NOT_FOUND: [404, 'Not found'],
  NOT_BUILT: [404, 'Not built yet'],
  METHOD_NOT_ALLOWED: [405, 'Method not allowed'],
  REQUEST_TIMEOUT: [408, 'The request took too long'],
  BODY_TOO_LARGE: [413, 'The body is too large'],
  ROWS_TOO_MANY: [413, 'Too many rows'],
  CONTENT_TYPE_UNSUPPORTED: [415, 'Unsupported content type'],
  ENCODING_UNSUPPORTED: [415, 'Unsupported content encoding'],
  FEED_INVALID: [422, 'Not the name of a feed'],
  EXCLUSION_INVALID: [422, 'Not an exclusion'],
  HEADERS_TOO_LARGE: [431, 'The headers are too large'],
  QUOTA_EXCEEDED: [429, 'More than the quota of this token'],
  QUEUE_FULL: [429, 'Too much is waiting to be stored'],
  LOG_FULL: [429, 'The log is full'],
  LOG_UNAVAILABLE: [503, 'The broker does not answer'],
  SHUTTING_DOWN: [503, 'Shutting down'],
  INTERNAL: [500, 'Internal error'],
} as const satisfies Readonly<Record<string, readonly [number, string]>>;

/** Name of a reason. */
export type RefusalCode = keyof typeof REFUSALS;

/** Seconds after which a sender should try again, by code. */
const RETRY_AFTER_SECONDS: Readonly<Partial<Record<RefusalCode, number>>> = {
  QUOTA_EXCEEDED: 1,
  QUEUE_FULL: 1,
  LOG_FULL: 10,
  LOG_UNAVAILABLE: 1,
  SHUTTING_DOWN: 2,
};

/** A request was refused as a whole: nothing of it was accepted, or it is unknown what of it was. */
export class RequestRefusedError extends HaidangError {
  readonly code: RefusalCode;
  readonly disposition: Disposition;
  readonly #waitMs: number | undefined;

  /** @param waitMs when trying again helps, where that is known better than by the code alone */
  constructor(code: RefusalCode, detail: string, cause?: unknown, waitMs?: number) {
    super(detail, cause === undefined ? {} : { cause });
    this.code = code;
    this.#waitMs = waitMs;
    this.disposition = RETRY_AFTER_SECONDS[code] === undefined ? 'quarantine' : 'retry';
  }

  get status(): number {
    return REFUSALS[this.code][0];
  }

  get title(): string {
    return REFUSALS[this.code][1];
  }

  /** Value of `Retry-After`, or undefined when trying again does not help. */
  get retryAfterSeconds(): number | undefined {
    if (this.#waitMs !== undefined) return Math.ceil(this.#waitMs / 1_000);
    return RETRY_AFTER_SECONDS[this.code];
  }
}

/** What a sender is told of an error: the log's own, wrapped once; anything else is a bug and says nothing. */
export function refusalOf(error: unknown): RequestRefusedError {
  if (error instanceof RequestRefusedError) return error;
  if (error instanceof HaidangError && error.code === 'LOG_FULL') {
    return new RequestRefusedError(
      'LOG_FULL',
      'the log holds as much as it may; the pipeline is behind',
      error,
    );
  }
  if (error instanceof HaidangError && error.disposition === 'retry') {
    const detail = 'the broker did not confirm: send the same rows again, the same ids count once';
    return new RequestRefusedError('LOG_UNAVAILABLE', detail, error);
  }
  return new RequestRefusedError('INTERNAL', 'a bug; the log has the details', error);
}
