import type { Argument, ArgumentKind, KpiFunction, SqlStep } from '../functions/kpi-function.ts';
import type { Expression } from './expression.ts';

/** What names stand for while a window is evaluated. */
export type Scope = ReadonlyMap<string, Argument>;

/** An expression as a closure. */
export type Code = (scope: Scope) => Argument;

/** What an expression may refer to. */
export interface Vocabulary {
  readonly names: ReadonlyMap<string, ArgumentKind>;
  readonly functions: ReadonlyMap<string, KpiFunction>;
}

/** What is wrong with an expression that reads well, or undefined. It must give a number. */
export function mistakeIn(expression: Expression, vocabulary: Vocabulary): string | undefined {
  return mistakeAs('number', expression, vocabulary);
}

/** The expression as a closure; `mistakeIn` must have found none. */
export function codeOf(expression: Expression, functions: Vocabulary['functions']): Code {
  switch (expression.kind) {
    case 'number':
      return () => expression.value;
    case 'name':
      return (scope) => scope.get(expression.name) ?? NaN;
    case 'call': {
      const entry = functions.get(expression.name);
      if (entry === undefined) throw new TypeError(`no function ${expression.name}`);
      const args = expression.args.map((arg) => codeOf(arg, functions));
      return (scope) => entry.compute(...args.map((arg) => arg(scope)));
    }
    case 'binary': {
      const left = codeOf(expression.left, functions) as (scope: Scope) => number;
      const right = codeOf(expression.right, functions) as (scope: Scope) => number;
      switch (expression.operator) {
        case '+':
          return (scope) => left(scope) + right(scope);
        case '-':
          return (scope) => left(scope) - right(scope);
        case '*':
          return (scope) => left(scope) * right(scope);
        case '/':
          return (scope) => left(scope) / right(scope);
      }
    }
  }
}

/** Functions that an expression calls, for the definition's hash. */
export function callsIn(expression: Expression): string[] {
  switch (expression.kind) {
    case 'call':
      return [expression.name, ...expression.args.flatMap(callsIn)];
    case 'binary':
      return [...callsIn(expression.left), ...callsIn(expression.right)];
    default:
      return [];
  }
}

/**
 * Writes expressions as SQL: named columns in `steps`, in the order in which they refer to each other, and
 * the expression itself. One instance per statement keeps the names apart.
 */
export class ExpressionSql {
  readonly steps: SqlStep[] = [];
  readonly #functions: Vocabulary['functions'];
  readonly #prefixes = new Set<string>();

  constructor(functions: Vocabulary['functions']) {
    this.#functions = functions;
  }

  /** @param label first word of the names of the steps, `pm25` gives `pm25_vnNowcast_w`. */
  write(expression: Expression, label: string): string {
    switch (expression.kind) {
      case 'number':
        return String(expression.value);
      case 'name':
        return expression.name;
      case 'call': {
        const entry = this.#functions.get(expression.name);
        if (entry === undefined) throw new TypeError(`no function ${expression.name}`);
        const args = expression.args.map((arg) => this.write(arg, label));
        const form = entry.sql(args, this.#prefix(`${label}_${entry.name}`));
        this.steps.push(...form.steps);
        return form.result;
      }
      case 'binary': {
        const { left, right, operator } = expression;
        return `(${this.write(left, label)} ${operator} ${this.write(right, label)})`;
      }
    }
  }

  #prefix(name: string): string {
    let prefix = `${name}_`;
    for (let again = 2; this.#prefixes.has(prefix); again += 1) prefix = `${name}${String(again)}_`;
    this.#prefixes.add(prefix);
    return prefix;
  }
}

function mistakeAs(kind: ArgumentKind, expression: Expression, vocabulary: Vocabulary): string | undefined {
  switch (expression.kind) {
    case 'number':
      return kind === 'number' ? undefined : 'a number stands where hourly means are needed';
    case 'name': {
      const found = vocabulary.names.get(expression.name);
      if (found === undefined) return `"${expression.name}" is no measure of this definition`;
      if (found === kind) return undefined;
      return found === 'hours'
        ? `"${expression.name}" is hourly means where a number is needed`
        : `"${expression.name}" is a number where hourly means are needed`;
    }
    case 'binary':
      if (kind === 'hours') return 'a number stands where hourly means are needed';
      return (
        mistakeAs('number', expression.left, vocabulary) ?? mistakeAs('number', expression.right, vocabulary)
      );
    case 'call': {
      const entry = vocabulary.functions.get(expression.name);
      if (entry === undefined) return `"${expression.name}" is no function`;
      if (kind === 'hours') return `${entry.name}() gives a number where hourly means are needed`;
      if (entry.kinds.length !== expression.args.length) {
        return `${entry.name}() takes ${String(entry.kinds.length)} arguments`;
      }
      for (const [index, arg] of expression.args.entries()) {
        const mistake = mistakeAs(entry.kinds[index] ?? 'number', arg, vocabulary);
        if (mistake !== undefined) return mistake;
      }
      return undefined;
    }
  }
}
