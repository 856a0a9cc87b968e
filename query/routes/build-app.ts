import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import fastify, { LogController, type FastifyError, type FastifyInstance } from 'fastify';

import type { Logger } from '../../pipeline/runtime/logger.ts';
import { countRequests, type QueryMetrics } from '../query-metrics.ts';
import { clickHouseDoor } from '../sql/doors/clickhouse-door.ts';
import { sqlDoor } from '../sql/doors/sql-door.ts';
import type { StatementRunner } from '../sql/run/statement-runner.ts';
import type { ApiRoute, RouteDeps } from './api-route.ts';
import { explainRoute } from './explain-route.ts';
import { feedRoutes } from './feed-routes.ts';
import { healthRoutes, type HealthDeps } from './health-routes.ts';
import { kpiRoutes } from './kpi-routes.ts';
import { openApiDocument, openApiRoute } from './openapi.ts';
import { isRequestError, problemOf, sendProblem, type Problem } from './problem.ts';
import { sessionRoute } from './pages/session-route.ts';
import { answerUnrouted } from './unrouted.ts';
import { webClientFiles } from './pages/web-client-files.ts';

/** Everything that the query service's HTTP side is made of. */
export interface QueryAppDeps extends RouteDeps, HealthDeps {
  readonly runner: StatementRunner;
  readonly queryMetrics: QueryMetrics;
  readonly logger: Logger;
  readonly home: string;
  /** Folder of the built web client. */
  readonly webClient: string;
  readonly version: string;
  /** Adds the live side; on the same app, since WebSockets share the port. */
  readonly addLive: (app: FastifyInstance) => Promise<unknown>;
}

/** Requests of one address to the JSON routes in a minute; SQL has its own limits, by token. */
export const requestsPerMinuteMax = 1_200;

const requestTimeoutMs = 30_000;

/** Builds the app; the caller listens and closes. */
export async function buildApp(deps: QueryAppDeps): Promise<FastifyInstance> {
  const app = fastify({
    loggerInstance: deps.logger,
    ...{
      logController: new LogController({ disableRequestLogging: true }),
      forceCloseConnections: 'idle',
      requestTimeout: requestTimeoutMs,
    },
    ajv: { customOptions: { coerceTypes: 'array', removeAdditional: false } },
  }) as unknown as FastifyInstance;
  const described: ApiRoute[] = [];
  app.addHook('onRoute', ({ config, method }) => {
    if (config?.api !== undefined && method === config.api.method) described.push(config.api);
  });
  await app.register(helmet, securityHeaders);
  countRequests(app, deps.queryMetrics);
  setErrorAnswers(app);
  answerUnrouted(app);
  const sendPage = await webClientFiles(app, deps.webClient);
  await deps.addLive(app);
  await app.register(async (doors) => clickHouseDoor(doors, { ...deps, sendPage }));
  await app.register(async (doors) => sqlDoor(doors, deps));
  healthRoutes(app, deps);
  await app.register(async (api) => {
    await api.register(rateLimit, {
      ...{ max: requestsPerMinuteMax, timeWindow: 60_000 },
      errorResponseBuilder: () =>
        Object.assign(new Error('too many requests; wait a minute'), { statusCode: 429 }),
    });
    kpiRoutes(api, deps);
    explainRoute(api, deps);
    feedRoutes(api, deps);
    sessionRoute(api, deps);
  });
  openApiRoute(app, openApiDocument(described, deps.version));
  return app;
}

// The page's own files and its own WebSocket, nothing else. Styles may be inline: charts set them.
const securityHeaders = {
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'self'"],
      scriptSrc: ["'self'"],
      styleSrc: ["'self'", "'unsafe-inline'"],
      imgSrc: ["'self'", 'data:', 'blob:'],
      fontSrc: ["'self'", 'data:'],
      connectSrc: ["'self'", 'ws:', 'wss:'],
      workerSrc: ["'self'", 'blob:'],
      objectSrc: ["'none'"],
      baseUri: ["'none'"],
      formAction: ["'none'"],
      frameAncestors: ["'self'"],
    },
  },
  // One machine on plain HTTP is the default: a promise of TLS would lock its pages out.
  strictTransportSecurity: false,
  crossOriginEmbedderPolicy: false,
  crossOriginOpenerPolicy: false,
  originAgentCluster: false,
} as const;

function setErrorAnswers(app: FastifyInstance): void {
  app.setErrorHandler((error: FastifyError, request, reply) => {
    if (isRequestError(error)) return sendProblem(reply, problemOf(error));
    const status = error.statusCode ?? 500;
    if (status >= 500) request.log.error({ err: error }, 'a request could not be answered');
    return sendProblem(reply, plainProblem(status, status >= 500 ? 'this is our mistake' : error.message));
  });
}

const titles: ReadonlyMap<number, readonly [string, string]> = new Map([
  [400, ['Malformed request', 'MALFORMED_REQUEST']],
  [404, ['Not found', 'NOT_FOUND']],
  [413, ['Too large', 'BODY_TOO_LARGE']],
  [415, ['Unknown content type', 'CONTENT_TYPE_UNKNOWN']],
  [429, ['Too many requests', 'TOO_MANY_REQUESTS']],
  [503, ['Not now', 'GOING_AWAY']],
]);

function plainProblem(status: number, detail: string): Problem {
  const [title, code] =
    titles.get(status) ?? (status >= 500 ? ['Our mistake', 'INTERNAL'] : ['Refused', 'REFUSED']);
  return { type: 'about:blank', title, status, detail: detail.slice(0, 500), code };
}
