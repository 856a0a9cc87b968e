import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { TokensUnreadableError } from './access-errors.ts';
import { writeSecretFile } from './secret-file.ts';

/** What the bearer may do: `ingest` pushes events, `analyst` asks SQL, `wall` watches, `admin` does all. */
export type TokenRole = (typeof tokenRoles)[number];

/** The most confidential visibility that the bearer may see. */
export type VisibilityCeiling = (typeof visibilityCeilings)[number];

/** How much a bearer may push in the long run; what is left out is not bounded. */
export interface PushQuota {
  readonly rowsPerSecond?: number;
  /** Bytes of bodies, after gzip. */
  readonly bytesPerSecond?: number;
  /** How many seconds' worth may come at once. */
  readonly burstSeconds?: number;
}

/** One entry of `tokens.json`. The token itself is not kept, only its hash. */
export interface Token {
  readonly name: string;
  /** SHA-256 of the token, 64 hexadecimal digits. */
  readonly sha256: string;
  readonly role: TokenRole;
  /** Feeds that may be pushed to; `*` is any feed. */
  readonly feeds: readonly string[];
  readonly ceiling: VisibilityCeiling;
  /** Without one the token may push as much as the machine takes. */
  readonly quota?: PushQuota;
}

/** All roles, for a command line's choices. */
export const tokenRoles = ['admin', 'ingest', 'analyst', 'wall'] as const;

/** All ceilings, the least confidential first. */
export const visibilityCeilings = ['public', 'internal', 'restricted'] as const;

/** Most tokens in one file: each look-up reads them all. */
export const tokensMax = 1_000;

const tokenBytes = 32;

const firstTokens = [
  { name: 'first-admin', role: 'admin', ceiling: 'restricted', variable: 'HAIDANG_ADMIN_TOKEN' },
  { name: 'first-ingest', role: 'ingest', ceiling: 'public', variable: 'HAIDANG_INGEST_TOKEN' },
  { name: 'first-analyst', role: 'analyst', ceiling: 'internal', variable: 'HAIDANG_ANALYST_TOKEN' },
  { name: 'first-wall', role: 'wall', ceiling: 'public', variable: 'HAIDANG_WALL_TOKEN' },
] as const;

/** Where the hashes are kept. */
export function tokensPath(home: string): string {
  return join(home, 'tokens.json');
}

/** Where the first plain tokens are written, once. */
export function devTokensPath(home: string): string {
  return join(home, 'dev-tokens.env');
}

/**
 * Creates the first four tokens, unless `tokens.json` is there already. The plain ones go to `dev-tokens.env`
 * (mode 0600) and nowhere else.
 *
 * @returns whether tokens were created now
 */
export function createTokens(home: string): boolean {
  if (existsSync(tokensPath(home))) return false;
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const lines: string[] = [];
  const tokens = firstTokens.map(({ name, role, ceiling, variable }): Token => {
    const plain = newPlainToken();
    lines.push(`${variable}=${plain}`);
    return { name, sha256: sha256Hex(plain), role, feeds: ['*'], ceiling };
  });
  // The plain ones first: hashes whose tokens nobody knows would lock everybody out after a crash in between.
  writeSecretFile(devTokensPath(home), `${lines.join('\n')}\n`);
  writeTokens(home, tokens);
  return true;
}

/**
 * Reads `tokens.json`.
 *
 * @throws TokensUnreadableError when the file is missing or is not a list of tokens
 */
export function loadTokens(home: string): readonly Token[] {
  const path = tokensPath(home);
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new TokensUnreadableError(path, cause);
  }
  if (!Array.isArray(content) || content.length > tokensMax || !content.every(isToken)) {
    throw new TokensUnreadableError(path, new Error(`expected a list of at most ${tokensMax} tokens`));
  }
  return content;
}

/** What a new token is to be. */
export type TokenRequest = Omit<Token, 'sha256'>;

/**
 * Adds a token and returns the plain text, which is nowhere kept. A name that is taken is refused.
 *
 * @throws TokensUnreadableError
 */
export function addToken(home: string, request: TokenRequest): { kind: 'added'; plain: string } | NameTaken {
  const tokens = loadTokens(home);
  if (tokens.some((token) => token.name === request.name)) return { kind: 'name-taken' };
  const plain = newPlainToken();
  const { name, role, feeds, ceiling, quota } = request;
  const bounded = quota === undefined ? {} : { quota };
  writeTokens(home, [...tokens, { name, sha256: sha256Hex(plain), role, feeds, ceiling, ...bounded }]);
  return { kind: 'added', plain };
}

/**
 * Takes a token out of force: running services refuse it within a second and close what it holds open.
 *
 * @returns whether there was one of this name
 * @throws TokensUnreadableError
 */
export function revokeToken(home: string, name: string): boolean {
  const tokens = loadTokens(home);
  const kept = tokens.filter((token) => token.name !== name);
  if (kept.length === tokens.length) return false;
  writeTokens(home, kept);
  return true;
}

/** Another token has this name. */
export interface NameTaken {
  readonly kind: 'name-taken';
}

/** Finds the entry of a plain token. Takes the same time whichever entry matches, or none. */
export function findToken(tokens: readonly Token[], plain: string): Token | undefined {
  const digest = createHash('sha256').update(plain).digest();
  let found: Token | undefined;
  for (const token of tokens) {
    if (timingSafeEqual(digest, Buffer.from(token.sha256, 'hex'))) found = token;
  }
  return found;
}

/** Whether the bearer may push events to a feed. */
export function mayPush(token: Token, feed: string): boolean {
  const pushes = token.role === 'ingest' || token.role === 'admin';
  return pushes && (token.feeds.includes('*') || token.feeds.includes(feed));
}

/** When `tokens.json` was last replaced: changes with every change of the file, undefined without a file. */
export function tokensStamp(home: string): string | undefined {
  const stat = statSync(tokensPath(home), { throwIfNoEntry: false });
  return stat === undefined ? undefined : `${stat.ino}:${stat.mtimeMs}:${stat.size}`;
}

function writeTokens(home: string, tokens: readonly Token[]): void {
  writeSecretFile(tokensPath(home), `${JSON.stringify(tokens, undefined, 2)}\n`);
}

function newPlainToken(): string {
  return randomBytes(tokenBytes).toString('base64url');
}

function sha256Hex(plain: string): string {
  return createHash('sha256').update(plain).digest('hex');
}

function isToken(value: unknown): value is Token {
  if (typeof value !== 'object' || value === null) return false;
  const { name, sha256, role, feeds, ceiling, quota } = value as Record<string, unknown>;
  return (
    typeof name === 'string' &&
    typeof sha256 === 'string' &&
    /^[0-9a-f]{64}$/.test(sha256) &&
    tokenRoles.some((one) => one === role) &&
    visibilityCeilings.some((one) => one === ceiling) &&
    Array.isArray(feeds) &&
    feeds.every((feed) => typeof feed === 'string') &&
    (quota === undefined || isQuota(quota))
  );
}

function isQuota(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { rowsPerSecond, bytesPerSecond, burstSeconds } = value as Record<string, unknown>;
  return [rowsPerSecond, bytesPerSecond, burstSeconds].every(
    (bound) => bound === undefined || (typeof bound === 'number' && Number.isFinite(bound) && bound > 0),
  );
}
