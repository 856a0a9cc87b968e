import type { FastifyInstance, FastifyRequest } from 'fastify';
import { readFileSync } from 'node:fs';

import { devTokensPath } from '../../../pipeline/runtime/access/tokens.ts';
import { SessionRefusedError } from '../../errors.ts';
import { sessionDocument } from '../../protocol/documents/session-document.ts';
import { addApiRoute } from '../api-route.ts';

const loopback = /^(?:127(?:\.\d{1,3}){3}|::1|::ffff:127(?:\.\d{1,3}){3})$/;
const localHost = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/i;

/**
 * `GET /v1/session`: gives the wall's token to a page on this very machine, so that it starts by itself.
 *
 * Three doors must be open: the connection comes from loopback, the name in `Host` is this machine's (a foreign
 * name that points here is a rebinding), and the page that asks is our own.
 */
export function sessionRoute(app: FastifyInstance, deps: { readonly home: string }): void {
  addApiRoute(app, {
    ...{ method: 'GET', url: '/v1/session', answer: sessionDocument },
    summary: "The wall's token, for the page on this machine; elsewhere 403.",
    handler: async (request, reply) => {
      const objection = objectionTo(request);
      if (objection !== undefined) throw new SessionRefusedError(objection);
      reply.header('cache-control', 'no-store');
      return { token: wallToken(deps.home) };
    },
  });
}

function objectionTo(request: FastifyRequest): string | undefined {
  const { headers } = request;
  const elsewhere = 'this page is not opened on the machine itself: enter a token once';
  if (!loopback.test(request.raw.socket.remoteAddress ?? '')) return elsewhere;
  if (headers['x-forwarded-for'] !== undefined || headers.forwarded !== undefined) return elsewhere;
  if (!localHost.test(headers.host ?? ''))
    return 'this name is not the machine itself: open http://localhost';
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return 'only the page itself may ask';
  if (headers.origin !== undefined && headers.origin !== `http://${headers.host}`)
    return 'only the page itself may ask';
  return undefined;
}

function wallToken(home: string): string {
  const missing = 'the first tokens are not here any more: enter a token once';
  let text: string;
  try {
    text = readFileSync(devTokensPath(home), 'utf8');
  } catch (cause) {
    throw new SessionRefusedError(missing, { cause });
  }
  const token = /^HAIDANG_WALL_TOKEN=(\S+)$/m.exec(text)?.[1];
  if (token === undefined) throw new SessionRefusedError(missing);
  return token;
}
