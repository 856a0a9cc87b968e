import { describe, expect, it } from 'vitest';
import { FUNCTIONS } from '../functions/functions.ts';
import { codeOf, mistakeIn } from './expression-code.ts';
import { expressionDepthMax, parseExpression } from './expression.ts';

const names = new Map([
  ['a', 'number'],
  ['b', 'number'],
  ['c', 'hours'],
] as const);
const scope = new Map<string, number | Float64Array>([
  ['a', 6],
  ['b', 4],
  ['c', Float64Array.of(7, 8, 9)],
]);

const values: readonly (readonly [string, number])[] = [
  ['1 + 2 * 3', 7],
  ['(1 + 2) * 3', 9],
  ['a - b - 1', 1],
  ['100 * a / b', 150],
  ['-a + 10', 4],
  ['atMost(5, a)', 5],
  ['larger(a, newestHour(c)) / 2', 3.5],
  ['  0.5*a ', 3],
];

const refusals: readonly (readonly [string, string])[] = [
  ['', 'it ends too early'],
  ['a +', 'it ends too early'],
  ['a b', '"b" is not expected here'],
  ['atMost(5, a', '")" is missing'],
  ['a; b', 'cannot read "; b"'],
  ["a || ')'", 'cannot read "|| \')\'"'],
  ['constructor.x', 'cannot read ".x"'],
  [`${'('.repeat(expressionDepthMax + 1)}a`, 'it is nested too deeply'],
];

const mistakes: readonly (readonly [string, string])[] = [
  ['d', '"d" is no measure of this definition'],
  ['pow(a, b)', '"pow" is no function'],
  ['atMost(a)', 'atMost() takes 2 arguments'],
  ['c + 1', '"c" is hourly means where a number is needed'],
  ['newestHour(a)', '"a" is a number where hourly means are needed'],
  ['usNowcast(atMost(1, a))', 'atMost() gives a number where hourly means are needed'],
];

describe('expressions of definitions', () => {
  it.each(values)('%s is %d', (text, expected) => {
    const expression = parseExpression(text);
    if (expression.kind === 'refused') throw new Error(expression.reason);
    expect(mistakeIn(expression, { names, functions: FUNCTIONS })).toBeUndefined();
    expect(codeOf(expression, FUNCTIONS)(scope)).toBe(expected);
  });

  it.each(refusals)('%j does not parse: %s', (text, reason) => {
    expect(parseExpression(text)).toEqual({ kind: 'refused', reason });
  });

  it.each(mistakes)('%s parses but means nothing: %s', (text, reason) => {
    const expression = parseExpression(text);
    if (expression.kind === 'refused') throw new Error(expression.reason);
    expect(mistakeIn(expression, { names, functions: FUNCTIONS })).toBe(reason);
  });
});
