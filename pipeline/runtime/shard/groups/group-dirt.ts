import type { TouchedSlice } from '../../../store/groups/changed-slices.ts';
import type { ShardStore } from '../shard-store.ts';
import type { ShardState } from '../shard-state.ts';
import type { CheckedRow } from '../unchecked-rows.ts';
import { noteChanged } from '../../../window/group/group-state.ts';
import type { GroupOperator } from './group-operator.ts';

/** Facts that a check found new: the slices that they fall into must be recomputed. */
export function confirmFacts(state: ShardState, checked: readonly CheckedRow[]): void {
  const rows = new Map<CheckedRow['unchecked'], number[]>();
  for (const { unchecked, row, verdict } of checked) {
    const { table } = unchecked;
    if (verdict !== 'new' || (table !== 'raw_measurements' && table !== 'raw_alerts')) continue;
    const mine = rows.get(unchecked);
    if (mine === undefined) rows.set(unchecked, [row]);
    else mine.push(row);
  }
  for (const [{ batch }, mine] of rows) {
    for (const { family, fold, grid } of state.operators) {
      if (family.kind === batch.kind && grid === null) fold.mark(batch, mine, 'confirmed');
    }
  }
}

/**
 * Slices whose waiting rows all proved known were right all along; their windows may be published again. Where one was
 * held back and memory may have let its slices go, only SQL can still say it.
 */
export function settleGroups(state: ShardState): void {
  for (const { fold, panes } of state.operators) {
    for (const group of fold.dirtyGroups) {
      const kept = panes.sliceKept(group);
      for (const [slice, dirt] of group.dirty ?? []) {
        if (dirt === 'confirmed') continue;
        if (slice < kept) {
          if (dirt === 'withholding') group.dirty?.set(slice, 'confirmed');
          else group.dirty?.delete(slice);
          continue;
        }
        group.dirty?.delete(slice);
        noteChanged(group, slice);
        fold.touched.add(group);
      }
      if (group.dirty?.size !== 0) continue;
      group.dirty = null;
      fold.dirtyGroups.delete(group);
    }
  }
}

/** Rows that were stored since the last repair replace others: all slices that any of their versions touches are dirty. */
export async function markChangedRows(state: ShardState, store: ShardStore): Promise<void> {
  const { checkedUpTo: after, position } = state;
  for (const operator of state.operators) {
    if (!operator.fold.waiting) continue;
    if (operator.grid !== null) {
      const time = await store.firstChange(operator.family, { after, position });
      if (time !== null) operator.grid.onChange(time);
      operator.fold.waiting = false;
      continue;
    }
    markSlices(operator, await store.changedSlices(operator.family, { after, position }));
    operator.fold.waiting = false;
  }
  state.checkedUpTo = position;
}

/** Slices whose content is another than memory holds, whoever found out. */
export function markSlices({ fold }: GroupOperator, slices: readonly TouchedSlice[]): void {
  for (const { key, slice, feeds } of slices) {
    for (const feed of feeds) fold.groupOf(key, feed);
    fold.markDirty(fold.groupOf(key, feeds[0] ?? ''), slice, 'confirmed');
  }
}
