import { FUNCTIONS } from '../functions/functions.ts';
import { callsIn, codeOf } from './expression-code.ts';
import type { Code, Scope } from './expression-code.ts';
import type { Expression } from './expression.ts';
import { isParts } from './plan.ts';
import type { Plan } from './plan.ts';

/** A value and what explains it; NaN: none. */
export interface Valued {
  readonly value: number;
  readonly attributes: Readonly<Record<string, string>>;
}

const NO_VALUE: Valued = { value: NaN, attributes: {} };

/** The value of a definition as a closure over its measures. */
export function valueCode(plan: Pick<Plan, 'value' | 'needs'>): (scope: Scope) => Valued {
  if (!isParts(plan.value)) {
    const code = codeOf(plan.value, FUNCTIONS);
    return (scope) => ({ value: numberIn(code, scope), attributes: {} });
  }
  const parts = plan.value.map(({ name, expression }) => ({ name, code: codeOf(expression, FUNCTIONS) }));
  const needs = plan.needs.length > 0 ? plan.needs : parts.map(({ name }) => name);
  return (scope) => {
    const attributes: Record<string, string> = {};
    let largest = -Infinity;
    let dominant = '';
    for (const { name, code } of parts) {
      const index = numberIn(code, scope);
      if (Number.isNaN(index)) continue;
      attributes[name] = String(index);
      if (index <= largest) continue;
      largest = index;
      dominant = name;
    }
    if (!needs.some((name) => name in attributes)) return NO_VALUE;
    return { value: largest, attributes: { dominant, ...attributes } };
  };
}

/** An expression that may be missing. */
export function optionalCode(expression: Expression | null): Code | null {
  return expression === null ? null : codeOf(expression, FUNCTIONS);
}

/** The number that a closure gives; NaN when it gives none. */
export function numberIn(code: Code, scope: Scope): number {
  const value = code(scope);
  return typeof value === 'number' ? value : NaN;
}

/** Functions that the expressions of a definition call, each with its revision, for the hash. */
export function functionRevisions(
  plan: Pick<Plan, 'value' | 'numerator' | 'denominator' | 'samples'>,
): readonly unknown[] {
  const expressions = isParts(plan.value) ? plan.value.map((part) => part.expression) : [plan.value];
  const others = [plan.numerator, plan.denominator, plan.samples].filter((e) => e !== null);
  const calls = new Set([...expressions, ...others].flatMap(callsIn));
  return [...calls].sort().map((name) => [name, FUNCTIONS.get(name)?.revision]);
}
