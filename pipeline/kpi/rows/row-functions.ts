import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../model/time.ts';
import type { RowNumber, RowText } from '../../window/group/row-program.ts';

/** What a function takes: a time in milliseconds, a number, or a text. */
export type RowArgument = 'time' | 'number' | 'text';

/** A function that definitions may call over one row. */
export interface RowFunction {
  readonly name: string;
  readonly args: readonly RowArgument[];
  readonly result: 'time' | 'number';
  /** Counts up when a change of the body can change a value; part of a definition's hash. */
  readonly revision: number;
  /**
   * The call as a program, in both languages with the same operations in the same order. Its result is
   * finite or absent, and absent when a number or a time that it is given is absent.
   *
   * @param numbers its arguments that are numbers or times, in order
   * @param texts its arguments that are texts, in order
   */
  build(numbers: readonly RowNumber[], texts: readonly RowText[]): RowNumber;
}

/**
 * Every function that a row knows by itself, by name. Others (working time) are added to the scope's table.
 */
export const ROW_FUNCTIONS: ReadonlyMap<string, RowFunction> = new Map(
  [
    between('minutesBetween', MINUTE_MS),
    between('hoursBetween', HOUR_MS),
    between('daysBetween', DAY_MS),
  ].map((entry) => [entry.name, entry]),
);

/** From the first time to the second, in a unit, with its fraction; negative when the second is earlier. */
function between(name: string, unitMs: number): RowFunction {
  return {
    ...{ name, args: ['time', 'time'], result: 'number', revision: 1 },
    build: (numbers) => {
      const [from, to] = numbers as readonly [RowNumber, RowNumber];
      return {
        codes: codesOf(numbers),
        sql: `(toFloat64(${to.sql} - ${from.sql}) / ${String(unitMs)})`,
        bind(batch) {
          const start = from.bind(batch);
          const end = to.bind(batch);
          return (row) => (end(row) - start(row)) / unitMs;
        },
      };
    },
  };
}

/** The code columns that several programs depend on; null when one of them reads others. */
export function codesOf(
  programs: readonly { readonly codes: readonly string[] | null }[],
): readonly string[] | null {
  const all = new Set<string>();
  for (const { codes } of programs) {
    if (codes === null) return null;
    for (const code of codes) all.add(code);
  }
  return [...all].sort();
}
