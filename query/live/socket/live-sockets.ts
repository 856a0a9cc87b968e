import type { WebSocket } from 'ws';

import type { TokenBook } from '../../../pipeline/runtime/access/token-book.ts';
import type { Logger } from '../../../pipeline/runtime/logger.ts';
import type { CancelTimer, Clock, Timers } from '../../../pipeline/time/clock.ts';
import { closeCodes } from '../../protocol/protocol-version.ts';
import type { FrameSink } from '../fan-out/frame-sink.ts';
import type { VisibilityOf } from '../fan-out/live-filter.ts';
import { hasRoom, type LiveHub } from '../fan-out/live-hub.ts';
import { LiveSession } from './live-session.ts';

/** Most sockets at once; one more is closed with 4429. */
export const socketsMax = 12_000;

/** A heartbeat goes out this often, milliseconds; below the five seconds that the protocol promises. */
export const heartbeatMs = 4_000;

/** A socket that answers no ping within two rounds is cut, milliseconds per round. */
export const pingMs = 15_000;

/** After the closing handshake began, a peer that does not take part is cut, milliseconds. */
const closeGraceMs = 2_000;

/** What the sockets of one process share. */
export interface LiveSocketsOptions {
  readonly hub: LiveHub;
  readonly tokens: TokenBook;
  readonly visibilityOf: VisibilityOf;
  readonly ports: Clock & Timers;
  readonly logger: Logger;
  /** Whether snapshots would be complete. */
  readonly ready: () => boolean;
}

interface OpenSocket {
  readonly socket: WebSocket;
  readonly sink: FrameSink;
  readonly session: LiveSession;
  readonly token: string;
  readonly tokenName: string;
  answeredPing: 'yes' | 'no';
}

/** All sockets of `/v1/live`: lets them in, keeps them honest, sends heartbeats, lets them go. */
export class LiveSockets {
  readonly #options: LiveSocketsOptions;
  readonly #open = new Set<OpenSocket>();
  readonly #cancels: CancelTimer[] = [];

  constructor(options: LiveSocketsOptions) {
    this.#options = options;
  }

  /** Starts heartbeats and pings. */
  start(): void {
    const { ports, hub } = this.#options;
    this.#cancels.push(
      ports.every(heartbeatMs, () => {
        hub.store.prune();
        this.#heartbeat();
      }),
      ports.every(pingMs, () => this.#ping()),
    );
  }

  stop(): void {
    for (const cancel of this.#cancels.splice(0)) cancel();
  }

  get size(): number {
    return this.#open.size;
  }

  /** Lets a new socket in, or closes it with the reason. Handlers are attached before anything is awaited. */
  open(socket: WebSocket, offered: string | undefined): void {
    const { hub, tokens, visibilityOf, ports, logger } = this.#options;
    const sink = sinkOf(socket, ports);
    socket.on('error', (error) => logger.debug({ err: error }, 'live socket failed'));
    const token = offered === undefined ? undefined : tokens.find(offered);
    if (offered === undefined || token === undefined)
      return sink.close(closeCodes.unauthorized, 'no such token');
    if (token.role === 'ingest') return sink.close(closeCodes.forbidden, 'this token may only push');
    if (!this.#options.ready()) return sink.close(closeCodes.goingAway, 'starting: come back');
    if (this.#open.size >= socketsMax) return sink.close(closeCodes.tooMany, 'too many sockets');

    const { ceiling, name: tokenName } = token;
    const session = new LiveSession({ hub, sink, ceiling, visibilityOf, nowMs: () => ports.now() });
    const entry: OpenSocket = { socket, sink, session, token: offered, tokenName, answeredPing: 'yes' };
    this.#open.add(entry);
    socket.on('message', (data, isBinary) => {
      if (isBinary) session.onBinary();
      else session.onText(textOf(data));
    });
    socket.on('ping', () => session.onPing());
    socket.on('pong', () => (entry.answeredPing = 'yes'));
    socket.on('close', () => {
      session.end();
      this.#open.delete(entry);
    });
    // The first heartbeat at once: a page can tell ages from its first frame on.
    sink.send(hub.heartbeatFrame());
  }

  /** Tells every client to come back later. */
  closeAll(): void {
    for (const { sink } of this.#open) sink.close(closeCodes.goingAway, 'going away');
  }

  #heartbeat(): void {
    const frame = this.#options.hub.heartbeatFrame();
    for (const { sink, session, token } of this.#open) {
      // A token that was taken back ends its sockets within one heartbeat.
      if (this.#options.tokens.find(token) === undefined) {
        sink.close(closeCodes.unauthorized, 'token revoked');
        continue;
      }
      session.checkIdle();
      if (hasRoom(sink)) sink.send(frame);
    }
  }

  #ping(): void {
    for (const entry of this.#open) {
      if (entry.answeredPing === 'no') entry.socket.terminate();
      entry.answeredPing = 'no';
      entry.socket.ping();
    }
  }
}

function sinkOf(socket: WebSocket, timers: Timers): FrameSink {
  return {
    send(text) {
      if (socket.readyState === socket.OPEN) socket.send(text);
    },
    close(code, reason) {
      if (socket.readyState !== socket.OPEN) return;
      socket.close(code, reason);
      const cancel = timers.after(closeGraceMs, () => socket.terminate());
      socket.once('close', cancel);
    },
    get bufferedBytes() {
      return socket.bufferedAmount;
    },
  };
}

function textOf(data: Buffer | ArrayBuffer | Buffer[]): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString('utf8');
  return Buffer.from(data as Buffer).toString('utf8');
}
