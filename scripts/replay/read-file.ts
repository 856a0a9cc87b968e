import { createReadStream, openSync, readSync, closeSync } from 'node:fs';
import { basename } from 'node:path';
import { Transform, type Readable } from 'node:stream';
import { createGunzip, gunzipSync, constants } from 'node:zlib';

import { parse } from 'csv-parse';

import { CommandFailure } from '../cli/command-failure.ts';
import type { ReadCounts, ReplayRow } from './row-source.ts';
import { embassyColumns, EmbassyReader, type CsvRecord, type EmbassyPlace } from './us-embassy-csv.ts';

/** Longest line of a file of events; ingest takes no more in one body. */
export const lineBytesMax = 8 * 1024 * 1024;

const rowsAtOnce = 1_000;
const headBytes = 64 * 1024;

/** What kind of file it is, by its first line. */
export type FileKind = 'ndjson' | 'us-embassy-csv' | 'unknown';

/**
 * Looks at the beginning of a file, unpacked where the name ends in `.gz`.
 *
 * @throws CommandFailure for a file that cannot be read or unpacked
 */
export function detectKind(path: string): FileKind {
  const first =
    fileHead(path)
      .split('\n')
      .find((line) => line.trim() !== '')
      ?.trim() ?? '';
  if (first.startsWith('{')) return 'ndjson';
  const columns = first.replace(/^"|"$/g, '').split(/"?,"?/);
  return embassyColumns.every((name) => columns.includes(name)) ? 'us-embassy-csv' : 'unknown';
}

/**
 * Reads the rows of one file in file order, some at a time; reads on only when asked for more.
 *
 * @param place for a CSV file: whose readings they are
 * @throws CommandFailure for a file that cannot be read or unpacked
 */
export async function* readRows(
  path: string,
  place: EmbassyPlace,
  counts: ReadCounts,
): AsyncGenerator<ReplayRow[]> {
  const input = openText(path, counts);
  try {
    if (detectKind(path) === 'ndjson') yield* ndjsonRows(input, path, counts);
    else yield* embassyRows(input, path, place, counts);
  } catch (cause) {
    if (cause instanceof CommandFailure) throw cause;
    throw new CommandFailure(`${path}: ${(cause as Error).message}`, { cause });
  } finally {
    input.destroy();
  }
}

function openText(path: string, counts: ReadCounts): Readable {
  const counter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      counts.bytes += chunk.length;
      done(null, chunk);
    },
  });
  const file = createReadStream(path);
  const counted = file.on('error', (error) => counter.destroy(error)).pipe(counter);
  if (!path.endsWith('.gz')) return counted;
  const unpacked = createGunzip();
  counted.on('error', (error) => unpacked.destroy(error));
  return counted.pipe(unpacked);
}

async function* ndjsonRows(input: Readable, path: string, counts: ReadCounts): AsyncGenerator<ReplayRow[]> {
  let rest = '';
  input.setEncoding('utf8');
  for await (const chunk of input) {
    const lines = (rest + String(chunk)).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > lineBytesMax)
      throw new CommandFailure(`${path}: a line is longer than ${lineBytesMax} bytes`);
    yield* rowsOfLines(lines, counts);
  }
  yield* rowsOfLines([rest], counts);
}

function* rowsOfLines(lines: readonly string[], counts: ReadCounts): Generator<ReplayRow[]> {
  const rows: ReplayRow[] = [];
  for (const line of lines) {
    // A BOM stands before the first row at most; a line that is not JSON is sent as it is: ingest says what
    // is wrong.
    const text = line.replace(/^\uFEFF/, '').trim();
    if (text !== '') rows.push({ text, timeMs: undefined });
  }
  counts.lines += rows.length;
  if (rows.length > 0) yield rows;
}

async function* embassyRows(
  input: Readable,
  path: string,
  place: EmbassyPlace,
  counts: ReadCounts,
): AsyncGenerator<ReplayRow[]> {
  const parser = parse({
    bom: true,
    columns: true,
    info: true,
    skip_empty_lines: true,
    relax_column_count: true,
  });
  input.on('error', (error) => parser.destroy(error));
  const reader = new EmbassyReader(place, counts);
  let rows: ReplayRow[] = [];
  for await (const item of input.pipe(parser)) {
    const { record, info } = item as { record: CsvRecord; info: { lines: number } };
    rows.push(...reader.read(record, `${basename(path)}:${info.lines}`));
    if (rows.length < rowsAtOnce) continue;
    yield rows;
    rows = [];
  }
  yield [...rows, ...reader.end()];
}

function fileHead(path: string): string {
  try {
    return readHead(path);
  } catch (cause) {
    throw new CommandFailure(`${path}: ${(cause as Error).message}`, { cause });
  }
}

function readHead(path: string): string {
  const buffer = Buffer.alloc(headBytes);
  const file = openSync(path, 'r');
  try {
    const head = buffer.subarray(0, readSync(file, buffer, 0, headBytes, 0));
    // The head of a packed file ends in the middle of it: take what can be unpacked.
    const text = path.endsWith('.gz') ? gunzipSync(head, { finishFlush: constants.Z_SYNC_FLUSH }) : head;
    return text.toString('utf8').replace(/^\uFEFF/, '');
  } finally {
    closeSync(file);
  }
}
