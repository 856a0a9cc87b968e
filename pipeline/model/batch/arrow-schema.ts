import {
  type DataType,
  Dictionary,
  Field,
  Float64,
  Int32,
  Schema,
  TimestampMillisecond,
  Uint32,
  Uint64,
  Utf8,
} from 'apache-arrow';

import { COLUMNS, type Column, type ColumnType } from '../columns.ts';
import { EVENT_KINDS, type EventKind } from '../subsystem.ts';

/** The Arrow schema of each kind's batches: one field a column, in the order of `COLUMNS`. */
export const BATCH_SCHEMAS = Object.fromEntries(
  EVENT_KINDS.map((kind) => [kind, new Schema(fieldsOf(COLUMNS[kind]))]),
) as Readonly<Record<EventKind, Schema>>;

/**
 * Fields for a list of columns. Dictionary ids are the column's index: an id must be stable from batch to
 * batch, or a reader of many record batches in one stream would look codes up in a foreign dictionary.
 */
export function fieldsOf(columns: readonly Column[]): Field[] {
  return columns.map(({ name, type, optional }, index) => new Field(name, arrowType(type, index), optional));
}

/** The Arrow type of the column that stands at `index` of its batch. */
export function arrowType(type: ColumnType, index: number): DataType {
  switch (type) {
    case 'code':
      return new Dictionary(new Utf8(), new Int32(), index);
    case 'text':
      return new Utf8();
    case 'time':
      return new TimestampMillisecond('UTC');
    case 'number':
      return new Float64();
    case 'count':
      return new Uint32();
    case 'hash64':
    case 'version':
      return new Uint64();
  }
}
