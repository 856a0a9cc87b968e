import { COLUMNS } from '../../model/columns.ts';
import type { Column } from '../../model/columns.ts';
import { CASE_STATUSES, POST_ACTIONS, QUALITIES } from '../../model/event-schema.ts';
import { EVENT_KINDS } from '../../model/subsystem.ts';
import type { EventKind } from '../../model/subsystem.ts';

/** What a field gives: `texts` is a list of texts, `time` milliseconds UTC. */
export type FieldType = 'text' | 'texts' | 'number' | 'time';

/** A field of a kind by its name on the wire. */
export interface RowField {
  /** As senders write it, in camel case: `caseType`, `openedAt`. */
  readonly name: string;
  readonly type: FieldType;
  readonly column: Column;
  /** All values that it can have, where that is known. */
  readonly choices: readonly string[] | null;
  /** Says something of a person, under a pseudonym too: never a key and never an item of a list. */
  readonly isPersonal: boolean;
}

/** Columns that definitions do not see: what ingest keeps for itself, and JSON that is no single value. */
const HIDDEN = new Set(['id_hash', 'content_hash', 'id_given', 'extra', 'pauses', 'attributes']);

const CHOICES: Readonly<Record<string, readonly string[]>> = {
  quality: QUALITIES,
  status: CASE_STATUSES,
  action: POST_ACTIONS,
};

const PERSONAL = new Set(['author', 'text']);

/** The fields of each kind, by name. */
export const ROW_FIELDS: Readonly<Record<EventKind, ReadonlyMap<string, RowField>>> = Object.fromEntries(
  EVENT_KINDS.map((kind) => [kind, fieldsOf(kind)]),
) as Record<EventKind, ReadonlyMap<string, RowField>>;

function fieldsOf(kind: EventKind): ReadonlyMap<string, RowField> {
  const fields = COLUMNS[kind]
    .filter((column) => !HIDDEN.has(column.name))
    .map((column): RowField => ({
      name: wireName(column.name),
      type: typeOf(column),
      column,
      choices: CHOICES[column.name] ?? null,
      isPersonal: PERSONAL.has(column.name),
    }));
  return new Map(fields.map((field) => [field.name, field]));
}

function wireName(column: string): string {
  if (column === 'event_id') return 'id';
  return column.replaceAll(/_(.)/g, (_, letter: string) => letter.toUpperCase());
}

function typeOf(column: Column): FieldType {
  if (column.name === 'topics') return 'texts';
  if (column.type === 'code' || column.type === 'text') return 'text';
  return column.type === 'time' ? 'time' : 'number';
}
