import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

import { StatementError } from '../problem.ts';

/** The one user of the embedded engine. */
export interface Credentials {
  readonly user: string;
  readonly password: string;
}

/**
 * Checks the credentials of a request: basic authentication, X-ClickHouse-User and -Key, or `user` and
 * `password` in the URL, in this order. Throws StatementError 194 when there are none, 516 when they are wrong.
 */
export function authenticate(
  expected: Credentials,
  headers: IncomingHttpHeaders,
  query: URLSearchParams,
): void {
  const given = basic(headers.authorization) ?? own(headers) ?? inUrl(query);
  if (given === undefined) {
    throw new StatementError(
      194,
      'REQUIRED_PASSWORD',
      'default: Authentication failed: password is required',
    );
  }
  const isUser = isSame(given.user, expected.user);
  const isPassword = isSame(given.password, expected.password);
  if (isUser && isPassword) return;
  throw new StatementError(
    516,
    'AUTHENTICATION_FAILED',
    `${given.user.slice(0, 64)}: Authentication failed: password is incorrect, ` +
      'or there is no user with such name',
  );
}

function basic(header: string | undefined): Credentials | undefined {
  const encoded = /^basic ([a-z0-9+/=]+)$/i.exec(header ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon < 0 ? undefined : { user: text.slice(0, colon), password: text.slice(colon + 1) };
}

function own(headers: IncomingHttpHeaders): Credentials | undefined {
  const user = headers['x-clickhouse-user'];
  const password = headers['x-clickhouse-key'];
  if (typeof user !== 'string' && typeof password !== 'string') return undefined;
  return { user: user?.toString() ?? 'default', password: password?.toString() ?? '' };
}

function inUrl(query: URLSearchParams): Credentials | undefined {
  if (!query.has('user') && !query.has('password')) return undefined;
  return { user: query.get('user') ?? 'default', password: query.get('password') ?? '' };
}

// Digests have one length, so the comparison's time says nothing about the secret.
function isSame(given: string, expected: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}
