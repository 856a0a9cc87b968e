import type { CancelTimer, Timers } from '../../pipeline/time/clock.ts';
import type { ErrorMessage } from '../protocol/error-message.ts';
import type { ServerFrame } from '../protocol/frames.ts';
import type { HeartbeatMessage } from '../protocol/heartbeat-message.ts';
import type { LiveValue } from '../protocol/live-value.ts';
import { BEARER_SUBPROTOCOL_PREFIX, closeCodes, LIVE_SUBPROTOCOL } from '../protocol/protocol-version.ts';
import type { SubscribeMessage } from '../protocol/subscribe-message.ts';
import type { UnsubscribeMessage } from '../protocol/unsubscribe-message.ts';
import { nextState, type ConnectionEvent, type ConnectionState } from './connection-state.ts';
import { reconnectDelay } from './reconnect-delay.ts';
import { ServerClock } from './server-clock.ts';
import type { OpenSocket, SocketLike } from './socket-like.ts';

/** A line without any frame for this long is dead, whatever the socket says; milliseconds. */
export const silenceMsMax = 12_000;

/** What the client tells its owner. Every handler is optional. */
export interface LiveEvents {
  /** A new state; `detail` says why, in words for a log. */
  onState?(state: ConnectionState, detail: string): void;
  /** All that the server has for a subscription: drop what you held for it. */
  onSnapshot?(id: string, values: readonly LiveValue[]): void;
  /** Changes since then, in order. */
  onDelta?(id: string, values: readonly LiveValue[]): void;
  onHeartbeat?(heartbeat: HeartbeatMessage): void;
  onError?(error: ErrorMessage): void;
}

/** How a client is made. */
export interface LiveClientOptions {
  /** `ws://host:port/v1/live` */
  readonly url: string;
  /** Asked before each try, so that a token may be replaced. Rejecting counts as a lost connection. */
  readonly token: () => Promise<string>;
  readonly open: OpenSocket;
  readonly timers: Timers;
  /** Numbers in [0, 1) for jitter. */
  readonly random: () => number;
  readonly monotonicMs: () => number;
  readonly events: LiveEvents;
}

/** What a subscription asks for; the client adds the cursor by itself. */
export type Subscription = Omit<SubscribeMessage, 'type' | 'cursor'>;

/**
 * Keeps subscriptions alive over a line that breaks: reconnects with jitter, resumes where it stopped, and
 * notices a
 * dead line by its silence. Values of a subscription come in order; hold them in a `ValueMap`.
 */
export class LiveClient {
  /** The server's time; also right while the line is down. */
  readonly clock: ServerClock;
  readonly #options: LiveClientOptions;
  readonly #subscriptions = new Map<string, { request: Subscription; cursor: string | undefined }>();
  #state: ConnectionState = 'idle';
  #socket: SocketLike | undefined;
  #failures = 0;
  #attempt = 0;
  #cancelRetry: CancelTimer | undefined;
  #cancelSilence: CancelTimer | undefined;

