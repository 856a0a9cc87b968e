import type { StoredKpiMessage } from '../../../pipeline/log/kpi-log.ts';
import type { Clock, Timers } from '../../../pipeline/time/clock.ts';
import type { LiveValue } from '../../protocol/live-value.ts';
import { deltaValuesMax, type DeltaMessage } from '../../protocol/delta-message.ts';
import type { HeartbeatMessage } from '../../protocol/heartbeat-message.ts';
import type { ResumedMessage } from '../../protocol/resumed-message.ts';
import { formatCursor, parseCursor, type Cursor } from './cursor.ts';
import { FanOutGroup, type GroupMember, type GroupRequest } from './fan-out-group.ts';
import { congestedBytes, type FrameSink } from './frame-sink.ts';
import { isoTime, type LiveStore, type News } from './live-store.ts';

/** Most values that are replayed to a socket that comes back; beyond it a snapshot is shorter. */
export const replayValuesMax = 5_000;

/** Whether the pipeline's emissions are being heard. */
export type SourceState = HeartbeatMessage['source'];

/** Ends one subscription of one socket. Calling it again does nothing. */
export type LeaveGroup = () => void;

/**
 * Every subscription of every socket: takes news in, hands frames out. Knows nothing of sockets or the
 * broker.
 */
export class LiveHub {
  readonly store: LiveStore;
  readonly #ports: Clock & Timers;
  readonly #build: () => string;
  readonly #groups = new Map<string, FanOutGroup>();
  #source: SourceState = 'interrupted';

  constructor(store: LiveStore, ports: Clock & Timers, build: string | (() => string)) {
    this.store = store;
    this.#ports = ports;
    this.#build = typeof build === 'string' ? () => build : build;
  }

  /** Starts over from `values`; every subscription gets a snapshot with `reset`. */
  restart(from: Cursor, values: Iterable<LiveValue>): void {
    this.store.restart(from, values);
    for (const group of this.#groups.values()) group.resetAll();
  }

  /** Takes the next message of the `KPI` stream. */
  apply(stored: StoredKpiMessage): void {
    const news = this.store.apply(stored);
    if (news.values.length === 0) return;
    for (const group of this.#groups.values()) group.offer(news.sequence, news.values);
  }

  setSource(state: SourceState): void {
    this.#source = state;
  }

  get source(): SourceState {
    return this.#source;
  }

  /** Answers a subscription with a snapshot, or with exactly what was missed, and keeps it up to date. */
  subscribe(sink: FrameSink, request: GroupRequest, cursor: string | undefined): LeaveGroup {
    const key = groupKey(request);
    const group = this.#groups.get(key) ?? new FanOutGroup(request, this.store, this.#ports);
    this.#groups.set(key, group);
    const frames = this.#answer(group, request, cursor);
    for (const frame of frames) sink.send(frame);
    const member = group.join(sink);
    return () => this.#leave(key, group, member);
  }

  /** The frame that goes to every socket at least every five seconds. */
  heartbeatFrame(): string {
    const frame: HeartbeatMessage = {
      type: 'heartbeat',
      time: isoTime(this.#ports.now()),
      watermarks: this.store.watermarks,
      source: this.#source,
      build: this.#build(),
    };
    return JSON.stringify(frame);
  }

  get groupCount(): number {
    return this.#groups.size;
  }

  #leave(key: string, group: FanOutGroup, member: GroupMember): void {
    group.leave(member);
    if (group.size === 0 && this.#groups.get(key) === group) this.#groups.delete(key);
  }

  #answer(group: FanOutGroup, request: GroupRequest, cursor: string | undefined): string[] {
    if (cursor === undefined) return [group.snapshotFrame('first')];
    const from = parseCursor(cursor);
    const missed = from === undefined ? undefined : this.store.since(from);
    const values = missed?.flatMap((news) => matching(news, request));
    if (values === undefined || values.length > replayValuesMax) return [group.snapshotFrame('reset')];
    const resumed: ResumedMessage = { type: 'resumed', id: request.id, cursor };
    return [JSON.stringify(resumed), ...this.#replay(request.id, values)];
  }

  #replay(id: string, values: readonly { sequence: number; value: LiveValue }[]): string[] {
    const frames: string[] = [];
    const { epoch, sequence } = this.store.position;
    for (let at = 0; at < values.length; at += deltaValuesMax) {
      const next = values[at + deltaValuesMax];
      const cursor = formatCursor({ epoch, sequence: next === undefined ? sequence : next.sequence - 1 });
      const part = values.slice(at, at + deltaValuesMax).map(({ value }) => value);
      const frame: DeltaMessage = { type: 'delta', id, cursor, values: part };
      frames.push(JSON.stringify(frame));
    }
    return frames;
  }
}

/** Whether a socket can take a heartbeat: one that does not read must not pile them up. */
export function hasRoom(sink: FrameSink): boolean {
  return sink.bufferedBytes <= congestedBytes;
}

function matching(news: News, request: GroupRequest): { sequence: number; value: LiveValue }[] {
  const { sequence, values } = news;
  return values.filter((value) => request.filter.matches(value)).map((value) => ({ sequence, value }));
}

function groupKey({ id, filter, historyMs, maxRateMs }: GroupRequest): string {
  return JSON.stringify([id, filter.kpis, filter.areas, filter.ceiling, historyMs, maxRateMs]);
}
