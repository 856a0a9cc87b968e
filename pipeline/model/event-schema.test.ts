import { strict as assert } from 'node:assert';
import { test } from 'vitest';

import { COLUMNS } from './columns.ts';
import { eventSchema, QUALITIES, WIRE_SCHEMAS } from './event-schema.ts';
import type { Quality } from './event.ts';
import { EVENT_KINDS } from './subsystem.ts';

interface Node {
  readonly type?: string;
  readonly enum?: unknown;
  readonly const?: unknown;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly maxItems?: number;
  readonly description?: string;
  readonly anyOf?: readonly Node[];
  readonly items?: Node;
  readonly properties?: Readonly<Record<string, Node>>;
}

/** Paths of texts and lists that a sender could make as long as he likes. */
function unbounded(node: Node, path: string): string[] {
  const own =
    (node.type === 'string' && node.enum === undefined && node.const === undefined && !isBounded(node)) ||
    (node.type === 'array' && node.maxItems === undefined);
  return [
    ...(own ? [path] : []),
    ...(node.anyOf ?? []).flatMap((inner) => unbounded(inner, path)),
    ...(node.items === undefined ? [] : unbounded(node.items, `${path}[]`)),
    ...Object.entries(node.properties ?? {}).flatMap(([name, inner]) => unbounded(inner, `${path}.${name}`)),
  ];
}

/** A pattern without `*`, `+` or an open count bounds a text as well. */
function isBounded(node: Node): boolean {
  const pattern = node.pattern ?? '*';
  return node.maxLength !== undefined || !/[*+](?!\/)|,\}/.test(pattern.replaceAll(/\[[^\]]*\]/g, ''));
}

test('every text and list of every kind has a bound', () => {
  assert.deepEqual(
    EVENT_KINDS.flatMap((kind) => unbounded(WIRE_SCHEMAS[kind] as Node, kind)),
    [],
  );
});

test('every column of a kind but those that ingest adds comes from a field of its schema', () => {
  const added = new Set(['event_id', 'id_hash', 'content_hash', 'id_given', 'feed', 'received_at', 'extra']);
  const named = new Map([
    ['latitude', 'location'],
    ['longitude', 'location'],
  ]);
  const camel = (name: string): string =>
    name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  for (const kind of EVENT_KINDS) {
    const fields = Object.keys(WIRE_SCHEMAS[kind].properties);
    const missing = COLUMNS[kind]
      .map(({ name }) => name)
      .filter((name) => !added.has(name) && !fields.includes(named.get(name) ?? camel(name)));
    assert.deepEqual(missing, [], kind);
  }
});

test('the qualities of the wire are those of the event', () => {
  const all: Readonly<Record<Quality, true>> = {
    ...{ good: true, suspect: true, calibrating: true, bad: true, withdrawn: true },
  };
  assert.deepEqual(Object.keys(all), [...QUALITIES]);
});

test('the schema is plain JSON Schema of four kinds, for the documentation', () => {
  const json = JSON.parse(JSON.stringify(eventSchema)) as { anyOf: { description: string }[] };
  assert.equal(json.anyOf.length, 4);
  assert(json.anyOf.every(({ description }) => description.length > 0));
});
