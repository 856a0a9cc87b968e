import { type GroupPane, windowKey } from '../../../kpi/group-panes.ts';
import type { GroupKpi } from '../../../kpi/group-kpi.ts';
import { byFeed } from '../../../store/changed-slices.ts';
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
  const touched = await readSlices(operator, { rule, chunk }, context);
  await noteStored(operator, { kpis, chunk, touched }, context);
  for (const [group, { rows, starts }] of touched) {
    found.push(...panes.backfilled(group, only, { starts, source: (slice) => rows.get(slice) ?? null }));
    panes.release(group);
  }
  return found;
}

async function readSlices(
  { family, fold }: GroupOperator,
  { rule, chunk }: { readonly rule: WindowRule; readonly chunk: Chunk },
  { store, position }: StateContext,
): Promise<Map<GroupState, Touched>> {
  const { layout } = fold.table;
  const touched = new Map<GroupState, Touched>();
  const scope = { from: firstSlice(rule, chunk.from), to: endOfLast(rule, chunk) };
  for (const stored of await store.groupSlices(byFeed(family), { position, scope })) {
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

/** What stands in the store decides whether a window is new or revised, or gone. */
async function noteStored(
  { family, fold, panes }: GroupOperator,
  {
    kpis,
    chunk,
    touched,
  }: {
    readonly kpis: readonly GroupKpi[];
    readonly chunk: Chunk;
    readonly touched: Map<GroupState, Touched>;
  },
  { store, kpiQueue, feeds }: StateContext,
): Promise<void> {
  await kpiQueue.flush();
  const wanted = { kpis, places: null, from: chunk.from, to: chunk.to };
  for (const window of await store.groupWindows(wanted)) {
    const { key, dims } = keyOfPlace(family, {
      ...window,
      dims: JSON.parse(window.dims) as Record<string, string>,
    });
    const group = fold.groups.get(keyText(key)) ?? fold.groupOf(key, feeds[0] ?? '');
    const item = Object.keys(dims).length === 0 ? '' : ` ${JSON.stringify(dims)}`;
    panes.notePublished(group, `${windowKey(window.kpi, window.start)}${item}`, window);
    obtain(touched, group).starts.add(window.start);
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
