import { HaidangError } from '../../errors.ts';

/**
 * A statement that did not succeed, as ClickHouse words it: a number, a name and a message.
 * Raised for the engine's own exceptions and for what this process refuses in the engine's place.
 */
export class StatementError extends HaidangError {
  readonly code = 'STATEMENT_FAILED';
  readonly disposition = 'quarantine';
  /** ClickHouse's error number, such as 62. */
  readonly number: number;
  /** ClickHouse's name of that number, such as `SYNTAX_ERROR`. */
  readonly errorName: string;

  constructor(number: number, errorName: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.number = number;
    this.errorName = errorName;
  }
}

/** Another process holds the data directory, or it cannot be opened: this process cannot start. */
export class DataDirectoryError extends HaidangError {
  readonly code = 'DATA_DIRECTORY_UNAVAILABLE';
  readonly disposition = 'fatal';
}

/** The statement's own text is wrong or asks for what this interface does not have. */
export function refused(number: number, errorName: string, message: string): StatementError {
  return new StatementError(number, errorName, message);
}

const wrapper = /^Code: (\d+)\. DB::Exception: /;
const trailingName = /\s*\(([A-Z][A-Z0-9_]{2,})\)\s*$/;
const trailingVersion = /\s*\(version [^)]*(?:\([^)]*\))?\)\.?\s*$/;
const handOver =
  /: \(in file\/uri [^\n]*?\)(?=:|$)|: While executing File(?=: data for INSERT)|: data for INSERT was parsed from file/g;

/**
 * Turns whatever the engine's binding threw into a `StatementError`.
 *
 * The engine wraps an error of a file that it reads in itself once more, and names the file; both are taken
 * off, since the file is our own way of handing over an insert's body.
 */
export function toStatementError(error: unknown): StatementError {
  if (error instanceof StatementError) return error;
  const raw = error instanceof Error ? error.message : String(error);
  let message = raw.trim();
  let number = 1002;
  let errorName = 'UNKNOWN_EXCEPTION';
  for (;;) {
    const head = wrapper.exec(message);
    if (head === null) break;
    number = Number(head[1]);
    message = message.slice(head[0].length);
  }
  for (;;) {
    const name = trailingName.exec(message);
    const version = trailingVersion.exec(message);
    if (name !== null && errorName === 'UNKNOWN_EXCEPTION') errorName = name[1] ?? errorName;
    const tail = name ?? version;
    if (tail === null) break;
    message = message.slice(0, tail.index).replace(/\.$/, '');
  }
  const clean = message.replaceAll(handOver, '').replace(/\s*\n\s*$/, '');
  return new StatementError(number, errorName, clean, { cause: error });
}

/** ClickHouse's text of an error: what its clients parse. */
export function errorText(error: StatementError, version: string): string {
  const stop = /[.!?]$/.test(error.message) ? '' : '.';
  return (
    `Code: ${error.number}. DB::Exception: ${error.message}${stop} ` +
    `(${error.errorName}) (version ${version} (official build))\n`
  );
}

// The groups of ClickHouse's own exceptionCodeToHTTPStatus; 202 is 503 here so that callers wait and retry.
const statusNumbers: ReadonlyMap<number, readonly number[]> = new Map([
  [400, [6, 17, 25, 26, 27, 33, 36, 38, 41, 42, 43, 53, 62, 69, 70, 72, 117, 131, 354, 427, 456, 457, 691]],
  [401, [194]],
  [403, [164, 192, 193, 497, 516]],
  [404, [46, 47, 50, 56, 60, 63, 73, 78, 81, 115, 336]],
  [408, [159]],
  [413, [307, 396]],
  [501, [48]],
  [503, [76, 202, 209, 236, 439]],
]);

/** HTTP status of an error number: 500 for whatever is nobody's fault but the engine's. */
export function httpStatus(number: number): number {
  for (const [status, numbers] of statusNumbers) if (numbers.includes(number)) return status;
  return 500;
}
