import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

import type { Logger } from 'pino';

import { errorText, refused, toStatementError } from '../problem.ts';
import { sendError } from './answer.ts';
import { authenticate, type Credentials } from './auth.ts';
import { execute, type ExecutionPorts } from './execute.ts';
import { readOptions } from './request.ts';

/** Longest request line and headers: parameters and the statement of an insert come in the URL. */
export const headBytesMax = 256 * 1024;
/** Clients at once. */
export const connectionsMax = 512;

/** The listening interface, with what its owner needs to end it. */
export interface EngineServer {
  readonly server: Server;
  /** Refuses new statements; running ones go on. */
  drain(): void;
  /** Ends what runs: every statement that can be killed. */
  cancelAll(): void;
  /** Requests that are not answered yet. */
  readonly open: number;
}

/**
 * The part of ClickHouse's HTTP interface that its clients use: `/` runs a statement, `/ping` and
 * `/replicas_status` say Ok without credentials. Every other path is ClickHouse's own 404.
 */
export function createEngineServer(
  ports: ExecutionPorts,
  credentials: Credentials,
  log: Logger,
): EngineServer {
  const running = new Set<AbortController>();
  let isDraining = false;
  const server = createServer(
    { maxHeaderSize: headBytesMax, keepAliveTimeout: 30_000, noDelay: true },
    (request, response) => {
      const gone = new AbortController();
      running.add(gone);
      response.once('close', () => {
        running.delete(gone);
        if (!response.writableFinished) gone.abort();
      });
      answer(request, response, gone.signal).catch((error: unknown) => {
        log.error({ err: error }, 'a request failed in a way that has no answer');
        response.destroy();
      });
    },
  );
  server.maxConnections = connectionsMax;

  async function answer(
    request: IncomingMessage,
    response: ServerResponse,
    signal: AbortSignal,
  ): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://engine');
    if (isDraining) response.setHeader('Connection', 'close');
    if (url.pathname === '/ping' || url.pathname === '/replicas_status') {
      answerPing(response, isDraining ? 'stopping' : 'open');
      return;
    }
    try {
      if (url.pathname !== '/') {
        response.writeHead(404).end(`There is no handle ${url.pathname}\n`);
        return;
      }
      authenticate(credentials, request.headers, url.searchParams);
      if (isDraining) throw refused(236, 'ABORTED', 'The engine is stopping');
      if (!['GET', 'POST', 'HEAD'].includes(request.method ?? '')) {
        throw refused(48, 'NOT_IMPLEMENTED', 'Only GET and POST are understood');
      }
      const options = readOptions(request, url.searchParams, ports.engine.settingNames);
      if (options.query === '' && request.method !== 'POST') {
        response.writeHead(200, { 'Content-Type': 'text/plain; charset=UTF-8' }).end('Ok.\n');
        return;
      }
      await execute(ports, { request, response }, options, signal);
    } catch (error) {
      refuse(ports, log, response, error);
    }
  }

  return {
    server,
    drain: () => {
      isDraining = true;
      server.close();
      server.closeIdleConnections();
    },
    cancelAll: () => {
      for (const controller of running) controller.abort();
    },
    get open() {
      return running.size;
    },
  };
}

function answerPing(response: ServerResponse, state: 'open' | 'stopping'): void {
  response.writeHead(state === 'open' ? 200 : 503, { 'Content-Type': 'text/plain; charset=UTF-8' });
  response.end(state === 'open' ? 'Ok.\n' : 'Stopping.\n');
}

function refuse(ports: ExecutionPorts, log: Logger, response: ServerResponse, error: unknown): void {
  const problem = toStatementError(error);
  if (problem.number === 1002) log.error({ err: error }, 'a request failed unexpectedly');
  // The body may still be on its way; without it the connection cannot be used again.
  response.setHeader('Connection', 'close');
  sendError(response, problem, errorText(problem, ports.engine.version));
}
