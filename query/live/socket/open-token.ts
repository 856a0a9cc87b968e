import type { IncomingHttpHeaders } from 'node:http';

import { BEARER_SUBPROTOCOL_PREFIX } from '../../protocol/protocol-version.ts';

/** Query parameters that look like a token: a URL ends up in logs and histories. */
const tokenParameters = ['token', 'access_token', 'bearer', 'authorization', 'auth', 'key', 'password'];

/** The token of a request, from its header or from its second subprotocol. */
export function offeredToken(headers: IncomingHttpHeaders): string | undefined {
  const authorization = headers.authorization;
  if (authorization !== undefined) return /^Bearer +(\S+) *$/i.exec(authorization)?.[1];
  const bearer = offeredProtocols(headers).find((one) => one.startsWith(BEARER_SUBPROTOCOL_PREFIX));
  return bearer?.slice(BEARER_SUBPROTOCOL_PREFIX.length);
}

/** Subprotocols that the client names. */
export function offeredProtocols(headers: IncomingHttpHeaders): string[] {
  const offered = headers['sec-websocket-protocol'] ?? '';
  return offered.split(',').flatMap((one) => (one.trim() === '' ? [] : [one.trim()]));
}

/** Whether somebody put a token into the URL; such a request is refused, also when the token is good. */
export function hasTokenInUrl(query: Readonly<Record<string, unknown>>): 'yes' | 'no' {
  return Object.keys(query).some((name) => tokenParameters.includes(name.toLowerCase())) ? 'yes' : 'no';
}

/** Whether a page of another site opened this request: browsers say from where. */
export function isCrossSite(headers: IncomingHttpHeaders): boolean {
  const { origin, host } = headers;
  if (origin === undefined) return false;
  try {
    return new URL(origin).host !== host;
  } catch (error) {
    if (error instanceof TypeError) return true;
    throw error;
  }
}
