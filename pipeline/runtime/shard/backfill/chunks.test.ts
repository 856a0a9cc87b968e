import { strict as assert } from 'node:assert';
import { test } from 'vitest';

import { type Bucket, chunksOf, slicesOf, takeChunks } from './chunks.ts';

const ALL = { from: -Infinity, to: Infinity };
const bucket = (first: number, last: number, slices = 1): Bucket => ({ first, last, slices });
const told = (chunks: readonly { from: number; to: number; slices: number }[]): readonly string[] =>
  chunks.map(({ from, to, slices }) => `[${from}, ${to}) ${slices}`);

// [case, buckets, span, chunks newest first]
const cases = [
  ['none', [], ALL, []],
  ['apart', [bucket(0, 0), bucket(10, 12, 5)], ALL, ['[10, 13) 5', '[0, 1) 1']],
  ['overlapping windows belong to the newest', [bucket(0, 9), bucket(5, 14)], ALL, ['[5, 15) 1', '[0, 5) 1']],
  ['all days of one month', [bucket(3, 3), bucket(3, 3), bucket(3, 3)], ALL, ['[3, 4) 3']],
  ['a span cuts', [bucket(0, 9), bucket(10, 19)], { from: 5, to: 15 }, ['[10, 15) 1', '[5, 10) 1']],
  ['outside a span', [bucket(0, 9), bucket(30, 39)], { from: 10, to: 20 }, []],
] as const;

for (const [name, buckets, span, expected] of cases) {
  test(`chunks share no window and leave none out: ${name}`, () => {
    assert.deepEqual(told(chunksOf(buckets, span)), expected);
  });
}

test('a step takes the newest chunks up to its bound, and one at least', () => {
  const chunks = chunksOf([bucket(0, 0, 4), bucket(1, 1, 4), bucket(2, 2, 9)], ALL);
  assert.deepEqual(told([takeChunks(chunks, { slicesMax: 5, gapMsMax: 9 })]), ['[2, 3) 9']);
  assert.deepEqual(told([takeChunks(chunks, { slicesMax: 8, gapMsMax: 9 })]), ['[0, 2) 8']);
  assert.equal(slicesOf(chunks), 0);
});

test('a step does not reach over a wide gap: all that lies in it would be asked for', () => {
  const chunks = chunksOf([bucket(0, 0), bucket(5, 5), bucket(1_000, 1_000)], ALL);
  assert.deepEqual(told([takeChunks(chunks, { slicesMax: 9, gapMsMax: 10 })]), ['[1000, 1001) 1']);
  assert.deepEqual(told([takeChunks(chunks, { slicesMax: 9, gapMsMax: 10 })]), ['[0, 6) 2']);
});
