import { RequestRefusedError, type RefusalCode } from '../errors.ts';
import { payloadCharactersMax } from '../gather/set-aside.ts';
import { reject, type Rejection } from '../guard/rejection.ts';
import { bodyText, type BodyText } from './body-text.ts';
import { jsonFaultIndex } from './json-fault.ts';

/** Most rows of one request. */
export const rowsMax = 50_000;

/** How a body is cut into rows. */
export type RowFormat = 'json' | 'ndjson';

/** Why a row could not even be read. */
export type RowFault = Rejection | (Omit<Rejection, 'code'> & { readonly code: RefusalCode });

/** The rows of one body, in the sender's order. */
export interface Rows {
  readonly rows: readonly unknown[];
  /** Rows that are no JSON at all, by index; `rows` holds undefined there. */
  readonly faults: ReadonlyMap<number, RowFault>;
  /** Whether a text may hold half of a surrogate pair: only an escape can bring one. */
  readonly maySplitSurrogates: boolean;
  /** A row as it was sent, or as near to it as is known; for the quarantine. */
  source(index: number): string;
}

/**
 * Cuts a body into rows. NDJSON is judged line by line, JSON as a whole.
 *
 * @throws RequestRefusedError EMPTY_BODY, INVALID_UTF8, JSON_SYNTAX (with the byte offset), ROWS_TOO_MANY
 */
export function readRows(body: Uint8Array, format: RowFormat): Rows {
  const decoded = bodyText(body);
  if (decoded.text.trim() === '') throw new RequestRefusedError('EMPTY_BODY', 'send one event at least');
  return format === 'json' ? jsonRows(decoded) : ndjsonRows(decoded);
}

/** An input that cannot be cut into rows, as one bad row: for senders that cannot be told (MQTT has only PUBACK). */
export function unreadableRows(input: Buffer, { code, message: detail }: RequestRefusedError): Rows {
  const fault: RowFault = { kind: 'rejected', code, detail };
  return {
    rows: [undefined],
    faults: new Map([[0, fault]]),
    maySplitSurrogates: false,
    source: () => input.toString('utf8', 0, payloadCharactersMax),
  };
}

function jsonRows(body: BodyText): Rows {
  let value: unknown;
  try {
    value = JSON.parse(body.text);
  } catch (error) {
    throw syntaxError(body, error);
  }
  const rows: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (rows.length === 0) throw new RequestRefusedError('EMPTY_BODY', 'the array holds no event');
  checkCount(rows.length);
  return {
    rows,
    faults: new Map(),
    maySplitSurrogates: mayEscapeSurrogate(body.text),
    source: (index) => (Array.isArray(value) ? written(rows[index]) : body.text),
  };
}

function ndjsonRows(body: BodyText): Rows {
  const lines: string[] = [];
  const rows: unknown[] = [];
  const faults = new Map<number, Rejection>();
  const { text } = body;
  for (let start = 0; start < text.length;) {
    const found = text.indexOf('\n', start);
    const end = found === -1 ? text.length : found;
    const line = text.slice(start, end);
    start = end + 1;
    if (isBlank(line)) continue;
    try {
      rows.push(JSON.parse(line));
    } catch {
      // The reason is looked for by a scan of our own, which names the place.
      faults.set(rows.length, lineFault(line));
      rows.push(undefined);
    }
    lines.push(line);
    checkCount(rows.length);
  }
  if (faults.size === rows.length) throw syntaxError(body, undefined);
  return {
    rows,
    faults,
    maySplitSurrogates: mayEscapeSurrogate(text),
    source: (index) => lines[index] ?? '',
  };
}

function syntaxError(body: BodyText, cause: unknown): RequestRefusedError {
  const index = Math.max(0, jsonFaultIndex(body.text));
  const offset = body.skippedBytes + Buffer.byteLength(body.text.slice(0, index));
  const what = index >= body.text.trimEnd().length ? 'the body ends too early' : 'unexpected character';
  const detail = `${what} at byte ${offset}; several lines of JSON are application/x-ndjson`;
  return new RequestRefusedError('JSON_SYNTAX', detail, cause);
}

function lineFault(line: string): Rejection {
  const index = Math.max(0, jsonFaultIndex(line));
  return reject(
    'JSON_SYNTAX',
    `the line is not JSON from its byte ${Buffer.byteLength(line.slice(0, index))} on`,
  );
}

function checkCount(count: number): void {
  if (count <= rowsMax) return;
  throw new RequestRefusedError('ROWS_TOO_MANY', `more than ${rowsMax} rows; send several requests`);
}

/** Lines end with LF or CR LF; blank ones are skipped and do not count as rows. */
function isBlank(line: string): boolean {
  const opensObject = line.charCodeAt(0) === 123;
  return !opensObject && line.trim() === '';
}

function mayEscapeSurrogate(text: string): boolean {
  return text.includes('\\ud') || text.includes('\\uD');
}

/** A row of an array, written again; one that is nested too deep for that is named only. */
function written(row: unknown): string {
  try {
    return JSON.stringify(row) ?? '';
  } catch (error) {
    if (error instanceof RangeError) return '(nested too deep to be written again)';
    throw error;
  }
}
