import { strict as assert } from 'node:assert';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';

import type { Token } from '../../pipeline/runtime/access/tokens.ts';
import type { Readiness } from '../../pipeline/runtime/health/health-server.ts';
import type { Metrics } from '../../pipeline/runtime/health/metrics.ts';
import type { Logger } from '../../pipeline/runtime/logger.ts';
import type { Durability } from '../../pipeline/runtime/settings.ts';
import type { ExclusionLog } from '../corrections/exclusion-log.ts';
import { addExclusions } from '../corrections/exclusion-routes.ts';
import { RequestRefusedError } from '../errors.ts';
import { bodyBytesMax, inflated } from '../formats/body-text.ts';
import { readRows } from '../formats/rows.ts';
import type { Intake } from '../intake.ts';
import { rowFormat } from './content-type.ts';
import { authorisePush, bearerOf, checkQuota, type FeedAccess } from './feed-access.ts';
import { checkHeaders } from './request-headers.ts';
import { answerBrokenRequest, httpRefusal, problemOf, problemType } from './problem.ts';

/** What the HTTP door needs. */
export interface HttpDoorOptions {
  readonly intake: Intake;
  readonly access: FeedAccess;
  readonly exclusions: ExclusionLog;
  readonly metrics: Metrics;
  readonly durability: Durability;
  readonly readiness: () => Promise<Readiness>;
  readonly logger: Logger;
  /** A request that is not whole after this time is answered 408, milliseconds. */
  readonly requestTimeoutMs?: number;
}

/** Connections that are held at most; the operating system keeps others waiting. */
export const connectionsMax = 2_000;

/** Bytes of bodies that are being read or judged at most, over all connections. */
export const bodiesBytesMax = 128 * 1024 * 1024;

const requestTimeoutMsDefault = 30_000;
const timeoutCheckMs = 1_000;
/** Longer than any name of a feed, so that a long one is told what is wrong with it. */
const parameterCharactersMax = 2_000;

/** Standards that keep their own paths here, once their adapters are built. */
const NOT_BUILT = /^\/(api\/v2\/write|v1\.1\/|ngsi-ld\/v1\/|open311\/v2\/|v1\/feeds\/[^/]*\/webhook)/;

const ROUTES: readonly { readonly path: RegExp; readonly allow: string }[] = [
  { path: /^\/v1\/feeds\/[^/]*\/events$/, allow: 'POST' },
  { path: /^\/v1\/feeds\/[^/]*\/exclusions$/, allow: 'POST' },
  { path: /^\/v1\/feeds\/[^/]*\/exclusions\/[^/]*$/, allow: 'DELETE' },
  { path: /^\/(healthz|readyz|metrics)$/, allow: 'GET, HEAD' },
];

/** Builds the HTTP door; `listen` and `close` are the caller's. */
export function httpDoor(options: HttpDoorOptions): FastifyInstance {
  const requestTimeout = options.requestTimeoutMs ?? requestTimeoutMsDefault;
  const app = fastify({
    bodyLimit: bodyBytesMax,
    requestTimeout,
    // A request without Host is answered by us, as a problem.
    http: { connectionsCheckingInterval: timeoutCheckMs, requireHostHeader: false },
    routerOptions: { maxParamLength: parameterCharactersMax },
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    clientErrorHandler: answerBrokenRequest,
    logger: false,
  });
  app.server.maxConnections = connectionsMax;
  // What a sender expects beside 100-continue is not refused (417, without a body): the request is answered as any other.
  app.server.on('checkExpectation', (request, response) => app.server.emit('request', request, response));
  // Node swaps the two when the one for headers (60 s by default) is longer: a dribbled body would have 60 s.
  app.server.headersTimeout = requestTimeout;
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  app.setErrorHandler((error, _request, reply) => {
    const refusal = httpRefusal(error);
    if (refusal.status === 500) options.logger.error({ err: error, code: refusal.code }, 'a request failed');
    options.intake.countRefusal(refusal.code);
    sendProblem(reply, refusal);
  });
  app.setNotFoundHandler((request, reply) => sendProblem(reply, notFound(request, reply)));
  app.addHook('onRequest', async ({ raw }) => checkHeaders(raw.rawHeaders, raw.httpVersion));
  addClosing(app);
  addEvents(app, options);
  addExclusions(app, options);
  addHealth(app, options);
  return app;
}

