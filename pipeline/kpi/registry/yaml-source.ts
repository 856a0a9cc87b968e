import { readFileSync } from 'node:fs';

import type { Static, TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { isMap, isNode, isPair, LineCounter, parseDocument, type Document } from 'yaml';

import { hintOf } from '../rows/row-scope.ts';
import type { Mistakes, Place } from './mistakes.ts';

/** A path inside a YAML document: `['areas', 3, 'parent']`. */
export type YamlPath = readonly (string | number)[];

/** Largest YAML file that is read. */
export const yamlBytesMax = 16 * 1024 * 1024;

/** A YAML file that matched its schema, with the means to say where a value stands in it. */
export interface YamlSource<Content> {
  readonly content: Content;
  place(path: YamlPath): Place;
}

/**
 * Reads one YAML file and checks it against its schema.
 *
 * @returns undefined when there is no such file, or when it has mistakes, which are then in `mistakes`
 */
export function readYamlSource<Schema extends TSchema>(
  file: string,
  schema: Schema,
  mistakes: Mistakes,
): YamlSource<Static<Schema>> | undefined {
  const text = readIfPresent(file, mistakes);
  if (text === undefined) return undefined;
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  for (const error of document.errors) {
    const at = error.linePos?.[0];
    const reason = error.message.split('\n')[0] ?? error.code;
    mistakes.add({ file, line: at?.line ?? 1, column: at?.col ?? 1 }, reason, 'this is not valid YAML');
  }
  if (document.errors.length > 0) return undefined;

  const place = (path: YamlPath): Place => placeOf(file, document, lines, path);
  const content: unknown = document.toJS();
  return matches(schema, content, place, mistakes) ? { content, place } : undefined;
}

function readIfPresent(file: string, mistakes: Mistakes): string | undefined {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    mistakes.add(
      { file, line: 1, column: 1 },
      `cannot be read: ${(error as Error).message}`,
      'check its permissions',
    );
    return undefined;
  }
  if (bytes.length <= yamlBytesMax) return bytes.toString('utf8');
  mistakes.add(
    { file, line: 1, column: 1 },
    `has more than ${yamlBytesMax} bytes`,
    'divide it over several folders',
  );
  return undefined;
}

function matches<Schema extends TSchema>(
  schema: Schema,
  content: unknown,
  place: (path: YamlPath) => Place,
  mistakes: Mistakes,
): content is Static<Schema> {
  const check = Compile(schema);
  if (check.Check(content)) return true;
  for (const error of check.Errors(content)) {
    // The parts of a union or of a closed object are reported once, by the whole.
    if (error.keyword === 'boolean' || error.keyword === 'const') continue;
    const path = error.instancePath.split('/').slice(1).map(unescapePointer);
    const params = error.params as Readonly<Record<string, unknown>>;
    if (error.keyword === 'if') {
      // Of a choice the compiled schema tells the mistakes of `else` only.
      const chosen = params['failingKeyword'] === 'then' ? nodeAt(schema, path)?.then : undefined;
      const inside = (rest: YamlPath): Place => place([...path, ...rest]);
      if (chosen !== undefined) matches(chosen as TSchema, valueAt(content, path), inside, mistakes);
      continue;
    }
    if (error.keyword === 'additionalProperties') {
      for (const key of names(params['additionalProperties'])) {
        mistakes.add(
          place([...path, key]),
          `"${key}" is not known here`,
          spellingOf(key, keysAt(schema, path)),
        );
      }
    } else if (error.keyword === 'required') {
      const missing = names(params['requiredProperties']).join(', ');
      mistakes.add(place(path), `${missing} must be given`, `add ${missing}`);
    } else {
      const allowed = names(params['allowedValues']);
      const hint = allowed.length > 0 ? `one of ${allowed.join(', ')}` : 'see the schema';
      mistakes.add(place(path), `${path.at(-1) ?? 'the file'} ${error.message}`, hint);
    }
  }
  return false;
}

/** The key that was probably meant. */
function spellingOf(key: string, known: readonly string[]): string {
  const hint = known.length === 0 ? '' : hintOf(key, known);
  return hint.startsWith('did you mean') ? hint : 'check the spelling, or take it out';
}

/** Keys that a schema knows at a place: of objects, and of the members of lists and records. */
function keysAt(schema: unknown, path: YamlPath): string[] {
  const node = nodeAt(schema, path);
  return Object.keys(node?.properties ?? node?.else?.properties ?? {});
}

function nodeAt(schema: unknown, path: YamlPath): SchemaNode | undefined {
  let node = schema as SchemaNode | undefined;
  for (const step of path) {
    const form = node?.properties === undefined ? (node?.else ?? node) : node;
    const named = form?.properties?.[String(step)];
    node = named ?? form?.items ?? Object.values(form?.patternProperties ?? {})[0];
  }
  return node;
}

function valueAt(content: unknown, path: YamlPath): unknown {
  return path.reduce((value, step) => (value as Readonly<Record<string, unknown>>)[String(step)], content);
}

interface SchemaNode {
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly items?: SchemaNode;
  readonly then?: SchemaNode;
  readonly else?: SchemaNode;
  readonly patternProperties?: Readonly<Record<string, SchemaNode>>;
}

function names(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

function unescapePointer(step: string): string {
  return step.replaceAll('~1', '/').replaceAll('~0', '~');
}

/**
 * The place of the deepest node on the path: of a key where the last step names one, of the value otherwise.
 */
function placeOf(file: string, document: Document.Parsed, lines: LineCounter, path: YamlPath): Place {
  for (let depth = path.length; depth >= 0; depth--) {
    const offset = offsetOf(document, path.slice(0, depth));
    if (offset === undefined) continue;
    const { line, col } = lines.linePos(offset);
    return { file, line, column: col };
  }
  return { file, line: 1, column: 1 };
}

function offsetOf(document: Document.Parsed, path: YamlPath): number | undefined {
  const parent = path.length === 0 ? undefined : document.getIn(path.slice(0, -1), true);
  const key = path.at(-1);
  if (isMap(parent)) {
    const pair = parent.items.find(
      (item) => isPair(item) && isNode(item.key) && String(item.key) === String(key),
    );
    return isNode(pair?.key) ? pair.key.range?.[0] : undefined;
  }
  const node = document.getIn(path.map(indexed), true);
  return isNode(node) ? node.range?.[0] : undefined;
}

function indexed(step: string | number): string | number {
  return typeof step === 'string' && /^\d+$/.test(step) ? Number(step) : step;
}
