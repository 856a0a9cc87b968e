import type { Expression } from '../expression.ts';

/** Numerator and denominator of a value. */
export interface Ratio {
  readonly numerator: Expression;
  readonly denominator: Expression;
}

/** The two sides of `a / b`, of `k * a / b` and of `k * (a / b)`, k being a number; null: it has another form. */
export function ratioOf(expression: Expression): Ratio | null {
  if (expression.kind !== 'binary') return null;
  const { operator, left, right } = expression;
  if (operator === '*') {
    if (left.kind === 'number') return ratioOf(right);
    return right.kind === 'number' ? ratioOf(left) : null;
  }
  // A division by a number changes the unit: it is no share.
  if (operator !== '/' || !hasName(right)) return null;
  return { numerator: withoutFactor(left), denominator: right };
}

function withoutFactor(expression: Expression): Expression {
  if (expression.kind !== 'binary' || expression.operator !== '*') return expression;
  if (expression.left.kind === 'number') return expression.right;
  return expression.right.kind === 'number' ? expression.left : expression;
}

function hasName(expression: Expression): boolean {
  switch (expression.kind) {
    case 'number':
      return false;
    case 'name':
      return true;
    case 'call':
      return expression.args.some(hasName);
    case 'binary':
      return hasName(expression.left) || hasName(expression.right);
  }
}