/** While closing, what was accepted is answered and its connection ends; a new request is told to come back. */
function addClosing(app: FastifyInstance): void {
  let isClosing = false;
  app.addHook('preClose', async () => {
    isClosing = true;
  });
  app.addHook('onRequest', async () => {
    if (isClosing) throw new RequestRefusedError('SHUTTING_DOWN', 'nothing was accepted; come back');
  });
  app.addHook('onSend', async (_request, reply) => {
    if (isClosing) reply.header('connection', 'close');
  });
}

function addEvents(app: FastifyInstance, { intake, access }: HttpDoorOptions): void {
  const tokens = new WeakMap<FastifyRequest, Token>();
  const post = async (request: FastifyRequest<{ Params: { feed?: string } }>): Promise<unknown> => {
    const format = rowFormat(request.headers['content-type']);
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    const bytes = await inflated(body, request.headers['content-encoding']);
    const token = tokens.get(request);
    assert(token !== undefined, 'onRequest has let it in');
    // Others may have used the quota up while this body was read; one that turns out unreadable has cost its bytes.
    checkQuota(access, token);
    access.quotas.take(token, 0, bytes.length);
    const rows = readRows(bytes, format);
    access.quotas.take(token, rows.rows.length, 0);
    return intake.accept(request.params.feed ?? '', rows, bytes.length);
  };
  const bodies = { bytes: 0 };
  // Everything that can be refused without the body is refused before it is read.
  const onRequest = async (
    request: FastifyRequest<{ Params: { feed?: string } }>,
    reply: FastifyReply,
  ): Promise<void> => {
    const bearer = bearerOf(request.headers.authorization);
    const token = authorisePush(access, bearer, request.params.feed ?? '');
    tokens.set(request, token);
    checkQuota(access, token);
    rowFormat(request.headers['content-type']);
    intake.checkRoom();
    reserveBody(bodies, request, reply);
  };
  app.post('/v1/feeds/:feed/events', { onRequest }, post);
  app.post('/v1/feeds//events', { onRequest }, post);
}

/** A body of unknown length may become as long as any. What is reserved is free again when the answer is out. */
function reserveBody(bodies: { bytes: number }, request: FastifyRequest, reply: FastifyReply): void {
  const declared = Number(request.headers['content-length'] ?? bodyBytesMax);
  const bytes = Math.min(declared, bodyBytesMax);
  if (bodies.bytes + bytes > bodiesBytesMax) {
    throw new RequestRefusedError('QUEUE_FULL', 'too many bodies are being read; nothing was accepted');
  }
  bodies.bytes += bytes;
  reply.raw.once('close', () => {
    bodies.bytes -= bytes;
  });
}

function addHealth(app: FastifyInstance, options: HttpDoorOptions): void {
  const { durability, metrics, readiness, intake } = options;
  app.get('/healthz', async () => ({ status: 'ok', role: 'ingest', durability }));
  app.get('/readyz', async (_request, reply) => {
    const answer = await readiness().catch((error: unknown): Readiness => ({
      ready: false,
      checks: { readiness: error instanceof Error ? error.message : String(error) },
    }));
    return reply.code(answer.ready ? 200 : 503).send(answer);
  });
  app.get('/metrics', async (_request, reply) => {
    intake.measure();
    return reply.type('text/plain; version=0.0.4; charset=utf-8').send(metrics.render());
  });
}

function notFound(request: FastifyRequest, reply: FastifyReply): RequestRefusedError {
  const path = request.url.split('?')[0] ?? '';
  const route = ROUTES.find((one) => one.path.test(path));
  if (route !== undefined) {
    reply.header('allow', route.allow);
    return new RequestRefusedError('METHOD_NOT_ALLOWED', `only ${route.allow} is served here`);
  }
  if (NOT_BUILT.test(path)) {
    return new RequestRefusedError(
      'NOT_BUILT',
      'this standard has no adapter yet; see /v1/feeds/{feed}/events',
    );
  }
  return new RequestRefusedError('NOT_FOUND', 'events go to /v1/feeds/{feed}/events');
}

function sendProblem(reply: FastifyReply, refusal: RequestRefusedError): void {
  if (refusal.retryAfterSeconds !== undefined) reply.header('retry-after', refusal.retryAfterSeconds);
  if (refusal.status === 401) reply.header('www-authenticate', 'Bearer realm="haidang"');
  // What follows a request that is not understood may be understood wrongly: nothing more is read here.
  if (refusal.code === 'REQUEST_MALFORMED') reply.header('connection', 'close');
  // Bytes, so that the framework adds no charset to the media type.
  const body = Buffer.from(JSON.stringify(problemOf(refusal)));
  void reply.code(refusal.status).header('content-type', problemType).send(body);
}
