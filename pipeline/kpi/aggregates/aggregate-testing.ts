import fc from 'fast-check';
import type { Aggregate, Sample } from '../../window/group/aggregate.ts';
import { AGGREGATES } from './aggregates.ts';
import { quantile } from './boxes/quantile.ts';
import { topK } from './boxes/top-k.ts';

/** Every aggregate, those with a parameter more than once. */
export const TRIED: readonly Aggregate[] = [
  ...AGGREGATES.values(),
  ...[0, 0.25, 0.5, 0.9999, 1].map(quantile),
  topK(1),
  topK(3),
];

/** A row: its sample, and where a test puts it: which slice, and its place in another order. */
export interface TriedRow extends Sample {
  readonly part: number;
  readonly order: number;
}

const HALF_MAX = 4_294_967_295;

const value = fc.oneof(
  fc.integer({ min: -50, max: 400 }),
  fc.integer({ min: -1_000, max: 200_000 }).map((tenths) => tenths / 10),
  fc.double({ min: -200, max: 200, noNaN: true }),
  fc.double({ min: -9_007_199_254, max: 9_007_199_254, noNaN: true }),
  fc.constantFrom(0, -0, 65.35, 9_007_199_254.740_992, -9_007_199_254.740_992, 0.000_000_5, 0.000_001_5),
  fc.constantFrom(5e-324, -1e-9, 1e300, -1e300, 1.7e308, 1_790_000_000_000, 2 ** 43, -(2 ** 60)),
);

const text = fc.oneof(
  fc.constantFrom(
    '',
    'a',
    'b',
    'B',
    '#',
    "it's",
    'a\\b',
    'đường',
    'Đường',
    'ổ gà',
    '\u{1f6a7}',
    '\ue000',
    'a\u0000',
  ),
  fc.string({ unit: 'binary', maxLength: 40 }),
);

/** Rows with few times, so that ids decide; some values are equal, some extreme. */
export const triedRow: fc.Arbitrary<TriedRow> = fc.record({
  value,
  text,
  time: fc.oneof(
    fc.integer({ min: 0, max: 5 }).map((minute) => 1_790_000_000_000 + minute * 60_000),
    fc.integer({ min: 1_790_000_000_000, max: 1_820_000_000_000 }),
  ),
  idHigh: fc.oneof(fc.constantFrom(0, 1, HALF_MAX), fc.integer({ min: 0, max: HALF_MAX })),
  idLow: fc.integer({ min: 0, max: HALF_MAX }),
  part: fc.integer({ min: 0, max: 4 }),
  order: fc.nat(),
});

/** A state of any aggregate, so that tests need not tell cells from boxes. */
export interface Tried {
  add(sample: Sample): void;
  merge(from: Tried): void;
  finish(): number;
  items(): readonly { readonly item: string; readonly value: number }[];
  /** The state as JSON: what the engine gives for the same rows. */
  written(): unknown;
  /** What `merge` of another state takes. */
  readonly state: Float64Array | unknown;
}

/** Cells stand at an odd place, between others that must not change. */
const AT = 3;
const GUARD = -77;

/** The empty state. @param json when given, the state that this JSON says */
export function tried(aggregate: Aggregate, json?: unknown): Tried {
  if (aggregate.state === 'box') {
    const box = json === undefined ? aggregate.create() : aggregate.read(json);
    return {
      add: (sample) => aggregate.add(box, sample),
      merge: (from) => aggregate.merge(box, from.state),
      finish: () => aggregate.finish(box),
      items: () => aggregate.items?.(box) ?? [],
      written: () => aggregate.write(box),
      state: box,
    };
  }
  const { width } = aggregate;
  const cells = new Float64Array(width + 2 * AT).fill(GUARD);
  aggregate.reset(cells, AT);
  if (json !== undefined) cells.set(json as number[], AT);
  return {
    add: (sample) => aggregate.add(cells, AT, sample),
    merge: (from) => aggregate.merge(cells, AT, from.state as Float64Array, AT),
    finish: () => aggregate.finish(cells, AT),
    items: () => [],
    written() {
      const outside = [...cells.subarray(0, AT), ...cells.subarray(AT + width)];
      if (outside.some((cell) => cell !== GUARD)) throw new Error(`${aggregate.name} wrote beside its cells`);
      return [...cells.subarray(AT, AT + width)];
    },
    state: cells,
  };
}

/** The state of these samples, added in this order. */
export function folded(aggregate: Aggregate, samples: Iterable<Sample>): Tried {
  const state = tried(aggregate);
  for (const sample of samples) state.add(sample);
  return state;
}
