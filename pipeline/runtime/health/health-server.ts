import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

import { systemTimers, type CancelTimer } from '../../time/clock.ts';
import type { Metrics } from './metrics.ts';

/** Whether each thing that a process depends on answers. */
export interface Readiness {
  readonly ready: boolean;
  /** One entry per dependency, in words: `nats: ok`, `clickhouse: no answer since …`. */
  readonly checks: Readonly<Record<string, string>>;
}

/** What a process tells about itself. */
export interface HealthOptions {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  /** Content of `/healthz`, such as role, durability mode, start time. Must not wait for anything. */
  readonly health: () => Readonly<Record<string, unknown>>;
  /** Asks the dependencies; answered 503 when not ready, when it throws, or after `readinessTimeoutMs`. */
  readonly readiness: () => Promise<Readiness>;
  readonly metrics: Metrics;
  /** More than the three addresses: asked first, says whether the request was its own. */
  readonly route?: (request: IncomingMessage, response: ServerResponse) => Promise<'answered' | 'not mine'>;
}

/** A running health server. */
export interface HealthServer {
  readonly port: number;
  close(): Promise<void>;
}

/** How long the dependencies have to answer, milliseconds. */
export const readinessTimeoutMs = 3_000;

/** Serves `/healthz` (alive), `/readyz` (its dependencies answer) and `/metrics` of a process without a web server. */
export function startHealthServer(options: HealthOptions): Promise<HealthServer> {
  const server = createServer((request, response) => {
    void answer(options, request, response);
  });
  server.requestTimeout = 10_000;
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, () => {
      const address = server.address();
      const port = address !== null && typeof address === 'object' ? address.port : options.port;
      const close = (): Promise<void> =>
        new Promise((closed) => {
          server.close(() => closed());
          server.closeAllConnections();
        });
      resolve({ port, close });
    });
  });
}

async function answer(
  options: HealthOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (options.route !== undefined) {
    try {
      if ((await options.route(request, response)) === 'answered') return undefined;
    } catch (error) {
      return sendProblem(response, 500, 'INTERNAL', error instanceof Error ? error.message : String(error));
    }
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return sendProblem(response, 405, 'METHOD_NOT_ALLOWED', 'only GET and HEAD are served here');
  }
  const path = (request.url ?? '/').split('?')[0];
  if (path === '/healthz') return sendJson(response, 200, { status: 'ok', ...options.health() });
  if (path === '/metrics') {
    response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' });
    response.end(options.metrics.render());
    return;
  }
  if (path === '/readyz') {
    const readiness = await askReadiness(options.readiness);
    return sendJson(response, readiness.ready ? 200 : 503, readiness);
  }
  sendProblem(response, 404, 'NOT_FOUND', 'served here: /healthz, /readyz, /metrics');
}

async function askReadiness(readiness: HealthOptions['readiness']): Promise<Readiness> {
  let cancel: CancelTimer | undefined;
  const late = new Promise<Readiness>((resolve) => {
    const words = `no answer within ${readinessTimeoutMs} ms`;
    const giveUp = (): void => resolve({ ready: false, checks: { readiness: words } });
    cancel = systemTimers.after(readinessTimeoutMs, giveUp);
  });
  try {
    return await Promise.race([readiness(), late]);
  } catch (error) {
    return { ready: false, checks: { readiness: error instanceof Error ? error.message : String(error) } };
  } finally {
    cancel?.();
  }
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(JSON.stringify(body));
}

function sendProblem(response: ServerResponse, status: number, code: string, detail: string): void {
  response.writeHead(status, { 'content-type': 'application/problem+json' });
  const title = { NOT_FOUND: 'Not found', INTERNAL: 'Our mistake' }[code] ?? 'Method not allowed';
  response.end(JSON.stringify({ type: 'about:blank', title, status, detail, code }));
}
