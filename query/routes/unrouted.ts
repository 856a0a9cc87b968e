import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import { sendProblem } from './problem.ts';

/** Names of the contract that no route answers yet. */
const notBuilt =
  /^\/(?:v1\/(?:alarms|incidents|cap|reports|endpoints\/[^/]+)|open-data\/catalog\.jsonld)(?:\/|$)/;

/**
 * Answers what no route takes: 404 `NOT_BUILT` for a name of the contract, 405 with `Allow` for a path that has
 * other methods, 404 otherwise. Call it before the first route is added.
 */
export function answerUnrouted(app: FastifyInstance): void {
  const routes: { readonly path: RegExp; readonly methods: readonly string[] }[] = [];
  app.addHook('onRoute', ({ url, method }) => {
    // The pattern of the web client's files would take every path.
    if (!url.includes('*')) routes.push({ path: patternOf(url), methods: [method].flat() });
  });
  const answer = (request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const path = request.url.split('?')[0] ?? '';
    const allowed = new Set(
      routes.filter((route) => route.path.test(path)).flatMap(({ methods }) => methods),
    );
    const type = 'about:blank';
    if (notBuilt.test(path)) {
      const detail = `${path.slice(0, 200)} is part of the contract and not built yet`;
      return sendProblem(reply, { type, title: 'Not found', status: 404, detail, code: 'NOT_BUILT' });
    }
    if (allowed.size > 0 && !allowed.has(request.method)) {
      const methods = [...allowed].sort().join(', ');
      const detail = `${path.slice(0, 200)} is for ${methods}`;
      reply.header('allow', methods);
      const title = 'Method not allowed';
      return sendProblem(reply, { type, title, status: 405, detail, code: 'METHOD_NOT_ALLOWED' });
    }
    const detail = `nothing is at ${path.slice(0, 200)}`;
    return sendProblem(reply, { type, title: 'Not found', status: 404, detail, code: 'NOT_FOUND' });
  };
  // Before the body is read: nobody's content type matters here.
  app.addHook('onRequest', (request, reply, done) => {
    if (request.is404) answer(request, reply);
    else done();
  });
  app.setNotFoundHandler(answer);
}

function patternOf(url: string): RegExp {
  return new RegExp(`^${url.replaceAll(/[.]/g, String.raw`\.`).replaceAll(/:\w+/g, '[^/]+')}$`);
}
