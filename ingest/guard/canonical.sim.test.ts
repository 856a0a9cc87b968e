import { strict as assert } from 'node:assert';
import fc from 'fast-check';
import { test } from 'vitest';

import { CanonicalWriter } from './canonical.ts';
import type { WireRow } from './schema-check.ts';

const rows = fc
  .dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 }), { maxKeys: 8 })
  .map((row) => JSON.parse(JSON.stringify(row)) as WireRow);

function canonical(row: WireRow, writer = new CanonicalWriter()): string | null {
  return writer.write(row, Object.keys(row));
}

function shuffled(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(shuffled);
  const entries = Object.entries(value).map(([key, inner]) => [key, shuffled(inner)] as const);
  return Object.fromEntries(entries.reverse());
}

test('the canonical text is JSON of the same content, and does not depend on the order of keys', () => {
  fc.assert(
    fc.property(rows, (row) => {
      const text = canonical(row);
      assert(text !== null);
      assert.deepEqual(JSON.parse(text), row);
      assert.equal(canonical(shuffled(row) as WireRow), text);
    }),
    { seed: 0xca90, numRuns: 3_000 },
  );
});

test('a writer that has seen other rows writes the same text as a new one', () => {
  const writer = new CanonicalWriter();
  fc.assert(
    fc.property(rows, (row) => {
      assert.equal(canonical(row, writer), canonical(row));
      assert.equal(canonical(row, writer), canonical(row));
    }),
    { seed: 0xca91, numRuns: 1_000 },
  );
});
