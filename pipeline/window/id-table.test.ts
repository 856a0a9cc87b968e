import { strict as assert } from 'node:assert';
import fc from 'fast-check';
import { test } from 'vitest';

import { IdFilter } from './id-filter.ts';
import { IdTable } from './id-table.ts';

const word = fc.integer({ min: 0, max: 0xffff_ffff });
const id = fc.record({ high: word, low: word, content: word, hour: fc.integer({ min: 1, max: 500 }) });

test('the table knows exactly what a Map of the same ids knows, also after forgetting', () => {
  fc.assert(
    fc.property(fc.array(id, { maxLength: 3_000 }), fc.integer({ min: 0, max: 600 }), (ids, hour) => {
      const table = new IdTable();
      const twin = new Map<string, { content: number; hour: number }>();
      for (const one of ids) {
        const key = `${one.high}:${one.low}`;
        const before = twin.get(key);
        const expected =
          before === undefined ? 'unknown' : before.content === one.content ? 'same' : 'conflict';
        assert.equal(table.find(one.high, one.low, one.content), expected);
        if (before !== undefined) continue;
        table.add(one.high, one.low, one.content, one.hour);
        twin.set(key, one);
      }
      table.forget(hour);
      const kept = [...twin.values()].filter((one) => one.hour >= hour).length;
      assert.equal(table.size, kept);
      for (const one of ids) {
        const known = (twin.get(`${one.high}:${one.low}`)?.hour ?? 0) >= hour;
        assert.equal(table.find(one.high, one.low, one.content) !== 'unknown', known);
      }
    }),
    { seed: 17, numRuns: 60 },
  );
});

test('the filter never denies an id that it was told of', () => {
  fc.assert(
    fc.property(fc.array(id, { maxLength: 2_000 }), (ids) => {
      const filter = new IdFilter(1 << 12);
      for (const { high, low } of ids) filter.note(high, low);
      for (const { high, low } of ids) assert.equal(filter.has(high, low), true);
    }),
    { seed: 18, numRuns: 30 },
  );
});

test('with a million ids the filter suspects fewer than one new id in a thousand', () => {
  const filter = new IdFilter();
  const hash = (n: number, salt: number) =>
    Math.imul(n ^ salt, 0x9e3779b1) ^ (Math.imul(n, 0x85ebca6b) >>> 13);
  for (let n = 0; n < 1_000_000; n++) filter.note(hash(n, 1) >>> 0, hash(n, 2) >>> 0);
  let suspected = 0;
  for (let n = 2_000_000; n < 2_100_000; n++)
    if (filter.has(hash(n, 1) >>> 0, hash(n, 2) >>> 0)) suspected += 1;
  assert.ok(suspected < 100, `${suspected} of 100,000 new ids were suspected`);
});