  constructor(options: LiveClientOptions) {
    this.#options = options;
    this.clock = new ServerClock(options.monotonicMs);
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** Connects; after `refused`, tries again with the token that `token()` gives now. */
  start(): void {
    this.#cancelRetry?.();
    if (this.#move('start', 'started')) void this.#connect();
  }

  /** The line may have died unnoticed, as when the machine slept: gives it up and opens a new one at once. */
  suspect(detail: string): void {
    if (this.#state !== 'live' && this.#state !== 'connecting' && this.#state !== 'waiting') return;
    this.#failures = 0;
    this.#lose(detail);
    this.#cancelRetry?.();
    if (this.#move('retry', detail)) void this.#connect();
  }

  /** Ends for good. */
  stop(): void {
    this.#move('stop', 'stopped');
    this.#drop();
  }

  /** Adds or replaces a subscription. */
  subscribe(request: Subscription): void {
    this.#subscriptions.set(request.id, { request, cursor: undefined });
    if (this.#state === 'live') this.#sendSubscribe(request.id);
  }

  unsubscribe(id: string): void {
    if (!this.#subscriptions.delete(id)) return;
    if (this.#state !== 'live') return;
    const frame: UnsubscribeMessage = { type: 'unsubscribe', id };
    this.#socket?.send(JSON.stringify(frame));
  }

  async #connect(): Promise<void> {
    this.#attempt += 1;
    const attempt = this.#attempt;
    this.#watchSilence();
    try {
      const token = await this.#options.token();
      if (attempt !== this.#attempt || this.#state !== 'connecting') return;
      const protocols = [LIVE_SUBPROTOCOL, `${BEARER_SUBPROTOCOL_PREFIX}${token}`];
      this.#attach(this.#options.open(this.#options.url, protocols));
    } catch (error) {
      if (attempt === this.#attempt) this.#lose(error instanceof Error ? error.message : String(error));
    }
  }

  #attach(socket: SocketLike): void {
    this.#socket = socket;
    socket.onmessage = ({ data }) => {
      if (this.#socket === socket && typeof data === 'string') this.#takeOrLose(data);
    };
    socket.onerror = () => {
      // A close event always follows, and only it says why.
    };
    socket.onclose = ({ code, reason }) => {
      if (this.#socket !== socket) return;
      this.#socket = undefined;
      if (code === closeCodes.unauthorized || code === closeCodes.forbidden) this.#refuse(reason);
      else this.#lose(`closed ${code} ${reason}`.trim());
    };
  }

  // A frame that cannot be taken is a frame missed: what follows would hide it, so the line starts over without
  // a cursor, and a snapshot comes.
  #takeOrLose(text: string): void {
    try {
      this.#take(text);
    } catch (error) {
      for (const subscription of this.#subscriptions.values()) subscription.cursor = undefined;
      this.#lose(`a frame could not be taken: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  #take(text: string): void {
    this.#watchSilence();
    const frame = JSON.parse(text) as ServerFrame;
    if (frame.type === 'heartbeat') return this.#beat(frame);
    if (frame.type === 'error') return this.#options.events.onError?.(frame);
    const subscription = this.#subscriptions.get(frame.id);
    if (subscription === undefined) return;
    // The owner first: a cursor must never be ahead of what was applied.
    if (frame.type === 'snapshot') this.#options.events.onSnapshot?.(frame.id, frame.values);
    if (frame.type === 'delta') this.#options.events.onDelta?.(frame.id, frame.values);
    subscription.cursor = frame.cursor;
  }

  #beat(heartbeat: HeartbeatMessage): void {
    this.clock.hear(heartbeat.time);
    if (this.#state === 'connecting') {
      this.#failures = 0;
      this.#move('opened', 'connected');
      for (const id of this.#subscriptions.keys()) this.#sendSubscribe(id);
    }
    this.#options.events.onHeartbeat?.(heartbeat);
  }

  #sendSubscribe(id: string): void {
    const subscription = this.#subscriptions.get(id);
    if (subscription === undefined) return;
    const { request, cursor } = subscription;
    const frame: SubscribeMessage = {
      type: 'subscribe',
      ...request,
      ...(cursor === undefined ? {} : { cursor }),
    };
    this.#socket?.send(JSON.stringify(frame));
  }

  #lose(detail: string): void {
    this.#drop();
    this.#failures += 1;
    if (!this.#move('lost', detail)) return;
    const delayMs = reconnectDelay(this.#failures, this.#options.random());
    this.#cancelRetry = this.#options.timers.after(delayMs, () => {
      if (this.#move('retry', 'trying again')) void this.#connect();
    });
  }

  #refuse(detail: string): void {
    this.#drop();
    this.#move('refused', detail);
  }

  #drop(): void {
    this.#cancelSilence?.();
    this.#cancelRetry?.();
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.close();
  }

  #watchSilence(): void {
    this.#cancelSilence?.();
    this.#cancelSilence = this.#options.timers.after(silenceMsMax, () => this.#lose('no frame for too long'));
  }

  /** @returns whether the state changed */
  #move(event: ConnectionEvent, detail: string): boolean {
    const next = nextState(this.#state, event);
    if (next === this.#state) return false;
    this.#state = next;
    this.#options.events.onState?.(next, detail);
    return true;
  }
}
