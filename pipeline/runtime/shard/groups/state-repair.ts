import type { GroupPane } from '../../../kpi/group-panes.ts';
import { keyText } from '../../../window/group/group-state.ts';
import { AS_OF_CELL } from '../../../window/group/slice-table.ts';
import type { GroupOperator } from './group-operator.ts';
import { type GroupRepairContext, noteStored, rowOfStored } from './group-repair.ts';
import type { StateGrid } from './state-grid.ts';

/** States told in one repair: each is a statement over all rows. The rest waits for the next. */
const STATES_MAX = 16;

/** What telling states asks beside what a repair asks. */
export interface StateContext extends GroupRepairContext {
  /** Feeds of the shard: a state speaks of all of them. */
  readonly feeds: readonly string[];
  /** Newest thing that was heard of any feed, milliseconds UTC: a state is no younger. */
  readonly heardUpTo: number;
}

/** Tells the states of dirty slices by SQL at the position, and gives what has changed. */
export async function repairStates(
  operator: GroupOperator,
  grid: StateGrid,
  context: StateContext,
): Promise<GroupPane[]> {
  const found: GroupPane[] = [];
  for (const when of grid.take(STATES_MAX)) found.push(...(await tellState(operator, when, context)));
  return found;
}

/** The state of one slice by SQL. @param only ids of the definitions that are told; absent: all of the family */
export async function tellState(
  operator: GroupOperator,
  { slice, at }: { readonly slice: number; readonly at: number },
  context: StateContext & { readonly only?: ReadonlySet<string> },
): Promise<GroupPane[]> {
  const { fold, panes } = operator;
  const found: GroupPane[] = [];
  const stored = await context.store.states(operator.family, { position: context.position, at });
  const rows = new Map(stored.map((one) => [keyText(one.key), one]));
  for (const { key } of stored) for (const feed of context.feeds) fold.groupOf(key, feed);
  await context.kpiQueue.flush();
  const feed = context.feeds[0] ?? '';
  await noteStored(operator, context.store, {
    ...{ from: slice, to: slice + 1, groups: null },
    // A key that has no row any more is told too: it is gone.
    make: (key) => fold.groupOf(key, feed),
  });
  for (const group of fold.groups.values()) {
    const one = rows.get(keyText(group.key));
    const row = one === undefined ? null : rowOfStored(fold.table.layout, one);
    if (row !== null) row.cells[AS_OF_CELL] = Math.min(at - 1, context.heardUpTo);
    const source = (): typeof row => row;
    const told =
      context.only === undefined
        ? panes.repaired(group, [slice], source)
        : panes.backfilled(group, context.only, { starts: [slice], source });
    found.push(...told);
    fold.watchEnds(group, slice);
    panes.release(group);
  }
  // Memory holds no state: whatever hearing of another feed has made due of it is told from SQL alone.
  fold.touched.clear();
  return found;
}
