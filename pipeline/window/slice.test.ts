import { strict as assert } from 'node:assert';
import fc from 'fast-check';
import { test } from 'vitest';

import { addToSlice, emptySlice, meanOf, scaled, type Slice } from './slice.ts';

const value = fc.double({ min: -1e9, max: 1e9, noNaN: true });

function fold(values: readonly number[]): Slice {
  const slice = emptySlice();
  values.forEach((one, index) => addToSlice(slice, one, 1, index + 1));
  return slice;
}

test('a mean does not depend on the order of the values, to the last bit', () => {
  fc.assert(
    fc.property(
      fc
        .array(value, { minLength: 1, maxLength: 60 })
        .chain((list) => fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length }))),
      ([sent, arrived]) => assert.equal(meanOf(fold(sent)), meanOf(fold(arrived))),
    ),
    { seed: 1459, numRuns: 500 },
  );
});

const rounded = [
  [0.0000005, 0],
  [0.0000015, 2],
  [-0.0000025, -2],
  [35.2, 35_200_000],
  [3_000_000_000.0000005, 3_000_000_000_000_000],
  [-3_000_000_000.0000015, -3_000_000_000_000_002],
  [9_007_199_254, 9_007_199_254_000_000],
] as const;

for (const [given, whole] of rounded) {
  test(`${given} counts as ${whole} millionths, half to even`, () => {
    assert.equal(scaled(given), whole);
  });
}

test('only good values enter the sum, all of them the total', () => {
  const slice = emptySlice();
  addToSlice(slice, 10, 1, 5);
  addToSlice(slice, 999, 0, 9);
  assert.deepEqual(
    { good: slice.good, total: slice.total, mean: meanOf(slice), asOf: slice.asOf },
    {
      good: 1,
      total: 2,
      mean: 10,
      asOf: 9,
    },
  );
});
