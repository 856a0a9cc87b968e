import { type GroupPane, windowKey } from '../../../kpi/group-panes.ts';
import type { GroupSlice } from '../../../kpi/sql/group-slices-sql.ts';
import type { StoredGroupSlice } from '../../../store/groups/group-slices.ts';
import type { BoxAggregate } from '../../../window/group/aggregate.ts';
import { type GroupState, keyText } from '../../../window/group/group-state.ts';
import {
  AS_OF_CELL,
  looseRow,
  ROWS_CELL,
  type RowLayout,
  type SliceRow,
} from '../../../window/group/slice-table.ts';
import type { FlushQueue } from '../../flush-queue.ts';
import type { ShardStore } from '../shard-store.ts';
import { type GroupOperator, keyOfPlace, placeText } from './group-operator.ts';

/** Slices of one family that one repair recomputes; the rest waits for the next. */
const SLICES_MAX = 20_000;

/** What a repair of groups asks. */
export interface GroupRepairContext {
  readonly store: ShardStore;
  readonly kpiQueue: Pick<FlushQueue<unknown>, 'flush'>;
  readonly position: number;
  /** Processing time, milliseconds UTC: windows that run and were published a moment ago wait; absent: none does. */
  readonly now?: number;
}

/**
 * Recomputes dirty slices of one family by SQL at the position, installs them, and gives the panes of every window that
 * contains one, behind what else is due of the same groups. Everything up to the position is stored.
 */
export async function repairGroups(
  operator: GroupOperator,
  context: GroupRepairContext,
): Promise<GroupPane[]> {
  const chosen = chooseDirty(operator);
  if (chosen.size === 0) return [];
  const { now = Number.POSITIVE_INFINITY } = context;
  const due = takeDue(operator, chosen.keys(), now);
  const read = await readSlices(operator, chosen, context);
  await notePublished(operator, chosen, context);
  return [...due, ...install(operator, chosen, { read, now })];
}

/**
 * Memory lets go of what lies before the slices it keeps, and of what was published of it. What is due and not dirty is
 * therefore taken before the store is asked:
 *
 *     due, from memory ──▶ published, from the store ──▶ repaired, from SQL ──▶ released
 *                                            (no window is in both: the dirty are not due)
 */
function takeDue({ fold, panes }: GroupOperator, groups: Iterable<GroupState>, now: number): GroupPane[] {
  const due: GroupPane[] = [];
  for (const group of groups) if (fold.touched.delete(group)) due.push(...panes.due(group, now));
  return due;
}

function chooseDirty({ fold }: GroupOperator): Map<GroupState, number[]> {
  const chosen = new Map<GroupState, number[]>();
  let left = SLICES_MAX;
  for (const group of fold.dirtyGroups) {
    if (left <= 0) break;
    const slices = [...(group.dirty?.keys() ?? [])].sort((a, b) => a - b).slice(0, left);
    left -= slices.length;
    chosen.set(group, slices);
  }
  return chosen;
}

/** What memory does not know of the windows of the chosen slices: the slices themselves, and those it has let go. */
async function readSlices(
  { family, fold, panes }: GroupOperator,
  chosen: ReadonlyMap<GroupState, readonly number[]>,
  { store, position }: GroupRepairContext,
): Promise<Map<string, Map<number, SliceRow>>> {
  const wanted: GroupSlice[] = [];
  for (const [group, slices] of chosen) {
    const kept = Math.max(fold.loadedFrom, panes.sliceKept(group));
    for (const slice of new Set([...slices, ...panes.slicesNeeded(slices)])) {
      if (slice < kept || group.dirty?.has(slice) === true) wanted.push({ key: group.key, slice });
    }
  }
  const read = new Map<string, Map<number, SliceRow>>();
  for (const stored of await store.groupSlices(family, { position, scope: { slices: wanted } })) {
    const text = keyText(stored.key);
    let slices = read.get(text);
    if (slices === undefined) read.set(text, (slices = new Map<number, SliceRow>()));
    slices.set(stored.slice, rowOfStored(fold.table.layout, stored));
  }
  return read;
}

