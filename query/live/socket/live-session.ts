import { Check } from 'typebox/value';

import type { ErrorMessage } from '../../protocol/error-message.ts';
import { clientFrame, type ClientFrame } from '../../protocol/frames.ts';
import { closeCodes } from '../../protocol/protocol-version.ts';
import type { SubscribeMessage } from '../../protocol/subscribe-message.ts';
import { FrameBudget } from './frame-budget.ts';
import type { FrameSink } from '../fan-out/frame-sink.ts';
import { forbiddenKpi, liveFilter, type Visibility, type VisibilityOf } from '../fan-out/live-filter.ts';
import type { LeaveGroup, LiveHub } from '../fan-out/live-hub.ts';
import { keepMs } from '../fan-out/live-store.ts';

/** Largest frame of a client; a larger one closes with 4413. */
export const clientFrameBytesMax = 64 * 1_024;

/** Most subscriptions of one socket; one more is answered with an error. */
export const subscriptionsMax = 32;

/** Bad frames that are answered with an error; one more closes with 4400. */
export const badFramesMax = 20;

/** Frames of a client: a burst, then a steady rate; beyond it the socket is closed with 4429. */
export const frameLimits = { burst: 200, perSecond: 20 };

/** Pings of a client, the same way. */
export const pingLimits = { burst: 50, perSecond: 2 };

/** A socket without a subscription for this long is closed with 4408, milliseconds. */
export const idleMsMax = 60_000;

/** Whose socket it is, and what it may see. */
export interface SessionOptions {
  readonly hub: LiveHub;
  readonly sink: FrameSink;
  readonly ceiling: Visibility;
  readonly visibilityOf: VisibilityOf;
  readonly nowMs: () => number;
}

/** One socket after its token was accepted: reads its frames, keeps its subscriptions and its limits. */
export class LiveSession {
  readonly #options: SessionOptions;
  readonly #subscriptions = new Map<string, LeaveGroup>();
  readonly #frames: FrameBudget;
  readonly #pings: FrameBudget;
  #badFrames = 0;
  #idleSinceMs: number;

  constructor(options: SessionOptions) {
    this.#options = options;
    const nowMs = options.nowMs();
    this.#frames = new FrameBudget(frameLimits, nowMs);
    this.#pings = new FrameBudget(pingLimits, nowMs);
    this.#idleSinceMs = nowMs;
  }

  /** Takes a text frame. */
  onText(text: string): void {
    if (!this.#within(this.#frames)) return;
    if (Buffer.byteLength(text) > clientFrameBytesMax) {
      return this.#options.sink.close(
        closeCodes.tooLarge,
        `a frame has at most ${clientFrameBytesMax} bytes`,
      );
    }
    const parsed = parseJson(text);
    if (!Check(clientFrame, parsed)) return this.#refuse(parsed);
    this.#act(parsed);
  }

  /** Takes a binary frame: there are none in this protocol. */
  onBinary(): void {
    if (this.#within(this.#frames)) this.#refuse(undefined);
  }

  onPing(): void {
    this.#within(this.#pings);
  }

  /** Called now and then; closes a socket that asks for nothing. */
  checkIdle(): void {
    if (this.#subscriptions.size > 0 || this.#options.nowMs() - this.#idleSinceMs <= idleMsMax) return;
    this.#options.sink.close(closeCodes.idle, 'no subscription');
  }

  /** Gives everything back; the socket is gone. */
  end(): void {
    for (const leave of this.#subscriptions.values()) leave();
    this.#subscriptions.clear();
  }

  get subscriptionCount(): number {
    return this.#subscriptions.size;
  }

  #act(frame: ClientFrame): void {
    if (frame.type === 'subscribe') return this.#subscribe(frame);
    this.#subscriptions.get(frame.id)?.();
    this.#subscriptions.delete(frame.id);
    if (this.#subscriptions.size === 0) this.#idleSinceMs = this.#options.nowMs();
  }

  #subscribe(frame: SubscribeMessage): void {
    const { hub, sink, ceiling, visibilityOf } = this.#options;
    const { id, kpis, areas = ['*'], maxRateMs = 0, cursor, history } = frame;
    const hidden = forbiddenKpi(kpis, ceiling, visibilityOf);
    if (hidden !== undefined) {
      const detail = `this token may not see ${hidden}`;
      return this.#error({ id, title: 'Not allowed', status: 403, detail, code: 'KPI_NOT_ALLOWED' });
    }
    this.#subscriptions.get(id)?.();
    this.#subscriptions.delete(id);
    if (this.#subscriptions.size >= subscriptionsMax) {
      const detail = `a socket has at most ${subscriptionsMax} subscriptions`;
      return this.#error({ id, title: 'Too many', status: 429, detail, code: 'TOO_MANY_SUBSCRIPTIONS' });
    }
    const filter = liveFilter({ kpis, areas, ceiling, visibilityOf });
    const request = { id, filter, historyMs: historyMs(history), maxRateMs };
    this.#subscriptions.set(id, hub.subscribe(sink, request, cursor));
  }

  #refuse(parsed: unknown): void {
    this.#badFrames += 1;
    if (this.#badFrames > badFramesMax) {
      return this.#options.sink.close(closeCodes.badFrame, 'too many bad frames');
    }
    const id = idOf(parsed);
    const detail = 'expected {"type":"subscribe","id":…,"kpis":[…]} or {"type":"unsubscribe","id":…}';
    const about = id === undefined ? {} : { id };
    this.#error({ ...about, title: 'Bad frame', status: 400, detail, code: 'BAD_FRAME' });
  }

  #error(problem: Omit<ErrorMessage, 'type'>): void {
    const frame: ErrorMessage = { type: 'error', ...problem };
    this.#options.sink.send(JSON.stringify(frame));
  }

  #within(budget: FrameBudget): boolean {
    if (budget.spend(this.#options.nowMs()) === 'within') return true;
    this.#options.sink.close(closeCodes.tooMany, 'too many frames');
    return false;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function idOf(parsed: unknown): string | undefined {
  if (typeof parsed !== 'object' || parsed === null || !('id' in parsed)) return undefined;
  return typeof parsed.id === 'string' ? parsed.id.slice(0, 64) : undefined;
}

/** '24h' or '90m' in milliseconds, at most what the server keeps. */
function historyMs(history: string | undefined): number {
  if (history === undefined) return 0;
  const unitMs = history.endsWith('h') ? 3_600_000 : 60_000;
  return Math.min(keepMs, Number(history.slice(0, -1)) * unitMs);
}
