import { parseExpression } from '../../definitions/expression.ts';
import type { Expression } from '../../definitions/expression.ts';
import type { RowNumber, RowText } from '../../../window/group/row-program.ts';
import { isName, valueOfName } from './name-value.ts';
import { codesOf } from '../row-functions.ts';
import type { RowArgument, RowFunction } from '../row-functions.ts';
import { hintOf } from '../row-scope.ts';
import type { RowScope } from '../row-scope.ts';

/** A number or a time of a row. */
export interface Quantity {
  readonly type: 'number' | 'time';
  readonly program: RowNumber;
}

/**
 * Reads a number of a row: a constant, a field, an attribute, or arithmetic over them with the functions of
 * the scope. A result that is not finite (a division by zero) is absent.
 *
 * @param yaml `1`, `value`, `attributes.deaths`, `minutesBetween(openedAt, respondedAt)`
 * @returns null when it is none, which `complain` has heard then
 */
export function readNumber(yaml: unknown, path: readonly string[], scope: RowScope): RowNumber | null {
  if (typeof yaml === 'number' && Number.isFinite(yaml)) return numberConstant(yaml);
  const quantity = readQuantity(yaml, path, scope);
  if (quantity === null || quantity.type === 'number') return quantity?.program ?? null;
  scope.complain(path, `"${String(yaml)}" is a time where a number is needed`, 'minutesBetween(openedAt, …)');
  return null;
}

/** Reads a number or a time that is written as a text; mistakes go to `complain`. */
export function readQuantity(yaml: unknown, path: readonly string[], scope: RowScope): Quantity | null {
  if (typeof yaml !== 'string' || yaml.trim() === '') {
    scope.complain(path, 'a field or an expression is needed', 'such as value, or hoursBetween(a, b)');
    return null;
  }
  const text = yaml.trim();
  if (isName(text, scope)) return quantityOfName(text, path, scope);
  const expression = parseExpression(text);
  if (expression.kind === 'refused') {
    scope.complain(
      path,
      `"${text}": ${expression.reason}`,
      'numbers, fields, name(…), + - * / and parentheses',
    );
    return null;
  }
  return finished(expression, path, scope);
}

/** A number that is the same for all rows. */
export function numberConstant(value: number): RowNumber {
  const own = value === 0 ? 0 : value;
  return { codes: [], sql: sqlNumber(own), bind: () => () => own };
}

/** A double as an SQL literal of the type Float64. */
function sqlNumber(value: number): string {
  const text = String(value);
  const literal = /[.e]/.test(text) ? text : `${text}.0`;
  return value < 0 ? `(${literal})` : literal;
}

function quantityOfName(name: string, path: readonly string[], scope: RowScope): Quantity | null {
  const value = valueOfName(name, path, scope, 'number');
  if (value === null) return null;
  if (value.type === 'number' || value.type === 'time') return { type: value.type, program: value.program };
  scope.complain(path, `"${name}" is no number`, `it is a ${value.type}`);
  return null;
}

/** A whole expression: what is not finite becomes absent where it ends, and not at every step. */
function finished(expression: Expression, path: readonly string[], scope: RowScope): Quantity | null {
  const quantity = quantityOf(expression, path, scope);
  if (quantity === null || expression.kind !== 'binary') return quantity;
  return { type: quantity.type, program: finite(quantity.program) };
}

function quantityOf(expression: Expression, path: readonly string[], scope: RowScope): Quantity | null {
  switch (expression.kind) {
    case 'number':
      if (Number.isFinite(expression.value)) {
        return { type: 'number', program: numberConstant(expression.value) };
      }
      scope.complain(path, 'a number is too large', 'at most 1.797e308');
      return null;
    case 'name':
      return quantityOfName(expression.name, path, scope);
    case 'call':
      return callOf(expression, path, scope);
    case 'binary': {
      const left = quantityOf(expression.left, path, scope);
      const right = quantityOf(expression.right, path, scope);
      if (left === null || right === null) return null;
      if (left.type === 'time' || right.type === 'time') {
        const hint = 'minutesBetween(from, to), or { field: openedAt, plus: 4h }';
        scope.complain(path, `times stand on a side of "${expression.operator}"`, hint);
        return null;
      }
      return { type: 'number', program: arithmetic(left.program, expression.operator, right.program) };
    }
  }
}

type Call = Extract<Expression, { kind: 'call' }>;

function callOf({ name, args }: Call, path: readonly string[], scope: RowScope): Quantity | null {
  const entry = scope.functions.get(name);
  if (entry === undefined) {
    scope.complain(path, `"${name}" is no function of a row`, hintOf(name, scope.functions.keys()));
    return null;
  }
  if (entry.args.length !== args.length) {
    const takes = `${name}(${entry.args.join(', ')})`;
    scope.complain(path, `${name}() takes ${String(entry.args.length)} arguments`, takes);
    return null;
  }
  const numbers: RowNumber[] = [];
  const texts: RowText[] = [];
  for (const [index, arg] of args.entries()) {
    if (entry.args[index] === 'text') {
      const text = textArgument(entry, arg, path, scope);
      if (text !== null) texts.push(text);
    } else {
      const number = numberArgument(entry, entry.args[index]!, arg, { path, scope });
      if (number !== null) numbers.push(number);
    }
  }
  if (numbers.length + texts.length < args.length) return null;
  return { type: entry.result, program: entry.build(numbers, texts) };
}

interface Site {
  readonly path: readonly string[];
  readonly scope: RowScope;
}

function numberArgument(
  entry: RowFunction,
  needed: RowArgument,
  arg: Expression,
  { path, scope }: Site,
): RowNumber | null {
  const quantity = finished(arg, path, scope);
  if (quantity === null || quantity.type === needed) return quantity?.program ?? null;
  const reason = `${entry.name}() is given a ${quantity.type} where a ${needed} is needed`;
  scope.complain(path, reason, `${entry.name}(${entry.args.join(', ')})`);
  return null;
}

function textArgument(
  entry: RowFunction,
  arg: Expression,
  path: readonly string[],
  scope: RowScope,
): RowText | null {
  if (arg.kind === 'name') {
    const value = valueOfName(arg.name, path, scope, 'text');
    if (value === null) return null;
    if (value.type === 'text') return value.program;
  }
  scope.complain(
    path,
    `${entry.name}() needs the name of a text field`,
    `${entry.name}(${entry.args.join(', ')})`,
  );
  return null;
}

type Operator = Extract<Expression, { kind: 'binary' }>['operator'];

const OPERATIONS: Readonly<Record<Operator, (left: number, right: number) => number>> = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
  '/': (left, right) => left / right,
};

function arithmetic(left: RowNumber, operator: Operator, right: RowNumber): RowNumber {
  const compute = OPERATIONS[operator];
  return {
    codes: codesOf([left, right]),
    sql: `(${left.sql} ${operator} ${right.sql})`,
    bind(batch) {
      const a = left.bind(batch);
      const b = right.bind(batch);
      return (row) => compute(a(row), b(row));
    },
  };
}

function finite(program: RowNumber): RowNumber {
  return {
    codes: program.codes,
    sql: `if(isFinite(${program.sql}), ${program.sql}, NULL)`,
    bind(batch) {
      const read = program.bind(batch);
      return (row) => {
        const value = read(row);
        return Number.isFinite(value) ? value : NaN;
      };
    },
  };
}
