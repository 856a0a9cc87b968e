import type { FeedSet } from '../../time/watermark.ts';
import type { GroupState } from './group-state.ts';

/** Groups with windows that still run, by the set whose watermark ends them and by the window's end. */
export class WindowTimers {
  readonly #ends = new Map<FeedSet, Map<number, Set<GroupState>>>();

  add(group: GroupState, end: number): void {
    let ends = this.#ends.get(group.set);
    if (ends === undefined) this.#ends.set(group.set, (ends = new Map()));
    let groups = ends.get(end);
    if (groups === undefined) ends.set(end, (groups = new Set()));
    groups.add(group);
  }

  /** Hands out every (group, end) whose end the watermark of the group's set has reached, and forgets them. */
  take(visit: (group: GroupState, end: number) => void): void {
    for (const [set, ends] of this.#ends) {
      for (const [end, groups] of ends) {
        if (end > set.watermark) continue;
        ends.delete(end);
        // A group that has moved to another set meanwhile has timers there too: a turn too many does no harm.
        for (const group of groups) visit(group, end);
      }
      if (ends.size === 0) this.#ends.delete(set);
    }
  }
}
