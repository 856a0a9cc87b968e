import { type Data, Field, makeData, RecordBatch, Schema, Struct, Uint32, Uint64 } from 'apache-arrow';

import { COLUMNS } from '../columns.ts';
import type { EventKind } from '../subsystem.ts';
import { arrowType, BATCH_SCHEMAS } from './arrow-schema.ts';
import type { Batch } from './batch.ts';
import { streamOf } from './batch-builder.ts';
import { textVector } from './column-buffers.ts';

/** What a table row has beside the columns of its kind. */
export const TABLE_COLUMNS = ['subsystem', 'log_position', 'log_row'] as const;

/** A batch at its place in the log, with the rows that may be stored; all of them when `rows` is null. */
export interface PlacedBatch {
  readonly batch: Batch;
  readonly subsystem: string;
  readonly position: number;
  readonly rows: Uint32Array | null;
}

const SCHEMAS = new Map<EventKind, Schema>();

/**
 * Frames many batches of one kind as one Arrow stream for one insert, adding subsystem, log position and row.
 * One stream of many record batches: the engine reads only the first of several streams.
 */
export function reframe(kind: EventKind, placed: readonly PlacedBatch[]): Uint8Array {
  const schema = tableSchema(kind);
  return streamOf(
    placed.map((one) => {
      const rows = one.rows;
      const length = rows === null ? one.batch.length : rows.length;
      const own = one.batch.record.data.children;
      const children = rows === null ? [...own] : own.map((data) => takeRows(data, rows));
      children.push(...placeColumns(one, length));
      return new RecordBatch(schema, makeData({ type: new Struct(schema.fields), length, children }));
    }),
  );
}

function tableSchema(kind: EventKind): Schema {
  let schema = SCHEMAS.get(kind);
  if (schema === undefined) {
    schema = new Schema([
      ...BATCH_SCHEMAS[kind].fields,
      new Field('subsystem', arrowType('code', COLUMNS[kind].length)),
      new Field('log_position', new Uint64()),
      new Field('log_row', new Uint32()),
    ]);
    SCHEMAS.set(kind, schema);
  }
  return schema;
}

function placeColumns({ batch, subsystem, position, rows }: PlacedBatch, length: number): Data[] {
  const logRow = new Uint32Array(length);
  for (let index = 0; index < length; index++) logRow[index] = rows === null ? index : rows[index]!;
  return [
    makeData({
      type: arrowType('code', COLUMNS[batch.kind].length),
      length,
      data: new Int32Array(length),
      dictionary: textVector([subsystem]),
    } as never),
    makeData({
      type: new Uint64(),
      length,
      data: new BigUint64Array(length).fill(BigInt(position)),
    }),
    makeData({ type: new Uint32(), length, data: logRow }),
  ];
}

/** The chosen rows of one column, copied. */
function takeRows(data: Data, rows: Uint32Array): Data {
  const length = rows.length;
  const common = { type: data.type, length, ...takeValidity(data, rows) };
  if (data.valueOffsets !== undefined) return takeTexts(data, rows, common);
  const source = data.values as Float64Array | BigInt64Array;
  const taken = new (source.constructor as new (n: number) => Float64Array)(length);
  for (let index = 0; index < length; index++) taken[index] = source[rows[index]!] as number;
  const dictionary = data.dictionary === undefined ? {} : { dictionary: data.dictionary };
  return makeData({ ...common, data: taken, ...dictionary } as never);
}

function takeTexts(data: Data, rows: Uint32Array, common: object): Data {
  const offsets = data.valueOffsets as Int32Array;
  const source = data.values as Uint8Array;
  const valueOffsets = new Int32Array(rows.length + 1);
  rows.forEach((row, index) => {
    valueOffsets[index + 1] = valueOffsets[index]! + offsets[row + 1]! - offsets[row]!;
  });
  const taken = new Uint8Array(valueOffsets[rows.length]!);
  rows.forEach((row, index) => {
    taken.set(source.subarray(offsets[row]!, offsets[row + 1]!), valueOffsets[index]!);
  });
  return makeData({ ...common, valueOffsets, data: taken } as never);
}

function takeValidity(data: Data, rows: Uint32Array): { nullCount: number; nullBitmap?: Uint8Array } {
  if (data.nullCount === 0) return { nullCount: 0 };
  const nullBitmap = new Uint8Array(Math.ceil(rows.length / 8));
  let nullCount = 0;
  rows.forEach((row, index) => {
    if (data.getValid(row)) nullBitmap[index >> 3]! |= 1 << (index & 7);
    else nullCount += 1;
  });
  return { nullCount, nullBitmap };
}
