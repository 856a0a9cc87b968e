import type { ServerResponse } from 'node:http';

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import type { TokenBook } from '../../pipeline/runtime/access/token-book.ts';
import type { Token } from '../../pipeline/runtime/access/tokens.ts';
import type { Clock, Timers } from '../../pipeline/time/clock.ts';
import type { FrameSink } from './fan-out/frame-sink.ts';
import { forbiddenKpi, liveFilter, type VisibilityOf } from './fan-out/live-filter.ts';
import { hasRoom, type LiveHub } from './fan-out/live-hub.ts';
import { heartbeatMs } from './socket/live-sockets.ts';
import { hasTokenInUrl, offeredToken } from './socket/open-token.ts';
import { sendLiveProblem } from './live-problem.ts';

/** Most event streams at once; each holds a connection for as long as it likes. */
export const eventStreamsMax = 1_000;

/** Most patterns of one stream, as in `subscribe`. */
const patternsMax = 64;
const pattern = /^[a-z0-9_.-]{0,128}\*?$/;

/** What the event streams of one process share. */
export interface LiveEventsDeps {
  readonly hub: LiveHub;
  readonly tokens: TokenBook;
  readonly visibilityOf: VisibilityOf;
  readonly ports: Clock & Timers;
  readonly ready: () => boolean;
}

/**
 * `GET /v1/live/events?kpis=…&areas=…`: the frames of `/v1/live` as server-sent events, for those who cannot use
 * a WebSocket. The event's name is the frame's type, its id the cursor; `Last-Event-ID` resumes.
 */
export class LiveEvents {
  readonly #deps: LiveEventsDeps;
  readonly #open = new Set<ServerResponse>();

  constructor(deps: LiveEventsDeps) {
    this.#deps = deps;
  }

  addTo(app: FastifyInstance): void {
    app.get('/v1/live/events', (request, reply) => this.#answer(request, reply));
  }

  /** Ends every stream; clients come back by themselves. */
  closeAll(): void {
    for (const response of this.#open) response.end();
  }

  get size(): number {
    return this.#open.size;
  }

  #answer(request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const { tokens, visibilityOf, ready } = this.#deps;
    const query = request.query as Readonly<Record<string, unknown>>;
    const refuse = (status: number, code: string, detail: string): FastifyReply =>
      sendLiveProblem(reply, { status, code, detail });
    if (hasTokenInUrl(query) === 'yes') {
      return refuse(400, 'TOKEN_IN_URL', 'a token belongs into the Authorization header, never into the URL');
    }
    const plain = offeredToken(request.headers) ?? '';
    const token = tokens.find(plain);
    if (token === undefined) return refuse(401, 'TOKEN_UNKNOWN', 'a token is needed');
    if (token.role === 'ingest') return refuse(403, 'KPI_NOT_ALLOWED', 'this token may only push');
    const kpis = patterns(query['kpis']);
    const areas = patterns(query['areas'] ?? '*');
    if (kpis === undefined || areas === undefined) {
      const detail = `kpis and areas are 1 to ${patternsMax} ids or beginnings with *, comma separated`;
      return refuse(400, 'BAD_FRAME', detail);
    }
    const hidden = forbiddenKpi(kpis, token.ceiling, visibilityOf);
    if (hidden !== undefined) return refuse(403, 'KPI_NOT_ALLOWED', `this token may not see ${hidden}`);
    if (!ready()) return refuse(503, 'GOING_AWAY', 'starting: come back');
    if (this.#open.size >= eventStreamsMax) return refuse(429, 'TOO_MANY_SUBSCRIPTIONS', 'too many streams');
    this.#stream(request, reply, { kpis, areas, plain, token });
    return reply;
  }

  #stream(
    request: FastifyRequest,
    reply: FastifyReply,
    asked: {
      readonly kpis: readonly string[];
      readonly areas: readonly string[];
      readonly plain: string;
      readonly token: Token;
    },
  ): void {
    const { hub, tokens, visibilityOf, ports } = this.#deps;
    reply.hijack();
    const response = reply.raw;
    response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    this.#open.add(response);
    const sink = eventSink(response);
    const filter = liveFilter({ ...asked, ceiling: asked.token.ceiling, visibilityOf });
    const cursor = request.headers['last-event-id'];
    sink.send(hub.heartbeatFrame());
    const leave = hub.subscribe(
      sink,
      { id: 'events', filter, historyMs: 0, maxRateMs: 0 },
      typeof cursor === 'string' && cursor !== '' ? cursor : undefined,
    );
    const cancel = ports.every(heartbeatMs, () => {
      if (tokens.find(asked.plain) === undefined) response.end();
      else if (hasRoom(sink)) sink.send(hub.heartbeatFrame());
    });
    response.on('close', () => {
      cancel();
      leave();
      this.#open.delete(response);
    });
  }
}

// Frames are built once for many readers and begin with these fields: nobody parses them again.
const frameStart = /^\{"type":"([a-z]+)"(?:,"id":"events","cursor":"([^"]+)")?/;

// A heartbeat has no cursor, so it has no id: the browser keeps the last one.
function eventSink(response: ServerResponse): FrameSink {
  return {
    send(text) {
      if (response.writableEnded || response.destroyed) return;
      const [, type = 'error', cursor] = frameStart.exec(text) ?? [];
      const id = cursor === undefined ? '' : `id: ${cursor}\n`;
      response.write(`event: ${type}\n${id}data: ${text}\n\n`);
    },
    close() {
      // It does not read: what waits for it is of no use to anybody.
      response.destroy();
    },
    get bufferedBytes() {
      return response.writableLength;
    },
  };
}

function patterns(asked: unknown): string[] | undefined {
  const all = (Array.isArray(asked) ? asked : [asked]).flatMap((one) =>
    typeof one === 'string' ? one.split(',').map((part) => part.trim()) : [''],
  );
  const isRight = all.length <= patternsMax && all.every((one) => one !== '' && pattern.test(one));
  return isRight ? all : undefined;
}
