import { strict as assert } from 'node:assert';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'vitest';

import { TokensUnreadableError } from './access-errors.ts';
import { openTokenBook } from './token-book.ts';
import {
  addToken,
  createTokens,
  devTokensPath,
  findToken,
  loadTokens,
  revokeToken,
  mayPush,
  tokensPath,
  type Token,
} from './tokens.ts';

let home = '';
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'haidang-tokens-'));
});
afterEach(() => rmSync(home, { recursive: true }));

function plainTokens(): Map<string, string> {
  const lines = readFileSync(devTokensPath(home), 'utf8').trim().split('\n');
  return new Map(lines.map((line) => [line.split('=')[0] ?? '', line.split('=')[1] ?? '']));
}

test('the first tokens are four, are found by their plain text, and only hashes stay in tokens.json', () => {
  assert.equal(createTokens(home), true);
  const tokens = loadTokens(home);
  const plain = plainTokens();
  const roles = [...plain].map(([variable, text]) => [variable, findToken(tokens, text)?.role]);
  assert.deepEqual(roles, [
    ['HAIDANG_ADMIN_TOKEN', 'admin'],
    ['HAIDANG_INGEST_TOKEN', 'ingest'],
    ['HAIDANG_ANALYST_TOKEN', 'analyst'],
    ['HAIDANG_WALL_TOKEN', 'wall'],
  ]);
  const file = readFileSync(tokensPath(home), 'utf8');
  for (const text of plain.values()) {
    assert.match(text, /^[A-Za-z0-9_-]{43}$/);
    assert(!file.includes(text));
  }
  const modes = [tokensPath(home), devTokensPath(home)].map((path) => statSync(path).mode & 0o777);
  assert.deepEqual(modes, [0o600, 0o600]);
});

test('a second start keeps the tokens of the first', () => {
  createTokens(home);
  const before = loadTokens(home);
  assert.equal(createTokens(home), false);
  assert.deepEqual(loadTokens(home), before);
});

test('a token that was not issued is not found', () => {
  createTokens(home);
  assert.equal(findToken(loadTokens(home), 'nonsense'), undefined);
  assert.equal(findToken(loadTokens(home), ''), undefined);
});

test('an added token is found with its feeds, and its name cannot be taken twice', () => {
  createTokens(home);
  const request = { name: 'sensors', role: 'ingest', feeds: ['air-1'], ceiling: 'public' } as const;
  const added = addToken(home, request);
  assert(added.kind === 'added');
  const token = findToken(loadTokens(home), added.plain);
  assert.deepEqual(token?.feeds, ['air-1']);
  assert.deepEqual(addToken(home, request), { kind: 'name-taken' });
});

// [role, feeds, feed, may push]
const pushes = [
  ['ingest', ['*'], 'any', true],
  ['ingest', ['air'], 'air', true],
  ['ingest', ['air'], 'rain', false],
  ['admin', ['*'], 'any', true],
  ['analyst', ['*'], 'any', false],
  ['wall', ['*'], 'any', false],
] as const;

for (const [role, feeds, feed, expected] of pushes) {
  test(`role ${role} with feeds ${feeds.join()} ${expected ? 'may' : 'may not'} push to ${feed}`, () => {
    const token: Token = { name: 'x', sha256: '0'.repeat(64), role, feeds, ceiling: 'public' };
    assert.equal(mayPush(token, feed), expected);
  });
}

for (const content of ['', '{}', '[{"name":"x"}]', '[{"name":"x","sha256":"zz","role":"admin"}]']) {
  test(`tokens.json with ${content || 'nothing in it'} is refused`, () => {
    writeFileSync(tokensPath(home), content);
    assert.throws(() => loadTokens(home), TokensUnreadableError);
  });
}

test('an open book learns a new token after a second, and outlives a damaged file', () => {
  createTokens(home);
  let nowMs = 0;
  const problems: unknown[] = [];
  const book = openTokenBook({
    home,
    onUnreadable: (error) => problems.push(error),
    monotonicMs: () => nowMs,
  });
  const added = addToken(home, { name: 'new', role: 'wall', feeds: [], ceiling: 'public' });
  assert(added.kind === 'added');
  assert.equal(book.find(added.plain), undefined);
  nowMs += 1_000;
  assert.equal(book.find(added.plain)?.name, 'new');

  writeFileSync(tokensPath(home), 'torn');
  nowMs += 1_000;
  assert.equal(book.find(added.plain)?.name, 'new');
  nowMs += 1_000;
  book.find(added.plain);
  assert.equal(problems.length, 1);
});

test('a revoked token is not found any more, the others are', () => {
  createTokens(home);
  const added = addToken(home, { name: 'sensors', role: 'ingest', feeds: ['air-1'], ceiling: 'public' });
  assert(added.kind === 'added');
  assert.equal(revokeToken(home, 'sensors'), true);
  assert.equal(findToken(loadTokens(home), added.plain), undefined);
  assert.equal(loadTokens(home).length, 4);
  assert.equal(revokeToken(home, 'sensors'), false);
});

test('a quota is kept with its token; one that is no positive number makes the file unreadable', () => {
  createTokens(home);
  const quota = { rowsPerSecond: 100, burstSeconds: 5 };
  addToken(home, { name: 'sensors', role: 'ingest', feeds: ['air-1'], ceiling: 'public', quota });
  const tokens = loadTokens(home);
  assert.deepEqual(tokens.at(-1)?.quota, quota);
  writeFileSync(tokensPath(home), JSON.stringify([{ ...tokens.at(-1), quota: { rowsPerSecond: 0 } }]));
  assert.throws(() => loadTokens(home), TokensUnreadableError);
});
