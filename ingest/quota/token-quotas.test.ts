import { strict as assert } from 'node:assert';
import { test } from 'vitest';

import type { PushQuota, Token } from '../../pipeline/runtime/access/tokens.ts';
import { TokenQuotas } from './token-quotas.ts';

function tokenWith(quota: PushQuota | undefined, name = 'a'): Token {
  const token = { name, sha256: name, role: 'ingest', feeds: ['*'], ceiling: 'public' } as const;
  return quota === undefined ? token : { ...token, quota };
}

function quotasAt(): { readonly quotas: TokenQuotas; readonly clock: { nowMs: number } } {
  const clock = { nowMs: 0 };
  return { clock, quotas: new TokenQuotas(() => clock.nowMs) };
}

//   rows/s 10, burst 2 s     take 20      0.1 s later
//   left   20                0: wait      1: one more may come
test('the burst may come at once, then the rate is what is left', () => {
  const { quotas, clock } = quotasAt();
  const token = tokenWith({ rowsPerSecond: 10, burstSeconds: 2 });
  assert.equal(quotas.waitMs(token), 0);
  quotas.take(token, 20, 1_000_000);
  assert(quotas.waitMs(token) > 0);
  clock.nowMs = 100;
  assert.equal(quotas.waitMs(token), 0);
});

test('a request larger than the burst passes once, and its debt is waited out', () => {
  const { quotas, clock } = quotasAt();
  const token = tokenWith({ rowsPerSecond: 10, burstSeconds: 1 });
  quotas.take(token, 1_010, 0);
  assert.equal(quotas.waitMs(token), 100_000);
  clock.nowMs = 99_999;
  assert.equal(quotas.waitMs(token), 1);
  clock.nowMs = 100_001;
  assert.equal(quotas.waitMs(token), 0);
});

test('whoever always pushes when it may gets no more than the burst and the rate', () => {
  const { quotas, clock } = quotasAt();
  const token = tokenWith({ rowsPerSecond: 100, burstSeconds: 1 });
  let pushed = 0;
  for (; clock.nowMs < 10_000; clock.nowMs += 1) {
    if (quotas.waitMs(token) > 0) continue;
    quotas.take(token, 7, 0);
    pushed += 7;
  }
  assert(pushed >= 1_093 && pushed <= 1_107, String(pushed));
});

test('bytes are counted beside rows, and the longer wait counts', () => {
  const { quotas } = quotasAt();
  const token = tokenWith({ rowsPerSecond: 1, bytesPerSecond: 100, burstSeconds: 1 });
  quotas.take(token, 2, 1_100);
  assert.equal(quotas.waitMs(token), 10_000);
});

test('one token that has used its quota up leaves the others theirs, and a token without one has none', () => {
  const { quotas } = quotasAt();
  const quota = { rowsPerSecond: 1, burstSeconds: 1 };
  quotas.take(tokenWith(quota, 'a'), 1_000, 0);
  assert.equal(quotas.waitMs(tokenWith(quota, 'b')), 0);
  quotas.take(tokenWith(undefined, 'c'), 1e9, 1e12);
  assert.equal(quotas.waitMs(tokenWith(undefined, 'c')), 0);
});

test('another quota of the same token holds from the next look on', () => {
  const { quotas } = quotasAt();
  quotas.take(tokenWith({ rowsPerSecond: 1, burstSeconds: 1 }), 101, 0);
  assert.equal(quotas.waitMs(tokenWith({ rowsPerSecond: 1_000, burstSeconds: 1 })), 100);
});
