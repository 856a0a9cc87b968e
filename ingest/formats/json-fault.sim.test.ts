import { strict as assert } from 'node:assert';
import fc from 'fast-check';
import { test } from 'vitest';

import { jsonFaultIndex } from './json-fault.ts';

const broken = fc
  .tuple(
    fc.json({ maxDepth: 4 }),
    fc.nat(),
    fc.constantFrom('', '"', ',', '}', ']', 'x', '\\', '-', '1', '\n', '\u0001'),
  )
  .map(([text, at, put]) => {
    const place = at % (text.length + 1);
    return { text: text.slice(0, place) + put + text.slice(place + 1), place };
  });

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false; // Asked whether it does: no is an answer.
  }
}

test('exactly the texts that JSON.parse refuses have a fault, at or after the damage', () => {
  fc.assert(
    fc.property(broken, ({ text }) => {
      const index = jsonFaultIndex(text);
      assert.equal(index === -1, parses(text), text);
      // What stands before the fault can still become JSON: cutting there gives a fault at the very end.
      if (index > 0) {
        const cut = jsonFaultIndex(text.slice(0, index));
        assert(cut === -1 || cut === index, text);
      }
    }),
    { seed: 0x15fa, numRuns: 20_000 },
  );
});

// [text, index]
const cases: readonly (readonly [string, number])[] = [
  ['', 0],
  ['{', 1],
  ['{"a"', 4],
  ['{"a":1,}', 7],
  ['[1,]', 3],
  ['[1 2]', 3],
  ['tru', 3],
  ['trux', 3],
  ['01', 1],
  ['1.', 2],
  ['"\\x"', 2],
  ['"\\u12g4"', 5],
  ['"\t"', 1],
  ['{"a":1} {"a":2}', 8],
  ['{a:1}', 1],
  [' \n[null, {"a": [-1.5e+3, ""]}] ', -1],
];
for (const [text, index] of cases) {
  test(`the fault of ${JSON.stringify(text)} is at ${index}`, () => {
    assert.equal(jsonFaultIndex(text), index);
  });
}

test('100,000 open brackets need no stack', () => {
  assert.equal(jsonFaultIndex('['.repeat(100_000)), 100_000);
});
