import { makeData, RecordBatch, Schema, Struct } from 'apache-arrow';

import type { Column } from '../columns.ts';
import { fieldsOf } from './arrow-schema.ts';
import { streamOf } from './batch-builder.ts';
import { ColumnBuffers } from './column-buffers.ts';

/** Rows of plain cells, in column order, as one Arrow IPC stream. Times and versions are numbers below 2^53. */
export function encodeRows(
  columns: readonly Column[],
  rows: readonly (readonly (string | number | null)[])[],
): Uint8Array {
  const meter = { bytes: 0 };
  const buffers = columns.map((column, index) => new ColumnBuffers(column, index, meter));
  rows.forEach((cells, row) => {
    columns.forEach((column, index) => write(buffers[index]!, column, row, cells[index]!));
  });
  const schema = new Schema(fieldsOf(columns));
  const children = buffers.map((buffer) => buffer.finish(rows.length));
  const data = makeData({ type: new Struct(schema.fields), length: rows.length, children });
  return streamOf([new RecordBatch(schema, data)]);
}

function write(buffers: ColumnBuffers, column: Column, row: number, cell: string | number | null): void {
  switch (column.type) {
    case 'code':
      return buffers.setCode(row, String(cell));
    case 'text':
      return buffers.setText(row, String(cell));
    case 'number':
    case 'count':
      return buffers.setNumber(row, cell as number | null);
    default:
      return buffers.setWide(row, cell as number | null);
  }
}
