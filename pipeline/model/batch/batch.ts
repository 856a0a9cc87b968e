import { type Data, RecordBatchReader, type RecordBatch, type Utf8, type Vector } from 'apache-arrow';

import { BatchFormatError } from '../../errors.ts';
import { COLUMNS } from '../columns.ts';
import type { EventKind } from '../subsystem.ts';

/** A byte order mark at the start of a text belongs to the text, as it does in the store. */
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** A column of few different strings: `values[codes[row]]`. */
export interface CodeColumn {
  readonly codes: Int32Array;
  readonly values: readonly string[];
}

/** 64-bit cells as two unsigned 32-bit halves: `halves[2 * row]` is the low one, `halves[2 * row + 1]` the high. */
export type WideColumn = Uint32Array;

/**
 * One batch of the log, read in place: no row is copied, no object is made per row.
 *
 * Columns are fetched by the names of `COLUMNS[kind]`; asking for another name or type is a bug.
 */
export class Batch {
  readonly kind: EventKind;
  readonly length: number;
  readonly record: RecordBatch;
  readonly #data: ReadonlyMap<string, Data>;
  readonly #codes = new Map<string, CodeColumn>();
  #sent: Batch | null = null;

  constructor(kind: EventKind, record: RecordBatch) {
    this.kind = kind;
    this.record = record;
    this.length = record.numRows;
    this.#data = new Map(
      record.schema.fields.map((field, index) => [field.name, record.data.children[index]!]),
    );
  }

  /** The same column each time: its dictionary is decoded once, however many ask. */
  codes(name: string): CodeColumn {
    let column = this.#codes.get(name);
    if (column === undefined) {
      const data = this.#column(name);
      const dictionary = data.dictionary as Vector<Utf8>;
      column = { codes: data.values as Int32Array, values: dictionary.data.flatMap(textsOf) };
      this.#codes.set(name, column);
    }
    return column;
  }

  /** The batch as it stands in the log, whatever was put in the place of its columns. */
  get sent(): Batch {
    return this.#sent ?? this;
  }

  /** The same rows with other codes in one column. What is stored of them stays as it was sent. */
  withCodes(name: string, column: CodeColumn): Batch {
    const other = new Batch(this.kind, this.record);
    for (const [known, codes] of this.#codes) other.#codes.set(known, codes);
    other.#codes.set(name, column);
    other.#sent = this.sent;
    return other;
  }

  numbers(name: string): Float64Array {
    return this.#column(name).values as Float64Array;
  }

  counts(name: string): Uint32Array {
    return this.#column(name).values as Uint32Array;
  }

  wide(name: string): WideColumn {
    const cells = this.#column(name).values as BigInt64Array;
    return new Uint32Array(cells.buffer, cells.byteOffset, cells.length * 2);
  }

  text(name: string, row: number): string {
    return textIn(this.#column(name), row);
  }

  /** Bit `row & 7` of byte `row >> 3` is set where an optional column has a value; null: every row has one. */
  validity(name: string): Uint8Array | null {
    const data = this.#column(name);
    return data.nullCount === 0 ? null : data.nullBitmap;
  }

  #column(name: string): Data {
    const data = this.#data.get(name);
    if (data === undefined) throw new BatchFormatError(`a ${this.kind} batch has no column ${name}`);
    return data;
  }
}

function textIn(data: Data, row: number): string {
  const offsets = data.valueOffsets as Int32Array;
  return decoder.decode((data.values as Uint8Array).subarray(offsets[row]!, offsets[row + 1]!));
}

function textsOf(data: Data): string[] {
  return Array.from({ length: data.length }, (_, row) => textIn(data, row));
}

/** Milliseconds in row `row` of a time column, exact. */
export function timeAt(column: WideColumn, row: number): number {
  return (column[row * 2 + 1]! | 0) * 4_294_967_296 + column[row * 2]!;
}

/**
 * Reads the Arrow IPC stream of one log message.
 * @throws BatchFormatError when the bytes are no Arrow stream or have not the columns of the kind.
 */
export function decodeBatch(kind: EventKind, bytes: Uint8Array): Batch {
  let record: RecordBatch | undefined;
  try {
    const aligned = bytes.byteOffset % 8 === 0 ? bytes : bytes.slice();
    record = [...RecordBatchReader.from(aligned)][0];
  } catch (error) {
    throw new BatchFormatError(`a ${kind} batch is no Arrow stream`, {
      cause: error,
    });
  }
  if (record === undefined) throw new BatchFormatError(`a ${kind} batch has no record batch`);
  const names = record.schema.fields.map((field) => field.name).join();
  if (names !== COLUMN_NAMES[kind]) throw new BatchFormatError(`a ${kind} batch has the columns ${names}`);
  return new Batch(kind, record);
}

const COLUMN_NAMES = Object.fromEntries(
  Object.entries(COLUMNS).map(([kind, columns]) => [kind, columns.map((column) => column.name).join()]),
) as Record<EventKind, string>;
