import type { RowNumber, RowTest, RowTexts } from '../../../window/group/row-program.ts';
import { sqlText } from '../../sql/literal.ts';
import type { NameValue } from './name-value.ts';
import { numberConstant, readNumber } from './read-number.ts';
import { readTimeOrInstant } from './read-time.ts';
import { hintOf } from '../row-scope.ts';
import type { RowScope } from '../row-scope.ts';
import { comparison, disjunction, negation, present, textsTest, textTest } from '../row-tests.ts';
import type { Comparison } from '../row-tests.ts';

/** Most values in one list. */
export const listedMax = 500;

/** What is asked of the value of a field. */
export interface Asked {
  /** The field or expression as it is written. */
  readonly key: string;
  readonly operator: string;
  readonly operand: unknown;
  readonly path: readonly string[];
  readonly scope: RowScope;
}

const COMPARISONS: readonly string[] = ['is', 'not', 'lt', 'lte', 'gt', 'gte'];
/**
 * Controls, halves of surrogate pairs: no text of a row holds them, or both languages read them differently.
 */
const UNWRITABLE = /[\p{Cc}\p{Surrogate}]/u;

/** is, not, startsWith, exists of a text. */
export function textListTest(value: Extract<NameValue, { type: 'text' }>, asked: Asked): RowTest | null {
  const { program, choices } = value;
  const { sql } = program;
  switch (asked.operator) {
    case 'exists': {
      const test = textTest(program, `${sql} != ''`, (text) => text !== '');
      return flagged(asked, test);
    }
    case 'startsWith': {
      const starts = textsAsked(asked, null);
      if (starts === null) return null;
      const parts = starts.map((start) => `startsWith(${sql}, ${sqlText(start)})`);
      return textTest(program, `(${parts.join(' OR ')})`, (text) =>
        starts.some((start) => text.startsWith(start)),
      );
    }
    case 'is':
    case 'not': {
      const texts = textsAsked(asked, choices);
      if (texts === null) return null;
      const listed = new Set(texts);
      const list = texts.map(sqlText).join(', ');
      const isIn = asked.operator === 'is';
      const one = isIn ? '=' : '!=';
      const many = isIn ? 'IN' : 'NOT IN';
      const condition = texts.length === 1 ? `${sql} ${one} ${list}` : `${sql} ${many} (${list})`;
      return textTest(program, `(${condition})`, (text) => listed.has(text) === isIn);
    }
    default:
      return refused(asked, ['is', 'not', 'startsWith', 'exists']);
  }
}

/** contains, not, exists of a list of texts. */
export function textsListTest(program: RowTexts, asked: Asked): RowTest | null {
  if (asked.operator === 'exists') {
    return flagged(
      asked,
      textsTest(program, `notEmpty(${program.sql})`, (texts) => texts.length > 0),
    );
  }
  if (asked.operator !== 'contains' && asked.operator !== 'not') {
    return refused(asked, ['contains', 'not', 'exists']);
  }
  const texts = textsAsked(asked, null);
  if (texts === null) return null;
  const listed = new Set(texts);
  const sql = `hasAny(${program.sql}, [${texts.map(sqlText).join(', ')}])`;
  const test = textsTest(program, sql, (found) => found.some((text) => listed.has(text)));
  return asked.operator === 'not' ? negation(test) : test;
}

/** Comparisons of a number with constants, one of several, or with another number of the row. */
export function numberTest(program: RowNumber, asked: Asked): RowTest | null {
  return compared(program, asked, (operand, path) => readNumber(operand, path, asked.scope));
}

/** Comparisons of a time with instants or with another time of the row. */
export function timeTest(program: RowNumber, asked: Asked): RowTest | null {
  return compared(program, asked, (operand, path) => readTimeOrInstant(operand, path, asked.scope));
}

/** is, not of a flag. */
export function flagTest(program: RowNumber, asked: Asked): RowTest | null {
  const { operator, operand, scope, path } = asked;
  if (operator !== 'is' && operator !== 'not') return refused(asked, ['is', 'not', 'exists']);
  if (typeof operand === 'boolean') return comparison(program, operator, numberConstant(Number(operand)));
  scope.complain(path, `${asked.key} is true or false`, `${asked.key}: true`);
  return null;
}

type ReadOperand = (operand: unknown, path: readonly string[]) => RowNumber | null;

function compared(program: RowNumber, asked: Asked, read: ReadOperand): RowTest | null {
  const { operator, operand, path, scope } = asked;
  if (!COMPARISONS.includes(operator)) return refused(asked, [...COMPARISONS, 'exists']);
  if (!Array.isArray(operand)) {
    const other = read(operand, path);
    return other === null ? null : comparison(program, operator as Comparison, other);
  }
  if (operator !== 'is' && operator !== 'not') {
    scope.complain(path, `${operator} takes one value`, `${operator}: 4`);
    return null;
  }
  if (operand.length === 0 || operand.length > listedMax) {
    scope.complain(path, `a list has 1 to ${String(listedMax)} values`, 'such as [4, 5]');
    return null;
  }
  const others = operand.map((one, index) => read(one, [...path, String(index)]));
  const known = others.filter((other) => other !== null);
  if (known.length < others.length) return null;
  const oneOf = disjunction(known.map((other) => comparison(program, 'is', other)));
  return operator === 'is' ? oneOf : both(present(program), negation(oneOf));
}

function both(first: RowTest, second: RowTest): RowTest {
  return negation(disjunction([negation(first), negation(second)]));
}

/** The texts that are asked for, or null after a complaint. */
function textsAsked(
  { key, operand, path, scope }: Asked,
  choices: readonly string[] | null,
): string[] | null {
  const list: readonly unknown[] = Array.isArray(operand) ? operand : [operand];
  if (list.length === 0 || list.length > listedMax) {
    scope.complain(path, `a list has 1 to ${String(listedMax)} values`, 'such as [refused, withdrawn]');
    return null;
  }
  const texts: string[] = [];
  for (const [index, one] of list.entries()) {
    const place = Array.isArray(operand) ? [...path, String(index)] : path;
    if (typeof one !== 'string') {
      scope.complain(place, `${key} is a text`, `write it in quotes: "${String(one)}"`);
    } else if (one === '' || UNWRITABLE.test(one)) {
      scope.complain(
        place,
        'a text is empty or holds control characters',
        'exists: false finds absent texts',
      );
    } else if (choices !== null && !choices.includes(one)) {
      scope.complain(place, `"${one}" is no value of ${key}`, hintOf(one, choices));
    } else texts.push(one);
  }
  return texts.length < list.length ? null : [...new Set(texts)];
}

function flagged(asked: Asked, test: RowTest): RowTest | null {
  if (asked.operand === true) return test;
  if (asked.operand === false) return negation(test);
  asked.scope.complain(asked.path, 'exists is true or false', 'exists: true');
  return null;
}

function refused({ key, operator, path, scope }: Asked, known: readonly string[]): null {
  scope.complain(path, `"${operator}" cannot be said of ${key}`, hintOf(operator, known));
  return null;
}
