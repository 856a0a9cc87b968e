import { type GroupPane, windowKey } from '../../../kpi/group-panes.ts';
import type { GroupKpi } from '../../../kpi/group-kpi.ts';
import { byFeed } from '../../../store/groups/changed-slices.ts';
import type { StoredGroupSlice } from '../../../store/groups/group-slices.ts';
import type { StoredGroupWindow } from '../../../store/groups/group-windows.ts';
import { type GroupState, keyText } from '../../../window/group/group-state.ts';
import { mergeRow, type SliceRow } from '../../../window/group/slice-table.ts';
import { sliceStart, type WindowRule } from '../../../window/group/window-rule.ts';
import { type GroupOperator, keyOfPlace } from '../groups/group-operator.ts';
import { rowOfStored } from '../groups/group-repair.ts';
import { type StateContext, tellState } from '../groups/state-repair.ts';
import type { Chunk } from './chunks.ts';

/** Slices and windows of one group that a chunk touches. */
interface Touched {
  readonly rows: Map<number, SliceRow>;
  readonly starts: Set<number>;
}

/**
 * Panes of the windows of some definitions of one family and rule that start in a chunk, by SQL at the position.
 * Everything up to the position is checked and stored.
 */
export async function backfillGroups(
  operator: GroupOperator,
  { kpis, chunk }: { readonly kpis: readonly GroupKpi[]; readonly chunk: Chunk },
  context: StateContext,
): Promise<GroupPane[]> {
  const only = new Set(kpis.map(({ id }) => id));
  const { grid, panes } = operator;
  const rule = kpis[0]!.plan.rule;
  const found: GroupPane[] = [];
  if (grid !== null) {
    for (let slice = chunk.to - 1; slice >= chunk.from; slice = sliceStart(rule, slice) - 1) {
      const when = { slice: sliceStart(rule, slice), at: grid.instantOf(sliceStart(rule, slice)) };
      found.push(...(await tellState(operator, when, { ...context, only })));
    }
    return found;
  }
  const scope = { from: firstSlice(rule, chunk.from), to: endOfLast(rule, chunk) };
  const { store, position } = context;
  const [slices, windows] = await Promise.all([
    store.groupSlices(byFeed(operator.family), { position, scope }),
    storedWindows(kpis, chunk, context),
  ]);
  const touched = touchedBy(operator, { rule, chunk, slices });
  noteStored(operator, { windows, touched, feed: context.feeds[0] ?? '' });
  for (const [group, { rows, starts }] of touched) {
    found.push(...panes.backfilled(group, only, { starts, source: (slice) => rows.get(slice) ?? null }));
    panes.release(group);
  }
  return found;
}

function touchedBy(
  { fold }: GroupOperator,
  { rule, chunk, slices }: { rule: WindowRule; chunk: Chunk; slices: readonly StoredGroupSlice[] },
): Map<GroupState, Touched> {
  const { layout } = fold.table;
  const touched = new Map<GroupState, Touched>();
  for (const stored of slices) {
    const group = fold.groupOf(stored.key.slice(0, -1), stored.key.at(-1) ?? '');
    const { rows, starts } = obtain(touched, group);
    const row = rowOfStored(layout, stored);
    const held = rows.get(stored.slice);
    if (held !== undefined) mergeRow(layout, row, held);
    rows.set(stored.slice, row);
    for (const start of rule.windowsOf(stored.slice)) {
      if (start >= chunk.from && start < chunk.to) starts.add(start);
    }
  }
  return touched;
}

async function storedWindows(
  kpis: readonly GroupKpi[],
  { from, to }: Chunk,
  { store, kpiQueue }: StateContext,
): Promise<readonly StoredGroupWindow[]> {
  await kpiQueue.flush();
  return store.groupWindows({ kpis, places: null, from, to });
}

/** What stands in the store decides whether a window is new or revised, or gone. */
function noteStored(
  { family, fold, panes }: GroupOperator,
  found: {
    readonly windows: readonly StoredGroupWindow[];
    readonly touched: Map<GroupState, Touched>;
    readonly feed: string;
  },
): void {
  for (const window of found.windows) {
    const written = JSON.parse(window.dims) as Record<string, string>;
    const { key, dims } = keyOfPlace(family, { ...window, dims: written });
    const group = fold.groups.get(keyText(key)) ?? fold.groupOf(key, found.feed);
    const item = Object.keys(dims).length === 0 ? '' : ` ${JSON.stringify(dims)}`;
    panes.notePublished(group, `${windowKey(window.kpi, window.start)}${item}`, window);
    obtain(found.touched, group).starts.add(window.start);
  }
}

function obtain(touched: Map<GroupState, Touched>, group: GroupState): Touched {
  let entry = touched.get(group);
  if (entry === undefined) touched.set(group, (entry = { rows: new Map(), starts: new Set() }));
  return entry;
}

/** The first slice that a window which starts at `from` or later holds. */
function firstSlice(rule: WindowRule, from: number): number {
  const start = rule.windowsOf(sliceStart(rule, from))[0] ?? from;
  for (const slice of rule.slicesOf(start)) return Math.min(slice, from);
  return from;
}

/** End of the last window that starts in a chunk. */
function endOfLast(rule: WindowRule, { from, to }: Chunk): number {
  const starts = rule.windowsOf(sliceStart(rule, to - 1)).filter((start) => start < to);
  return Math.max(rule.endOf(starts.at(-1) ?? from), to);
}
