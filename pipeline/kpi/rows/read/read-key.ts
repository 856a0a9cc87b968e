import type { RowText, RowTexts } from '../../../window/group/row-program.ts';
import { valueOfName } from './name-value.ts';
import type { RowScope } from '../row-scope.ts';

/** What a row is grouped by, or what is told apart or ranked. */
export type RowKey =
  { readonly isMany: false; readonly value: RowText } | { readonly isMany: true; readonly value: RowTexts };

/**
 * Reads a field that gives a text, or several (`topics`): a key, or the items of distinct and top-k.
 * A field that says something of a person is refused: `readText` takes it, for counting only.
 *
 * @returns null when it is none, which `complain` has heard then
 */
export function readKey(name: unknown, path: readonly string[], scope: RowScope): RowKey | null {
  const value = typeof name === 'string' ? valueOfName(name, path, scope, 'text') : null;
  if (typeof name !== 'string') scope.complain(path, 'the name of a field is needed', 'such as agency');
  if (value === null) return null;
  if (value.type === 'texts') return { isMany: true, value: value.program };
  if (value.type !== 'text') {
    scope.complain(path, `"${String(name)}" is a ${value.type} where a text is needed`, 'such as agency');
  } else if (value.isPersonal) {
    scope.complain(path, `"${String(name)}" says something of a person`, 'it may be counted, never shown');
  } else return { isMany: false, value: value.program };
  return null;
}

/** Reads a text of a row that is only counted (`distinct`) and never shown: any text field. */
export function readText(name: unknown, path: readonly string[], scope: RowScope): RowText | null {
  const value = typeof name === 'string' ? valueOfName(name, path, scope, 'text') : null;
  if (typeof name !== 'string') scope.complain(path, 'the name of a field is needed', 'such as source');
  if (value === null || value.type === 'text') return value?.program ?? null;
  scope.complain(path, `"${String(name)}" is a ${value.type} where a text is needed`, 'such as source');
  return null;
}
