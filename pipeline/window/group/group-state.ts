import type { FeedSet } from '../../time/watermark.ts';
import type { Dirt } from '../entity-state.ts';

/** What a shard holds of one key of a family, beside its slices in the table. */
export interface GroupState {
  /** Number of the group in its table. */
  readonly number: number;
  /** Texts of the fields of `by`, in order. */
  readonly key: readonly string[];
  /** The feeds that it hears of, with their watermark. */
  set: FeedSet;
  /** Start of its newest slice; the window that it fills most is the one that runs. */
  newest: number;
  /** Slices (by start) that changed since the last emission; null: none. */
  changed: Set<number> | null;
  /** Ends of windows that the watermark has passed since the last emission; null: none. */
  passed: Set<number> | null;
  /** Slices (by start) that are not to be trusted, nor any window that contains them; null: none. */
  dirty: Map<number, Dirt> | null;
}

/** A key as one text: what groups are found by. */
export function keyText(key: readonly string[]): string {
  return key.length === 1 ? key[0]! : key.join('\u001f');
}

/** Notes a changed slice. */
export function noteChanged(group: GroupState, start: number): void {
  (group.changed ??= new Set()).add(start);
  if (start > group.newest) group.newest = start;
}
