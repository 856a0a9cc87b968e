import { strict as assert } from 'node:assert';

import type { ProcessingTimeMs } from '../model/time.ts';
import type { CancelTimer, Clock, Timers } from './clock.ts';

interface PendingTimer {
  dueMs: number;
  readonly order: number;
  readonly periodMs: number | undefined;
  readonly run: () => void;
}

/** A clock and its timers that move only when told to: the same test runs the same way every time. */
export class SimClock implements Clock, Timers {
  #nowMs: number;
  #order = 0;
  readonly #pending = new Set<PendingTimer>();

  constructor(startMs = 0) {
    this.#nowMs = startMs;
  }

  now(): ProcessingTimeMs {
    return this.#nowMs as ProcessingTimeMs;
  }

  after(delayMs: number, run: () => void): CancelTimer {
    return this.#add({ dueMs: this.#nowMs + Math.max(0, delayMs), periodMs: undefined, run });
  }

  every(periodMs: number, run: () => void): CancelTimer {
    assert(periodMs > 0, 'a period must be positive');
    return this.#add({ dueMs: this.#nowMs + periodMs, periodMs, run });
  }

  /** Moves time forward by `ms`, running what falls due on the way, earliest first, ties in order of creation. */
  advance(ms: number): void {
    assert(ms >= 0, 'time must not move back');
    const endMs = this.#nowMs + ms;
    for (let timer = this.#next(endMs); timer !== undefined; timer = this.#next(endMs)) {
      this.#nowMs = timer.dueMs;
      if (timer.periodMs === undefined) this.#pending.delete(timer);
      else timer.dueMs += timer.periodMs;
      timer.run();
    }
    this.#nowMs = endMs;
  }

  /** Sets the wall clock, as a clock step does: timers keep their remaining delay. */
  step(toMs: number): void {
    for (const timer of this.#pending) timer.dueMs += toMs - this.#nowMs;
    this.#nowMs = toMs;
  }

  /** When the next timer falls due; undefined when none is pending. */
  get nextDueMs(): number | undefined {
    return this.#next(Number.POSITIVE_INFINITY)?.dueMs;
  }

  get pendingCount(): number {
    return this.#pending.size;
  }

  #add(timer: Omit<PendingTimer, 'order'>): CancelTimer {
    const entry: PendingTimer = { ...timer, order: this.#order++ };
    this.#pending.add(entry);
    return () => {
      this.#pending.delete(entry);
    };
  }

  #next(endMs: number): PendingTimer | undefined {
    let first: PendingTimer | undefined;
    for (const timer of this.#pending) {
      if (timer.dueMs > endMs) continue;
      const earlier =
        first === undefined ||
        timer.dueMs < first.dueMs ||
        (timer.dueMs === first.dueMs && timer.order < first.order);
      if (earlier) first = timer;
    }
    return first;
  }
}
