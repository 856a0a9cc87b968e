import type { DefinitionState } from '../../../pipeline/runtime/definitions/definition-keeper.ts';
import { type DefinitionChange, isChange } from '../../../pipeline/runtime/definitions/definitions-diff.ts';
import { formatTable } from '../format-table.ts';

/** Definitions with what each is at. */
export function definitionTable(definitions: readonly DefinitionState[]): string {
  const rows = definitions.map((one) => [
    ...[one.id, String(one.version), one.window, stateText(one), one.since ?? '–', one.title],
  ]);
  return formatTable({ columns: ['id', 'version', 'window', 'state', 'since', 'title'], rows });
}

/** `live`, `backfilling 43 %`, `dropped`. */
export function stateText({ state, backfill }: Pick<DefinitionState, 'state' | 'backfill'>): string {
  if (backfill === null) return state;
  return backfill.total === 0 ? `${state}, counting` : `${state} ${percentOf(backfill)} %`;
}

/** Whole percents; 100 only when all is done. */
export function percentOf({ done, total }: { readonly done: number; readonly total: number }): number {
  return total === 0 ? 0 : Math.floor((done / total) * 100);
}

/** Changes as a table; what stays the same is only counted. */
export function changeTable(changes: readonly DefinitionChange[]): string {
  const changed = changes.filter(isChange);
  const same = `${changes.length - changed.length} unchanged`;
  if (changed.length === 0) return `nothing changes (${same})`;
  const rows = changed.map(({ kind, id, from, to, hint }) => [kind, id, versionsText(from, to), hint]);
  const table = formatTable({ columns: ['change', 'id', 'version', ''], rows });
  // A table cuts what is wide; a reason must be read whole.
  const reasons = changed.filter(({ hint }) => hint !== '').map(({ id, hint }) => `${id}: ${hint}`);
  return [table, ...reasons, same].join('\n');
}

function versionsText(from: number | null, to: number | null): string {
  if (from === null) return String(to);
  if (to === null || from === to) return String(from);
  return `${from} -> ${to}`;
}
