import { reject, type Rejection } from './rejection.ts';
import type { WireRow } from './schema-check.ts';

/** Deepest nesting of objects and arrays in a row, the row itself being the first level. */
export const nestingMax = 16;

/** Most values inside the fields that the schema does not know. */
export const extraValuesMax = 256;

/** Longest `extra`, characters of JSON. */
export const extraCharactersMax = 16_384;

const NEEDS_ESCAPE = /["\\\u0000-\u001f\ud800-\udfff]/;

/**
 * Writes rows as canonical JSON: keys sorted by UTF-16 unit, no whitespace, numbers as JavaScript prints them (so 1,
 * 1.0 and 1e0 are one content, and -0 is 0). The same content gives the same text, whatever the order of its keys.
 */
export class CanonicalWriter {
  #keys: readonly string[] = [];
  #sorted: readonly string[] = [];
  /** `{"area":`, `,"entity":`, … in the order of `#sorted`. */
  #openings: readonly string[] = [];

  /** @returns the text, or null when the row is nested deeper than `nestingMax` */
  write(row: WireRow, keys: readonly string[]): string | null {
    if (!sameList(keys, this.#keys)) {
      // Rows of one sender have the same keys in the same order: sorting once serves them all.
      this.#keys = keys;
      this.#sorted = keys.toSorted();
      this.#openings = this.#sorted.map((key, at) => `${at === 0 ? '{' : ','}${quoted(key)}:`);
    }
    let text = keys.length === 0 ? '{' : '';
    for (let at = 0; at < keys.length; at++) {
      const value = row[this.#sorted[at]!];
      const part = typeof value === 'string' ? quoted(value) : valueText(value, nestingMax - 1);
      if (part === null) return null;
      text += this.#openings[at]! + part;
    }
    return `${text}}`;
  }
}

/** JSON of the fields that the schema does not know, in the sender's order; '' when there are none. */
export function extraOf(row: WireRow, unknown: readonly string[]): string | Rejection {
  if (unknown.length === 0) return '';
  const budget = { values: extraValuesMax };
  let text = '{';
  for (const key of unknown) {
    const fault = inspect(row[key], key, budget);
    if (fault !== null) return fault;
    text += `${text.length === 1 ? '' : ','}${quoted(key)}:${JSON.stringify(row[key])}`;
    if (text.length > extraCharactersMax) {
      return reject('FIELDS_TOO_MANY', `unknown fields of more than ${extraCharactersMax} characters`);
    }
  }
  return `${text}}`;
}

/** Numbers that JSON.parse could not keep, and too many values; the nesting was checked before. */
export function inspect(value: unknown, name: string, budget: { values: number }): Rejection | null {
  budget.values -= 1;
  if (budget.values < 0) {
    return reject('FIELDS_TOO_MANY', `more than ${extraValuesMax} values in unknown fields`);
  }
  if (typeof value === 'number') return inspectNumber(value, name);
  if (typeof value !== 'object' || value === null) return null;
  for (const key of Object.keys(value)) {
    const fault = inspect((value as WireRow)[key], name, budget);
    if (fault !== null) return fault;
  }
  return null;
}

/** With the flag u a pair is one character, so only halves match. */
const LONE_SURROGATE = /\p{Surrogate}/u;

/** Whether every text of a row, keys included, can be written as UTF-8. The nesting was checked before. */
export function isWellFormed(value: unknown): boolean {
  if (typeof value === 'string') return !LONE_SURROGATE.test(value);
  if (typeof value !== 'object' || value === null) return true;
  return Object.keys(value).every(
    (key) => !LONE_SURROGATE.test(key) && isWellFormed((value as WireRow)[key]),
  );
}

function inspectNumber(value: number, name: string): Rejection | null {
  if (!Number.isFinite(value)) return reject('OUT_OF_RANGE', `${name}: a number is not finite`);
  // From 2^53 on neighbouring integers become one number: what was written cannot be told any more.
  if (Math.abs(value) <= Number.MAX_SAFE_INTEGER) return null;
  return reject('PRECISION', `${name}: ${value} is beyond 2^53 - 1; send it as a text`);
}

function valueText(value: unknown, levels: number): string | null {
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : `"${value}"`;
  if (typeof value !== 'object' || value === null) return String(value);
  if (levels === 0) return null;
  const isArray = Array.isArray(value);
  const parts: string[] = [];
  for (const key of isArray ? value.keys() : Object.keys(value).sort()) {
    const part = valueText((value as WireRow)[key], levels - 1);
    if (part === null) return null;
    parts.push(isArray ? part : `${quoted(String(key))}:${part}`);
  }
  return isArray ? `[${parts.join(',')}]` : `{${parts.join(',')}}`;
}

function quoted(text: string): string {
  return NEEDS_ESCAPE.test(text) ? JSON.stringify(text) : `"${text}"`;
}

function sameList(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return false;
  return true;
}
