import type { GroupState } from '../window/group/group-state.ts';
import type { GroupKpi } from './group-kpi.ts';

/** Windows of one group that wait, and when the first of them may be published; milliseconds. */
interface Waiting {
  readonly starts: Set<number>;
  until: number;
}

/**
 * Lets the running windows of a definition be published once in its `emit` at most: what is published is what memory says
 * by then, so that content still follows from the log alone. The first publication of a window, and that of one that
 * is over, never wait.
 *
 * ```text
 * emit 10s   change 0s ──▶ published    3s, 7s ──▶ wait    10s ──▶ published    14s over ──▶ published, final
 * ```
 */
export class EmitThrottle {
  readonly #last = new Map<GroupState, Map<string, number>>();
  readonly #waiting = new Map<GroupState, Waiting>();

  /** Whether a running window must wait; if so it will be among those that `wake` gives. */
  holds(group: GroupState, window: { kpi: GroupKpi; start: number; name: string }, now: number): boolean {
    const { kpi, start, name } = window;
    const last = kpi.emitSeconds === 0 ? undefined : this.#last.get(group)?.get(name);
    if (last === undefined) return false;
    const until = last + kpi.emitSeconds * 1_000;
    // A clock that was set back does not hold anything for longer than the definition says.
    if (now >= until || now < last) return false;
    const waiting = this.#waiting.get(group);
    if (waiting === undefined) this.#waiting.set(group, { starts: new Set([start]), until });
    else {
      waiting.starts.add(start);
      waiting.until = Math.min(waiting.until, until);
    }
    return true;
  }

  /** A window was published. */
  note(group: GroupState, window: { kpi: GroupKpi; name: string; isOver: boolean }, now: number): void {
    const { kpi, name, isOver } = window;
    if (kpi.emitSeconds === 0) return;
    let last = this.#last.get(group);
    if (last === undefined) this.#last.set(group, (last = new Map()));
    if (isOver) last.delete(name);
    else last.set(name, now);
  }

  /** Starts of the windows that need not wait any longer, group by group. */
  wake(now: number): (readonly [GroupState, ReadonlySet<number>])[] {
    const woken: (readonly [GroupState, ReadonlySet<number>])[] = [];
    for (const [group, { starts, until }] of this.#waiting) {
      if (now < until) continue;
      this.#waiting.delete(group);
      woken.push([group, starts]);
    }
    return woken;
  }
}
