import type { ClickHouseClient } from '@clickhouse/client';
import websocket from '@fastify/websocket';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import type { KpiReader } from '../../pipeline/log/kpi-log.ts';
import type { TokenBook } from '../../pipeline/runtime/access/token-book.ts';
import type { Logger } from '../../pipeline/runtime/logger.ts';
import type { Clock, Timers } from '../../pipeline/time/clock.ts';
import { asyncApiDocument } from '../protocol/documents/asyncapi.ts';
import type { LiveValue } from '../protocol/live-value.ts';
import { LIVE_SUBPROTOCOL } from '../protocol/protocol-version.ts';
import { LiveEvents } from './live-events.ts';
import { LiveFeed } from './live-feed.ts';
import { sendLiveProblem } from './live-problem.ts';
import { visibilityIn, registryAnswer, type LiveCatalogue } from './registry-answer.ts';
import { LiveHub } from './fan-out/live-hub.ts';
import { LiveSockets } from './socket/live-sockets.ts';
import { LiveStore } from './fan-out/live-store.ts';
import { loadValues } from './load-values.ts';
import { hasTokenInUrl, isCrossSite, offeredProtocols, offeredToken } from './socket/open-token.ts';

/** `ws` cuts the connection at this size; frames between the protocol's bound and it are closed with 4413. */
const socketBytesMax = 1_024 * 1_024;

/** Fragments of one message; more than this is nobody's honest frame. */
const fragmentsMax = 1_024;

/** Everything that the live side needs from `main.ts`. */
export interface LiveDeps {
  readonly clickhouse: ClickHouseClient;
  readonly kpiReader: KpiReader;
  /** Sequence in `KPI` up to which every value is in ClickHouse; 0 before the first checkpoint. */
  readonly kpiStored: () => Promise<number>;
  readonly tokens: TokenBook;
  readonly catalogue: LiveCatalogue;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
  readonly settings: LiveSettings;
}

/** Settings of the live side. */
export interface LiveSettings {
  /** Identifies the page's files, and what it has read at its start. */
  readonly build: string | (() => string);
  /** Version of the product, for the AsyncAPI document. */
  readonly version: string;
}

/** What `main.ts` asks the live side. */
export interface LiveService {
  /** Whether a subscription would be answered with everything that ClickHouse has. */
  ready(): boolean;
  /** Open sockets, subscriptions that differ, series in memory: for metrics. */
  counts(): { readonly sockets: number; readonly groups: number; readonly series: number };
}

/**
 * Adds `/v1/live`, `/v1/registry` and `/asyncapi.json`, and starts to follow the pipeline. Closing the app
 * closes
 * every socket with 1001 and ends the feed.
 */
export async function registerLive(app: FastifyInstance, deps: LiveDeps): Promise<LiveService> {
  const { clock, timers, tokens, logger, catalogue, settings } = deps;
  const ports = {
    now: () => clock.now(),
    after: timers.after.bind(timers),
    every: timers.every.bind(timers),
  };
  const hub = new LiveHub(new LiveStore(clock), ports, settings.build);
  const load = (): Promise<readonly LiveValue[]> => loadValues(deps.clickhouse, clock.now());
  const feed = new LiveFeed(hub, { ...deps, loadValues: load });
  const visibilityOf = visibilityIn(catalogue);
  const ready = (): boolean => feed.ready;
  const sockets = new LiveSockets({ hub, tokens, visibilityOf, ports, logger, ready });
  const events = new LiveEvents({ hub, tokens, visibilityOf, ports, ready });

  await app.register(websocket, {
    options: {
      maxPayload: socketBytesMax,
      maxFragments: fragmentsMax,
      perMessageDeflate: false,
      clientTracking: false,
      handleProtocols: (offered: Set<string>) => (offered.has(LIVE_SUBPROTOCOL) ? LIVE_SUBPROTOCOL : false),
    },
    preClose: () => {
      sockets.closeAll();
      events.closeAll();
    },
  });

  app.route({
    method: 'GET',
    url: '/v1/live',
    preValidation: refuseBeforeUpgrade,
    handler: (_request, reply) =>
      problem(reply.header('upgrade', 'websocket'), 426, 'UPGRADE_REQUIRED', 'open it as a WebSocket'),
    wsHandler: (socket, request) => {
      sockets.open(socket, offeredToken(request.headers));
    },
  });
  events.addTo(app);
  app.get('/v1/registry', (request, reply) => {
    const token = tokens.find(offeredToken(request.headers) ?? '');
    if (token === undefined) return problem(reply, 401, 'TOKEN_UNKNOWN', 'a token is needed');
    return reply.header('cache-control', 'no-store').send(registryAnswer(catalogue, token.ceiling));
  });
  app.get('/asyncapi.json', (_request, reply) => reply.send(asyncApiDocument(settings.version)));

  app.addHook('onReady', () => {
    void feed.run();
    sockets.start();
  });
  app.addHook('onClose', () => {
    feed.stop();
    sockets.stop();
  });
  return {
    ready: () => feed.ready,
    counts: () => ({
      sockets: sockets.size + events.size,
      groups: hub.groupCount,
      series: hub.store.seriesCount,
    }),
  };
}

async function refuseBeforeUpgrade(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const query = request.query as Readonly<Record<string, unknown>>;
  if (hasTokenInUrl(query) === 'yes') {
    return problem(
      reply,
      400,
      'TOKEN_IN_URL',
      'a token belongs into the Authorization header, never into the URL',
    );
  }
  const protocols = offeredProtocols(request.headers);
  const token = offeredToken(request.headers);
  if (token === undefined && isCrossSite(request.headers)) {
    return problem(reply, 403, 'ORIGIN_NOT_ALLOWED', 'a page of another site may not use this session');
  }
  if (protocols.length > 0 && !protocols.includes(LIVE_SUBPROTOCOL)) {
    return problem(reply, 400, 'SUBPROTOCOL_UNKNOWN', `the subprotocol is ${LIVE_SUBPROTOCOL}`);
  }
  return undefined;
}

function problem(reply: FastifyReply, status: number, code: string, detail: string): FastifyReply {
  return sendLiveProblem(reply, { status, code, detail });
}
