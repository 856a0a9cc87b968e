import { strict as assert } from 'node:assert';
import { test } from 'vitest';

import { contentName, feedSeed, idHash } from './hash.ts';

const hashOf = (feed: string, id: string): string => {
  const { high, low } = idHash(feedSeed(feed), id);
  return `${high.toString(16).padStart(8, '0')}${low.toString(16).padStart(8, '0')}`;
};

test('the hashes of these ids never change: tables and checkpoints hold them', () => {
  assert.deepEqual(
    [hashOf('air', 'a'), hashOf('air', 'Bụi mịn'), hashOf('gió', ''), contentName('{"value":1}')],
    [
      '8a8bd6a2eac3ec73',
      'a28b7f0c2fa7a8b5',
      '44e94c4f4d18e36d',
      { id: 'SCCPlCjWRjS9jij_NFvw6r', contentHash: 223_592_847 },
    ],
  );
});

test('the same id in two feeds, and the same letters cut elsewhere, hash differently', () => {
  assert.notEqual(hashOf('a', 'bc'), hashOf('ab', 'c'));
  assert.notEqual(hashOf('a', 'x'), hashOf('b', 'x'));
  assert.notEqual(hashOf('a', 'x'), hashOf('a', 'x\u0000'));
});

test('300,000 ids of the kinds that senders write collide in neither half more than chance allows', () => {
  const seed = feedSeed('air-quality');
  const seen = new Set<string>();
  const lows = new Set<number>();
  const count = 300_000;
  for (let n = 0; n < count; n++) {
    const id = n % 3 === 0 ? String(n) : n % 3 === 1 ? `station-${n % 50}:${1_500_000_000 + n}` : `${n}-pm25`;
    const { high, low } = idHash(seed, id);
    seen.add(`${high}.${low}`);
    lows.add(low);
  }
  assert.equal(seen.size, count);
  // Expected collisions of 32 bits: n^2 / 2^33 = 10.5; 40 is nine standard deviations away.
  assert(count - lows.size < 40, `${count - lows.size} collisions of the low half`);
});

test('a change of one character flips about half of the 64 bits', () => {
  let flipped = 0;
  const pairs = 2_000;
  for (let n = 0; n < pairs; n++) {
    const a = BigInt(`0x${hashOf('f', `id-${n}`)}`) ^ BigInt(`0x${hashOf('f', `id-${n + 1}`)}`);
    for (let rest = a; rest > 0n; rest >>= 1n) flipped += Number(rest & 1n);
  }
  const share = flipped / pairs / 64;
  assert(share > 0.48 && share < 0.52, `${share} of the bits`);
});
