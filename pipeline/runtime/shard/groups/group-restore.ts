import { DAY_MS } from '../../../model/time.ts';
import { advanceSet } from '../../../time/watermark.ts';
import { byFeed } from '../../../store/groups/changed-slices.ts';
import type { FeedRegister } from '../../../window/feed-register.ts';
import type { GroupFold } from '../../../window/group/group-fold.ts';
import { keyText } from '../../../window/group/group-state.ts';
import { mergeRow } from '../../../window/group/slice-table.ts';
import type { ShardStore } from '../shard-store.ts';
import type { GroupOperator } from './group-operator.ts';
import { noteStored, rowOfStored } from './group-repair.ts';
import type { GridPlace } from './state-grid.ts';

/** Dirty slices of one group, as a checkpoint holds them. */
export interface DirtyGroup {
  /** Text of the family. */
  readonly family: string;
  readonly key: readonly string[];
  readonly feeds: readonly string[];
  readonly slices: readonly number[];
}

/** What a checkpoint must say of groups: everything else is read back by SQL. */
export function dirtyGroupsOf(operators: readonly GroupOperator[]): DirtyGroup[] {
  return operators.flatMap(({ family, fold }) =>
    [...fold.dirtyGroups].map((group) => ({
      family: family.text,
      key: group.key,
      feeds: group.set.feeds.map(({ feed }) => feed),
      slices: [...(group.dirty?.keys() ?? [])],
    })),
  );
}

/** How far behind the furthest feed the windows of a slow one are still read back, milliseconds. */
const SLOW_MS_MAX = 7 * DAY_MS;

/** Where a family of states stands. */
export interface GridSnapshot extends GridPlace {
  readonly family: string;
}

/** What a checkpoint must say of states. */
export function gridsOf(operators: readonly GroupOperator[]): GridSnapshot[] {
  return operators.flatMap(({ family, grid }) =>
    grid === null ? [] : [{ family: family.text, ...grid.place() }],
  );
}

/**
 * Reads back what a group's memory must know at the position: the slices that windows of hot slices need, by the
 * slowest watermark: its windows still run. What an even slower feed sends takes the way of sealed slices.
 */
export async function restoreGroups(
  operator: GroupOperator,
  context: {
    readonly store: ShardStore;
    readonly position: number;
    readonly feeds: FeedRegister;
    readonly latenessMs: number;
    readonly dirty: readonly DirtyGroup[];
    readonly grids: readonly GridSnapshot[];
  },
): Promise<void> {
  const { family, fold, panes } = operator;
  const { store, position, feeds, dirty } = context;
  if (operator.grid !== null) {
    const left = context.grids.find((entry) => entry.family === family.text);
    if (left !== undefined) operator.grid.resume(left);
    return;
  }
  const mine = dirty.filter((entry) => entry.family === family.text);
  const from = panes.sliceKeptAt(feeds.slowestWatermark(SLOW_MS_MAX));
  if (position > 0 && Number.isFinite(from)) {
    fold.loadedFrom = from;
    const { layout } = fold.table;
    const slices = await store.groupSlices(byFeed(family), { position, scope: { from } });
    makeGroups(fold, [
      ...slices.map(({ key }) => ({ key: key.slice(0, -1), feeds: key.slice(-1) })),
      ...mine,
    ]);
    for (const stored of slices) {
      const group = fold.groupOf(stored.key.slice(0, -1), stored.key.at(-1) ?? '');
      const row = rowOfStored(layout, stored);
      const held = fold.rowOf(group, stored.slice);
      if (held !== null) mergeRow(layout, row, held);
      fold.install(group, stored.slice, row);
    }
    for (const { set } of fold.groups.values()) advanceSet(set, context.latenessMs);
    await noteStored(operator, store, { from, to: Number.MAX_SAFE_INTEGER, groups: null });
  }
  for (const { key, feeds: names, slices } of mine) {
    for (const feed of names) fold.groupOf(key, feed);
    const group = fold.groupOf(key, names[0] ?? '');
    for (const slice of slices) fold.markDirty(group, slice, 'confirmed');
  }
  // Everything up to the position was published before it was saved.
  fold.touched.clear();
  for (const group of fold.groups.values()) {
    group.changed = null;
    // Unless memory has let go of a feed that its watermark waited for.
    const ends = panes.untold(group);
    if (ends.size === 0) continue;
    group.passed = ends;
    fold.touched.add(group);
  }
  panes.wakeAll();
}

/** Makes the groups of these keys, each hearing of all feeds that are named with it. */
function makeGroups(
  fold: GroupFold,
  named: readonly { readonly key: readonly string[]; readonly feeds: readonly string[] }[],
): void {
  const groups = new Map<string, { readonly key: readonly string[]; readonly feeds: string[] }>();
  for (const { key, feeds } of named) {
    const known = groups.get(keyText(key));
    if (known === undefined) groups.set(keyText(key), { key, feeds: [...feeds] });
    else known.feeds.push(...feeds);
  }
  for (const { key, feeds } of groups.values()) fold.restoreGroup(key, feeds);
}