/** A row of the table as SQL has computed it. */
export function rowOfStored(layout: RowLayout, { rows, asOf, partials }: StoredGroupSlice): SliceRow {
  const row = looseRow(layout);
  row.cells[ROWS_CELL] = rows;
  row.cells[AS_OF_CELL] = asOf;
  layout.slots.forEach(({ aggregate }, index) => {
    const place = layout.places[index]!;
    const partial = partials[index] ?? [];
    if (place.state === 'cells') row.cells.set(partial as readonly number[], place.offset);
    else row.boxes[place.index] = (aggregate as BoxAggregate).read(partial[0]);
  });
  return row;
}

/** Windows that memory knows no publication of: what the store holds decides whether they are new or revised. */
async function notePublished(
  operator: GroupOperator,
  chosen: ReadonlyMap<GroupState, readonly number[]>,
  { store, kpiQueue }: GroupRepairContext,
): Promise<void> {
  let from = Number.POSITIVE_INFINITY;
  let to = Number.NEGATIVE_INFINITY;
  for (const [group, slices] of chosen) {
    for (const [start] of operator.panes.unknownWindows(group, slices)) {
      from = Math.min(from, start);
      to = Math.max(to, start + 1);
    }
  }
  if (from > to) return;
  await kpiQueue.flush();
  await noteStored(operator, store, { from, to, groups: [...chosen.keys()] });
}

/** Keys named in one statement; more, and it asks for all. */
const PLACES_MAX = 2_000;

/** Notes what the store holds of the windows that start in [from, to), of these groups (of all, when null). */
export async function noteStored(
  { family, fold, panes }: GroupOperator,
  store: ShardStore,
  wanted: {
    readonly from: number;
    readonly to: number;
    readonly groups: readonly GroupState[] | null;
    /** Makes the groups that memory does not know; absent: they are left out. */
    make?(key: readonly string[]): GroupState;
  },
): Promise<void> {
  const { from, to, groups } = wanted;
  const places =
    groups === null || groups.length > PLACES_MAX ? null : groups.map(({ key }) => placeText(family, key));
  const isWanted = groups === null ? null : new Set(groups);
  for (const window of await store.groupWindows({ kpis: panes.kpis, places, from, to })) {
    const stored = JSON.parse(window.dims) as Record<string, string>;
    const { key, dims } = keyOfPlace(family, { ...window, dims: stored });
    const group = fold.groups.get(keyText(key)) ?? wanted.make?.(key);
    if (group === undefined || isWanted?.has(group) === false) continue;
    const item = Object.keys(dims).length === 0 ? '' : ` ${JSON.stringify(dims)}`;
    panes.notePublished(group, `${windowKey(window.kpi, window.start)}${item}`, window);
  }
}

/** Puts the repaired slices into memory and gives the panes of their windows. */
function install(
  { fold, panes }: GroupOperator,
  chosen: ReadonlyMap<GroupState, readonly number[]>,
  from: { readonly read: ReadonlyMap<string, ReadonlyMap<number, SliceRow>>; readonly now: number },
): GroupPane[] {
  const { read, now } = from;
  const found: GroupPane[] = [];
  for (const [group, slices] of chosen) {
    const rows = read.get(keyText(group.key)) ?? new Map<number, SliceRow>();
    const kept = Math.max(fold.loadedFrom, panes.sliceKept(group));
    for (const slice of slices) {
      group.dirty?.delete(slice);
      // What memory is about to let go is not to be taken for what SQL has not found any more.
      fold.install(group, slice, slice >= kept ? (rows.get(slice) ?? null) : null);
      // The windows of a slow feed may still run, also where memory begins behind them.
      if (slice < kept) fold.watchEnds(group, slice);
    }
    if (group.dirty?.size === 0) {
      group.dirty = null;
      fold.dirtyGroups.delete(group);
    }
    const source = (slice: number): SliceRow | null => rows.get(slice) ?? fold.rowOf(group, slice);
    found.push(...panes.repaired(group, slices, { source, now }));
    panes.release(group);
  }
  return found;
}
