import { kpiValueKey } from '../../../pipeline/model/kpi-value.ts';
import type { CancelTimer, Clock, Timers } from '../../../pipeline/time/clock.ts';
import { deltaValuesMax, type DeltaMessage } from '../../protocol/delta-message.ts';
import type { LiveValue } from '../../protocol/live-value.ts';
import { closeCodes } from '../../protocol/protocol-version.ts';
import type { SnapshotMessage } from '../../protocol/snapshot-message.ts';
import { ConflatingQueue } from './conflating-queue.ts';
import { formatCursor } from './cursor.ts';
import { congestedBytes, congestedCheckMs, congestedMsMax, type FrameSink } from './frame-sink.ts';
import type { LiveFilter } from './live-filter.ts';
import type { LiveStore } from './live-store.ts';

/** Most keys that wait for one socket; beyond it the socket gets a snapshot with `reset`. */
export const pendingKeysMax = 10_000;

/** What all members of a group asked for, to the letter. */
export interface GroupRequest {
  readonly id: string;
  readonly filter: LiveFilter;
  readonly historyMs: number;
  readonly maxRateMs: number;
}

/** One subscription of one socket. */
export interface GroupMember {
  readonly sink: FrameSink;
  /** Its own line, while it cannot ride with the group. */
  own: ConflatingQueue<LiveValue> | undefined;
  needsReset: boolean;
  congestedSinceMs: number | undefined;
}

/**
 * Sockets with equal subscriptions: they share one queue, and each frame is built once for all of them.
 *
 *     riding --(socket does not read)--> own queue --(it reads again)--> riding
 *                                         | more than `pendingKeysMax` keys
 *                                         v
 *                                     snapshot with reset, riding
 *
 * A member changes between the two only while the group flushes: then nothing waits for anybody who rides.
 */
export class FanOutGroup {
  readonly #request: GroupRequest;
  readonly #store: LiveStore;
  readonly #ports: Clock & Timers;
  readonly #members = new Set<GroupMember>();
  readonly #pending = new ConflatingQueue<LiveValue>();
  #flushedAtMs = Number.NEGATIVE_INFINITY;
  #cancelTimer: CancelTimer | undefined;
  #timerDueMs = 0;

  constructor(request: GroupRequest, store: LiveStore, ports: Clock & Timers) {
    this.#request = request;
    this.#store = store;
    this.#ports = ports;
  }

  /** Adds a socket that has just been told everything up to the store's position. */
  join(sink: FrameSink): GroupMember {
    const own = this.#pending.size === 0 ? undefined : new ConflatingQueue<LiveValue>();
    const member: GroupMember = { sink, own, needsReset: false, congestedSinceMs: undefined };
    this.#members.add(member);
    return member;
  }

  leave(member: GroupMember): void {
    this.#members.delete(member);
    if (this.#members.size > 0) return;
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#pending.clear();
  }

  get size(): number {
    return this.#members.size;
  }

  /** Takes news in, and sends it now if the rate allows. */
  offer(sequence: number, values: readonly LiveValue[]): void {
    const matching = values.filter((value) => this.#request.filter.matches(value));
    if (matching.length === 0) return;
    const waiting = [...this.#members].filter((member) => member.own !== undefined);
    for (const value of matching) {
      const key = kpiValueKey(value);
      this.#pending.put(key, sequence, value);
      for (const member of waiting) member.own?.put(key, sequence, value);
    }
    this.#schedule(this.#request.maxRateMs);
  }

  /** Tells every member the whole answer again: the store started over. */
  resetAll(): void {
    this.#pending.clear();
    for (const member of this.#members) {
      member.own = new ConflatingQueue();
      member.needsReset = true;
    }
    this.#flush();
  }

  /** The frame that answers a subscription, or replaces what a client holds. */
  snapshotFrame(kind: 'first' | 'reset'): string {
    const { id, filter, historyMs } = this.#request;
    const values = this.#store.snapshot(filter, historyMs);
    const reset = kind === 'reset' ? { reset: true as const } : {};
    const frame: SnapshotMessage = { type: 'snapshot', id, cursor: this.#store.cursor, ...reset, values };
    return JSON.stringify(frame);
  }

  // A look at a congested socket must never hold back those who read: an earlier flush replaces a later one.
  #schedule(afterMs: number): void {
    const nowMs = this.#ports.now();
    const delayMs = Math.min(this.#flushedAtMs + afterMs - nowMs, afterMs);
    if (delayMs <= 0) return this.#flush();
    if (this.#cancelTimer !== undefined && this.#timerDueMs <= nowMs + delayMs) return;
    this.#cancelTimer?.();
    this.#timerDueMs = nowMs + delayMs;
    this.#cancelTimer = this.#ports.after(delayMs, () => this.#flush());
  }

  #flush(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#flushedAtMs = this.#ports.now();
    const waiting = new ConflatingQueue<LiveValue>();
    this.#pending.copyInto(waiting);
    const frames = this.#deltaFrames(this.#pending);
    let congested = 0;
    for (const member of this.#members) {
      if (isCongested(member.sink)) congested += this.#hold(member, waiting);
      else this.#deliver(member, frames);
    }
    if (congested > 0) this.#schedule(Math.max(congestedCheckMs, this.#request.maxRateMs));
  }

  #deliver(member: GroupMember, frames: readonly string[]): void {
    const own = member.own;
    member.own = undefined;
    member.congestedSinceMs = undefined;
    if (member.needsReset) {
      member.needsReset = false;
      member.sink.send(this.snapshotFrame('reset'));
      return;
    }
    for (const frame of own === undefined ? frames : this.#deltaFrames(own)) member.sink.send(frame);
  }

  #hold(member: GroupMember, waiting: ConflatingQueue<LiveValue>): number {
    const nowMs = this.#ports.now();
    member.congestedSinceMs ??= nowMs;
    if (nowMs - member.congestedSinceMs > congestedMsMax) {
      member.sink.close(closeCodes.tooMany, 'too many frames that were not read');
      return 0;
    }
    if (member.own === undefined) {
      member.own = new ConflatingQueue();
      waiting.copyInto(member.own);
    }
    if (member.own.size > pendingKeysMax) {
      member.own.clear();
      member.needsReset = true;
    }
    return 1;
  }

  #deltaFrames(queue: ConflatingQueue<LiveValue>): string[] {
    const { epoch, sequence } = this.#store.position;
    const frames: string[] = [];
    while (queue.size > 0) {
      const { values, conflated } = queue.take(deltaValuesMax);
      const lowest = queue.lowestSequence;
      const cursor = formatCursor({ epoch, sequence: lowest === undefined ? sequence : lowest - 1 });
      const count = conflated === 0 ? {} : { conflated };
      const frame: DeltaMessage = { type: 'delta', id: this.#request.id, cursor, values, ...count };
      frames.push(JSON.stringify(frame));
    }
    return frames;
  }
}

function isCongested(sink: FrameSink): boolean {
  return sink.bufferedBytes > congestedBytes;
}
