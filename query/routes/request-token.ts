import type { IncomingHttpHeaders } from 'node:http';

import type { TokenBook } from '../../pipeline/runtime/access/token-book.ts';
import type { Token } from '../../pipeline/runtime/access/tokens.ts';
import { UnauthenticatedError } from '../errors.ts';

/**
 * The token of a request: `Authorization: Bearer`, basic authentication with the token as password, or
 * ClickHouse's `X-ClickHouse-Key`. Never from the URL, which ends in logs.
 *
 * @throws UnauthenticatedError
 */
export function requestToken(tokens: TokenBook, headers: IncomingHttpHeaders): Token {
  const plain = bearer(headers.authorization) ?? basicPassword(headers.authorization) ?? key(headers);
  if (plain === undefined) throw new UnauthenticatedError('send a token: Authorization: Bearer …');
  const token = tokens.find(plain);
  if (token === undefined) throw new UnauthenticatedError('this token was never issued, or was taken back');
  return token;
}

function bearer(header: string | undefined): string | undefined {
  return /^bearer +(\S+) *$/i.exec(header ?? '')?.[1];
}

function basicPassword(header: string | undefined): string | undefined {
  const encoded = /^basic +([a-z0-9+/]+={0,2}) *$/i.exec(header ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon < 0 ? undefined : text.slice(colon + 1);
}

function key(headers: IncomingHttpHeaders): string | undefined {
  const value = headers['x-clickhouse-key'];
  return typeof value === 'string' ? value : undefined;
}
