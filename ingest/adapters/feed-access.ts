import type { FeedConfig } from '../../pipeline/model/registry.ts';
import type { TokenBook } from '../../pipeline/runtime/access/token-book.ts';
import { mayPush, type Token } from '../../pipeline/runtime/access/tokens.ts';
import type { Switch } from '../../pipeline/runtime/settings.ts';
import { RequestRefusedError } from '../errors.ts';
import type { TokenQuotas } from '../quota/token-quotas.ts';

/** What the doors need to know about who may push where. */
export interface FeedAccess {
  readonly tokens: TokenBook;
  /** The declared feeds. */
  readonly feeds: ReadonlyMap<string, FeedConfig>;
  readonly autoFeeds: Switch;
  readonly quotas: TokenQuotas;
}

/** Name of a feed: it stands in topics, labels and tables, so nothing in it needs an escape. */
const FEED = /^[a-z0-9-]{1,64}$/;

/** Longest token that is looked at. */
const tokenCharactersMax = 512;

/**
 * Lets a bearer push to a feed (and says by which token), or says why not; the token is judged before the feed, so that a stranger learns nothing.
 *
 * @throws RequestRefusedError TOKEN_UNKNOWN, FEED_INVALID, FEED_FORBIDDEN, FEED_UNKNOWN
 */
export function authorisePush(access: FeedAccess, plain: string | undefined, feed: string): Token {
  const known = plain !== undefined && plain.length <= tokenCharactersMax ? plain : '';
  const token = access.tokens.find(known);
  if (token === undefined || known === '') {
    throw new RequestRefusedError('TOKEN_UNKNOWN', 'send Authorization: Bearer with the token of this feed');
  }
  if (!FEED.test(feed)) {
    throw new RequestRefusedError('FEED_INVALID', "a feed's name is 1 to 64 of a-z, 0-9 and -");
  }
  if (!mayPush(token, feed)) {
    throw new RequestRefusedError('FEED_FORBIDDEN', `this token may not push to ${feed}`);
  }
  if (access.autoFeeds === 'off' && !access.feeds.has(feed)) {
    throw new RequestRefusedError('FEED_UNKNOWN', `${feed} is not declared and HAIDANG_AUTO_FEEDS is off`);
  }
  return token;
}

/** @throws RequestRefusedError QUOTA_EXCEEDED while the token's quota is used up */
export function checkQuota(access: FeedAccess, token: Token): void {
  const waitMs = access.quotas.waitMs(token);
  if (waitMs === 0) return;
  const words = `this token has pushed more than its quota; it may again in ${Math.ceil(waitMs / 1_000)} s`;
  throw new RequestRefusedError('QUOTA_EXCEEDED', words, undefined, waitMs);
}

/** The token of an `Authorization` header, undefined when it is none of ours. */
export function bearerOf(header: string | undefined): string | undefined {
  const match = /^Bearer +([A-Za-z0-9._~+/=-]+) *$/i.exec(header ?? '');
  return match?.[1];
}
