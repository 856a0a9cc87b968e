import type { RowNumber, RowTest } from '../../../window/group/row-program.ts';
import { attributeExists } from '../attributes.ts';
import { attributeIn, isName, valueOfName } from './name-value.ts';
import type { NameValue } from './name-value.ts';
import { readQuantity } from './read-number.ts';
import { flagTest, numberTest, textListTest, textsListTest, timeTest } from './read-operators.ts';
import { isMapping } from '../row-scope.ts';
import type { AttributeType, RowScope } from '../row-scope.ts';
import { conjunction, disjunction, negation, present } from '../row-tests.ts';

/** Deepest nesting of any, all and not. */
export const testDepthMax = 10;
/** Most conditions side by side, and most values in one list. */
export const conditionsMax = 500;

/**
 * Reads a condition on a row. A mapping holds when all its entries do: a field and what is said of it, or
 * `any`, `all` (lists of mappings) or `not` (a mapping).
 *
 * ```yaml
 * caseType: field-report                 # is
 * status: { not: [refused, withdrawn] }  # none of
 * severity: { gte: 4 }                   # is, not, lt, lte, gt, gte
 * completedAt: { lte: { field: dueAt, plus: 4h } }
 * agency: { exists: true }
 * topics: { contains: [flood, storm] }   # one of them; only lists of texts
 * hoursBetween(openedAt, respondedAt): { lte: 4 }
 * ```
 *
 * What is absent: a text is '', which is a value, so `not` holds of it. A comparison with an absent number,
 * time or flag is false, `not` included; `not:` around a condition is its plain opposite and holds then.
 *
 * @returns null when it asks for nothing, or when it has mistakes, which `complain` has heard then
 */
export function readTest(yaml: unknown, path: readonly string[], scope: RowScope): RowTest | null {
  return mappingTest(yaml, path, { scope, depth: 0 });
}

interface Inside {
  readonly scope: RowScope;
  readonly depth: number;
}

function mappingTest(yaml: unknown, path: readonly string[], inside: Inside): RowTest | null {
  const { scope } = inside;
  if (!isMapping(yaml)) {
    scope.complain(path, 'a mapping of fields is needed', 'such as { caseType: field-report }');
    return null;
  }
  const entries = Object.entries(yaml);
  if (inside.depth > testDepthMax || entries.length > conditionsMax) {
    scope.complain(path, 'a condition is too deep or too long', `at most ${String(testDepthMax)} levels`);
    return null;
  }
  const tests = entries.map(([key, said]) => entryTest(key, said, [...path, key], inside));
  const read = tests.filter((test) => test !== null);
  return read.length === 0 ? null : conjunction(read);
}

function entryTest(key: string, said: unknown, path: readonly string[], inside: Inside): RowTest | null {
  if (key === 'not') {
    const test = nested(said, path, inside);
    return test === null ? null : negation(test);
  }
  if (key === 'any' || key === 'all') {
    if (!Array.isArray(said) || said.length === 0 || said.length > conditionsMax) {
      inside.scope.complain(path, `${key} needs a list of conditions`, `${key}: [{ … }, { … }]`);
      return null;
    }
    const tests = said.map((one, index) => nested(one, [...path, String(index)], inside));
    const read = tests.filter((test) => test !== null);
    if (read.length < tests.length) return null;
    return key === 'any' ? disjunction(read) : conjunction(read);
  }
  return subjectTest(key, said, path, inside.scope);
}

/** A condition inside another: it must ask for something, or `any` would hold of all rows. */
function nested(said: unknown, path: readonly string[], inside: Inside): RowTest | null {
  if (isMapping(said) && Object.keys(said).length === 0) {
    inside.scope.complain(path, 'the condition is empty', 'take it out');
    return null;
  }
  return mappingTest(said, path, { scope: inside.scope, depth: inside.depth + 1 });
}

function subjectTest(key: string, said: unknown, path: readonly string[], scope: RowScope): RowTest | null {
  if (isMapping(said)) {
    const operators = Object.keys(said);
    if (operators.length === 0) {
      scope.complain(path, `nothing is said of ${key}`, 'such as { not: refused }');
      return null;
    }
    const tests = operators.map((operator) => {
      return operatorTest(key, { operator, operand: said[operator] }, [...path, operator], scope);
    });
    const read = tests.filter((test) => test !== null);
    return read.length === 0 ? null : conjunction(read);
  }
  return operatorTest(key, { operator: null, operand: said }, path, scope);
}

/** One thing that is said; `operator` null: by value or list alone. */
interface Said {
  readonly operator: string | null;
  readonly operand: unknown;
}

function operatorTest(key: string, said: Said, path: readonly string[], scope: RowScope): RowTest | null {
  const attribute = attributeIn(key, scope);
  if (said.operator === 'exists' && attribute !== null && !scope.attributes.has(attribute)) {
    scope.used.add(key);
    return existsTest(said.operand, path, scope, attributeExists(attribute));
  }
  const value = subjectOf(key, said, path, scope);
  if (value === null) return null;
  if (said.operator === 'exists' && value.type !== 'text' && value.type !== 'texts') {
    return existsTest(said.operand, path, scope, present(value.program));
  }
  const operator = said.operator ?? (value.type === 'texts' ? 'contains' : 'is');
  const asked = { key, operator, operand: said.operand, path, scope };
  switch (value.type) {
    case 'text':
      return textListTest(value, asked);
    case 'texts':
      return textsListTest(value.program, asked);
    case 'number':
      return numberTest(value.program, asked);
    case 'time':
      return timeTest(value.program, asked);
    case 'flag':
      return flagTest(value.program, asked);
  }
}

function subjectOf(key: string, said: Said, path: readonly string[], scope: RowScope): NameValue | null {
  const isAttribute = attributeIn(key, scope) !== null && !/[()]/.test(key);
  if (isAttribute || isName(key, scope)) return valueOfName(key, path, scope, useOf(said));
  const quantity: { type: 'number' | 'time'; program: RowNumber } | null = readQuantity(key, path, scope);
  return quantity;
}

/** The type that an attribute must have for what is said of it to make sense. */
function useOf({ operator, operand }: Said): AttributeType {
  const one: unknown = Array.isArray(operand) ? operand[0] : operand;
  if (typeof one === 'boolean') return 'flag';
  if (typeof one === 'number') return 'number';
  return operator !== null && ['lt', 'lte', 'gt', 'gte'].includes(operator) ? 'number' : 'text';
}

function existsTest(
  operand: unknown,
  path: readonly string[],
  scope: RowScope,
  test: RowTest,
): RowTest | null {
  if (operand === true) return test;
  if (operand === false) return negation(test);
  scope.complain(path, 'exists is true or false', 'exists: true');
  return null;
}
