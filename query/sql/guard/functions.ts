import { isAllowedAggregate } from './aggregate-functions.ts';
import { scalarFunctions } from './scalar-functions.ts';

/** Table functions that a statement may call; each makes its rows from its arguments alone. */
export const tableFunctions: ReadonlySet<string> = new Set([
  'numbers',
  'numbers_mt',
  'generateseries',
  'values',
]);

/** Most rows that a table function of numbers may be asked for. */
export const numbersMax = 10_000_000;

/** Whether a statement may call a function; the case of the name does not matter here. */
export function isAllowedFunction(name: string): boolean {
  const lower = name.toLowerCase();
  return scalarFunctions.has(lower) || isAllowedAggregate(lower);
}
