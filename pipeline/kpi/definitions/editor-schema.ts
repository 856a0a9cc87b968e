import { EVENT_KINDS } from '../../model/subsystem.ts';
import type { EventKind } from '../../model/subsystem.ts';
import { derivedSchema } from '../derived/derived-schema.ts';
import { ROW_FIELDS } from '../rows/fields.ts';
import { definitionSchema, listSchema, packSchema } from './schema.ts';

/** JSON of a schema. */
type Json = Readonly<Record<string, unknown>>;

/**
 * The JSON schema of a pack for editors: what the loader checks, and for each kind the fields that `where` and `by`
 * may name, so that an editor completes them. Definitions over other KPIs have a form of their own.
 */
export function editorSchema(): Json {
  const overEvents = {
    ...definitionSchema,
    allOf: EVENT_KINDS.map((kind) => ({
      if: { properties: { from: { const: kind } }, required: ['from'] },
      then: { properties: { where: condition(kind), by: { items: key(kind) } } },
    })),
  };
  const list = { ...listSchema, items: { $ref: '#/$defs/definition' } };
  const sections = {
    ...packSchema,
    properties: {
      ...packSchema.properties,
      kpis: { ...packSchema.properties.kpis, items: { $ref: '#/$defs/definition' } },
    },
  };
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'KPIs of a subsystem',
    anyOf: [list, sections],
    $defs: {
      definition: {
        if: { properties: { from: { enum: ['kpi', 'platform'] } }, required: ['from'] },
        then: { $ref: '#/$defs/derived' },
        else: { $ref: '#/$defs/overEvents' },
      },
      derived: derivedSchema,
      overEvents,
    },
  };
}

function condition(kind: EventKind): Json {
  const fields = [...ROW_FIELDS[kind].values()].map(({ name, choices }): [string, Json] => {
    return [name, choices === null ? {} : { examples: choices }];
  });
  return { properties: Object.fromEntries([...fields, ['any', {}], ['all', {}], ['not', {}]]) };
}

function key(kind: EventKind): Json {
  const names = [...ROW_FIELDS[kind].values()]
    .filter(({ type, isPersonal }) => !isPersonal && (type === 'text' || type === 'texts'))
    .map(({ name }) => name);
  return {
    anyOf: [
      { enum: names },
      { pattern: '^area\\.(commune|district|province)$' },
      { pattern: '^attributes\\.' },
    ],
  };
}
