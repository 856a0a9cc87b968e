import type { GroupPane } from '../../../kpi/group-panes.ts';
import type { StoredGroupSlice } from '../../../store/groups/group-slices.ts';
import { keyText } from '../../../window/group/group-state.ts';
import { AS_OF_CELL, type SliceRow } from '../../../window/group/slice-table.ts';
import type { GroupOperator } from './group-operator.ts';
import { type GroupRepairContext, noteStored, rowOfStored } from './group-repair.ts';
import { StatePace } from './state-pace.ts';
import type { StateGrid } from './state-grid.ts';

/** What telling states asks beside what a repair asks. */
export interface StateContext extends GroupRepairContext {
  /** Feeds of the shard: a state speaks of all of them. */
  readonly feeds: readonly string[];
  /** Newest thing that was heard of any feed, milliseconds UTC: a state is no younger. */
  readonly heardUpTo: number;
}

/** Which states of a family are told. */
export interface StatesAsked {
  /** Consecutive slices, all but the last of them ended. */
  readonly from: number;
  readonly last: number;
  /** The instant that the last one is told of: its end, or now. */
  readonly at: number;
  /** Ids of the definitions that are told; absent: all of the family. */
  readonly only?: ReadonlySet<string>;
}

/** How many states a statement may tell, by the grid that asks for them. */
const paces = new WeakMap<StateGrid, StatePace>();

/** Tells the states of dirty slices by SQL at the position, and gives what has changed. */
export async function repairStates(
  operator: GroupOperator,
  grid: StateGrid,
  context: StateContext,
): Promise<GroupPane[]> {
  let pace = paces.get(grid);
  if (pace === undefined) paces.set(grid, (pace = new StatePace(operator.family)));
  const { running, ended } = grid.take(pace.slicesMax);
  const found: GroupPane[] = [];
  if (running !== null) {
    const asked = { from: running, last: running, at: grid.instantOf(running) };
    // What the store holds of it is known from the first time on: memory keeps what it publishes itself.
    const isKnown = pace.knows(running, operator.panes.kpis);
    found.push(...(await tellStates(operator, asked, { ...context, isKnown })));
    pace.note(running, operator.panes.kpis);
  }
  if (ended !== null) {
    const told: StoredGroupSlice[] = [];
    const asked = { ...ended, at: grid.instantOf(ended.last) };
    found.push(...(await tellStates(operator, asked, { ...context, told })));
    pace.learn(ended, told, operator.fold.groups.size);
  }
  return found;
}

/** The state of one slice. */
export async function tellState(
  operator: GroupOperator,
  { slice, at }: { readonly slice: number; readonly at: number },
  context: StateContext & { readonly only?: ReadonlySet<string> },
): Promise<GroupPane[]> {
  const { only } = context;
  return tellStates(
    operator,
    { from: slice, last: slice, at, ...(only === undefined ? {} : { only }) },
    context,
  );
}

/** The states of consecutive slices by one statement, and what of them must be published. */
export async function tellStates(
  operator: GroupOperator,
  { from, last, at, only }: StatesAsked,
  context: StateContext & {
    /** Whether memory knows what the store holds of these slices; absent: it is asked. */
    readonly isKnown?: boolean;
    /** Takes what the statement gives. */
    readonly told?: StoredGroupSlice[];
  },
): Promise<GroupPane[]> {
  const { family, fold, panes } = operator;
  const { store, position, feeds } = context;
  const rows = new Map<number, Map<string, SliceRow>>();
  for (const one of await store.states(family, { position, at, from })) {
    context.told?.push(one);
    let slice = rows.get(one.slice);
    if (slice === undefined) rows.set(one.slice, (slice = new Map()));
    const row = rowOfStored(fold.table.layout, one);
    row.cells[AS_OF_CELL] = Math.min(row.cells[AS_OF_CELL]!, context.heardUpTo);
    slice.set(keyText(one.key), row);
    fold.groupOf(one.key, feeds[0] ?? '');
  }
  if (context.isKnown !== true) {
    await context.kpiQueue.flush();
    await noteStored(operator, store, {
      ...{ from, to: last + 1, groups: null },
      // A key that has no row any more is told too: it is gone.
      make: (key) => fold.groupOf(key, feeds[0] ?? ''),
    });
  }
  const found: GroupPane[] = [];
  for (const group of fold.groups.values()) {
    for (const feed of feeds) fold.groupOf(group.key, feed);
    const name = keyText(group.key);
    for (let slice = from; slice <= last; slice += family.sliceMs) {
      const source = (): SliceRow | null => rows.get(slice)?.get(name) ?? null;
      const told =
        only === undefined
          ? panes.repaired(group, [slice], { source })
          : panes.backfilled(group, only, { starts: [slice], source });
      for (const pane of told) found.push(pane);
    }
    panes.release(group);
  }
  // Memory holds no state: whatever hearing of another feed has made due of it is told from SQL alone.
  fold.touched.clear();
  return found;
}
