/** What an argument of a function is: a number, or an array of hourly means (see `Hours`). */
export type ArgumentKind = 'number' | 'hours';

/**
 * Hourly means of one property, the newest first, NaN where an hour has no valid mean.
 * NaN is "no value" everywhere in this folder, and what the engine's `nan` is in the SQL.
 */
export type Hours = Float64Array;

/** An argument at run time; `kinds` of the function says which it is. */
export type Argument = number | Hours;

/** A column that an SQL form computes on the way; later expressions refer to it by `name`. */
export interface SqlStep {
  readonly name: string;
  readonly sql: string;
}

/** SQL of one call: named steps in order, then the expression of the result. */
export interface SqlForm {
  readonly steps: readonly SqlStep[];
  readonly result: string;
}

/** A worked example: a printed one where `from` names the page, or one computed by hand. */
export interface Vector {
  readonly args: readonly (number | readonly number[])[];
  readonly expected: number;
  readonly from: string;
}

/**
 * One function of the definitions, in both languages.
 *
 * Both forms must do the same floating point operations in the same order, using only + - * /, comparison
 * and floor: these are exact or correctly rounded in every engine, `pow` and `exp` are not. The test beside
 * this folder runs both over the vectors and over random arguments and compares bit for bit.
 */
export interface KpiFunction {
  readonly name: string;
  readonly kinds: readonly ArgumentKind[];
  /** Counts up when a change of the body can change a value; part of a definition's hash. */
  readonly revision: number;
  /** Where the rule is written. */
  readonly source: string;
  compute(...args: readonly Argument[]): number;
  /** @param args SQL of the arguments. @param prefix makes the names of the steps unique. */
  sql(args: readonly string[], prefix: string): SqlForm;
  readonly vectors: readonly Vector[];
}

/** The argument at `index` as a number; the compiler has checked the kinds before. */
export function numberAt(args: readonly Argument[], index: number): number {
  const value = args[index];
  if (typeof value !== 'number') throw new TypeError(`argument ${String(index)} is not a number`);
  return value;
}

/** The argument at `index` as hourly means. */
export function hoursAt(args: readonly Argument[], index: number): Hours {
  const value = args[index];
  if (!(value instanceof Float64Array)) throw new TypeError(`argument ${String(index)} is not hourly means`);
  return value;
}

/** SQL of the argument at `index`. */
export function sqlAt(args: readonly string[], index: number): string {
  const value = args[index];
  if (value === undefined) throw new TypeError(`argument ${String(index)} is missing`);
  return value;
}
