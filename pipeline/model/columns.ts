import type { EventKind } from './subsystem.ts';

/**
 * What a column holds: `code` is a dictionary of strings (few different values a batch), `text` any
 * UTF-8 string, `time` milliseconds UTC (nullable when optional), `number` a double (nullable),
 * `count` an unsigned 32-bit integer, `hash64` an unsigned 64-bit hash, `version` an unsigned
 * 64-bit integer up to 2^53.
 */
export type ColumnType = 'code' | 'text' | 'time' | 'number' | 'count' | 'hash64' | 'version';

/** One column of a kind's batches and of its table. */
export interface Column {
  /** Snake case: the name in the Arrow batch, in the table and in the analysts' view. */
  readonly name: string;
  readonly type: ColumnType;
  /** Absent values are Arrow nulls. Codes and texts are never null: absent is ''. */
  readonly optional: boolean;
}

const required = (name: string, type: ColumnType): Column => ({
  name,
  type,
  optional: false,
});
const optional = (name: string, type: ColumnType): Column => ({
  name,
  type,
  optional: true,
});

/** Columns that every kind has. `extra` is a JSON object of fields that the schema does not know, or ''. */
const ENVELOPE: readonly Column[] = [
  required('event_id', 'text'),
  /** 64 bits of (feed, event_id): what duplicates are recognised by. */
  required('id_hash', 'hash64'),
  /** 32 bits of what the sender wrote: tells a duplicate from a conflict. */
  required('content_hash', 'count'),
  /** 1 when the sender named the id, 0 when it is the hash of the content. */
  required('id_given', 'count'),
  required('feed', 'code'),
  required('entity', 'code'),
  required('area', 'code'),
  required('event_time', 'time'),
  required('received_at', 'time'),
  optional('latitude', 'number'),
  optional('longitude', 'number'),
  required('extra', 'text'),
];

/** The columns of each kind, envelope first, in batch order. The tables have the same names. */
export const COLUMNS: Readonly<Record<EventKind, readonly Column[]>> = {
  measurement: [
    ...ENVELOPE,
    required('property', 'code'),
    required('value', 'number'),
    required('unit', 'code'),
    required('quality', 'code'),
    /** 0 when the sender gave none: then, without a period, the measurement is a fact. */
    required('version', 'version'),
    required('period', 'code'),
  ],
  case: [
    ...ENVELOPE,
    required('case_id', 'text'),
    required('case_type', 'code'),
    required('status', 'code'),
    required('opened_at', 'time'),
    optional('due_at', 'time'),
    optional('new_due_at', 'time'),
    optional('responded_at', 'time'),
    optional('completed_at', 'time'),
    optional('closed_at', 'time'),
    /** JSON array of {from, to?, reason}, or ''. */
    required('pauses', 'text'),
    required('channel', 'code'),
    required('agency', 'code'),
    required('procedure', 'code'),
    optional('rating', 'number'),
    /** JSON object, or ''. */
    required('attributes', 'text'),
    required('version', 'version'),
  ],
  post: [
    ...ENVELOPE,
    required('platform', 'code'),
    required('post_id', 'text'),
    required('action', 'code'),
    required('text', 'text'),
    required('language', 'code'),
    /** JSON array of strings, or ''. */
    required('topics', 'text'),
    optional('sentiment', 'number'),
    optional('reach', 'number'),
    required('author', 'text'),
    required('version', 'version'),
  ],
  alert: [
    ...ENVELOPE,
    required('category', 'code'),
    required('signature', 'text'),
    required('severity', 'count'),
    required('source', 'text'),
    required('target', 'text'),
    required('count', 'count'),
  ],
};
