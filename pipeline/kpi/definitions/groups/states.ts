import { NOW_SQL } from '../../../window/group/group-plan.ts';
import type { StateRule } from '../../../window/group/group-plan.ts';
import type { RowNumber } from '../../../window/group/row-program.ts';
import type { WindowRule } from '../../../window/group/window-rule.ts';
import type { Complain } from '../../rows/row-scope.ts';
import { parseWindow } from '../../windows/parse-window.ts';
import type { DefinitionContext } from '../definition-context.ts';
import { durationSeconds } from '../schema.ts';
import type { Definition } from '../schema.ts';

/** The instant that a state is told of. SQL tells states: no batch ever asks for it. */
export const NOW: RowNumber = {
  codes: null,
  sql: NOW_SQL,
  bind: () => {
    throw new TypeError('now stands in states only, which SQL tells');
  },
};

/** Which windows a definition has, and whether they hold states. */
export interface ReadWindows {
  readonly rule: WindowRule | null;
  /** null: rows stand where their time places them. */
  readonly state: StateRule | null;
}

/**
 * Reads `window`: that of rows, see `parseWindow`, or a grid of states:
 *
 * ```yaml
 * { every: 1h, lateness: 1h }                # the newest version of each case or post at the end of the hour
 * { every: 15m, within: 10m, lateness: 1h }  # the newest reading of each entity and property, at most 10 min old
 * ```
 */
export function readWindows(
  definition: Definition,
  context: DefinitionContext,
  complain: Complain,
): ReadWindows {
  const { every, within, lateness: _, ...window } = definition.window;
  const scope = { periods: context.periods, complain };
  if (every === undefined) {
    if (within !== undefined) complain(['window', 'within'], 'only states look back', 'take it out');
    return { rule: parseWindow(window, ['window'], scope), state: null };
  }
  const forms = Object.keys(window).filter((key) => key !== 'emit');
  if (forms.length > 0) complain(['window'], `every stands beside ${forms.join()}`, 'take one of them out');
  refuseBesideStates(definition, complain);
  const rule = parseWindow({ tumbling: every }, ['window'], scope);
  const withinMs = within === undefined ? 0 : durationSeconds(within) * 1_000;
  if (rule === null) return { rule, state: null };
  if (rule.endOf(0) !== rule.sliceMs) {
    complain(['window', 'every'], 'a grid of states divides an hour', 'such as 5m, 15m, 1h');
  }
  const text = `every ${every}${within === undefined ? '' : ` within ${within}`}`;
  return { rule: { ...rule, text }, state: { withinMs } };
}

function refuseBesideStates(definition: Definition, complain: Complain): void {
  const { from, window } = definition;
  if (from === 'alert') complain(['from'], 'an alert has no state', 'count alerts in windows');
  if (from === 'measurement' && window.within === undefined) {
    complain(['window'], 'within must be given: how old a reading may be', 'within: 10m');
  }
  if (from !== 'measurement' && window.within !== undefined) {
    complain(['window', 'within'], 'a state of rows lasts until their next version', 'take it out');
  }
  for (const field of ['at', 'statistics'] as const) {
    if (definition[field] !== undefined) complain([field], `states have no ${field}`, 'take it out');
  }
}
