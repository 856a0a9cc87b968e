import type { BoxAggregate } from '../../../window/group/aggregate.ts';
import { numberSql } from '../sample-sql.ts';

/** Samples that share sign, exponent and the top 7 bits of the mantissa. */
interface Bucket {
  count: number;
  smallest: number;
  largest: number;
}

/** Buckets by ordinal; ordinals are ordered as the samples are. */
type Buckets = Map<number, Bucket>;

type BucketsJson = readonly [
  readonly number[],
  readonly (number | string)[],
  readonly number[],
  readonly number[],
];

/** Samples beyond +-2^43 (8.8e12) count as that, so that a state never has more than 16,131 buckets. */
export const QUANTILE_SAMPLE_MAX = 8_796_093_022_208;

/** Samples nearer to 0 than 2^-20 (0.00000095) share the bucket of 0. */
const ZERO_BELOW_INVERSE = 1_048_576;

const NEGATIVE = 262_144; // 2^18: the sign bit of a key
const KEY_SHIFT = 45; // 64 bits - sign - 11 of exponent - 7 of mantissa

/** Shares are counted in steps of this. */
export const SHARE_STEPS = 10_000;

const number = new Float64Array(1);
const words = new Uint32Array(number.buffer);

/**
 * The sample of rank ceil(share * n), the smallest one for share 0: a value such that `share` of the samples are at
 * most that, in their unit. `quantile(0.5)` is the (lower) median.
 *
 * Samples are counted by bucket of their IEEE bits, each with its smallest and largest sample. The value is the middle
 * of the two: exact where the samples of the bucket are equal (integers below 256 always), else within 2^-8 of it.
 *
 * @param share 0 … 1, a multiple of 0.0001
 */
export function quantile(share: number): BoxAggregate<Buckets> {
  const steps = Math.round(share * SHARE_STEPS);
  return {
    name: `quantile(${String(share)})`,
    sample: 'number',
    revision: 1,
    relativeError: 0.003_906_25,
    errorNote: 'at most 2^-8 of the value, or 0.000001 near 0; exact where the samples around it are equal',
    retracts: false,
    state: 'box',
    create: () => new Map(),
    add(box, sample) {
      const value = Math.min(Math.max(sample.value, -QUANTILE_SAMPLE_MAX), QUANTILE_SAMPLE_MAX) + 0;
      count(box, ordinalOf(value), { count: 1, smallest: value, largest: value });
    },
    merge(box, from) {
      for (const [ordinal, bucket] of from) count(box, ordinal, bucket);
    },
    finish(box) {
      const ordinals = [...box.keys()].sort((a, b) => a - b);
      let n = 0;
      for (const bucket of box.values()) n += bucket.count;
      const rank = Math.max(1, Math.ceil((n * steps) / SHARE_STEPS));
      let passed = 0;
      for (const ordinal of ordinals) {
        const bucket = box.get(ordinal)!;
        passed += bucket.count;
        if (passed >= rank) return (bucket.smallest + bucket.largest) / 2;
      }
      return NaN;
    },
    partialSql(sample) {
      const bound = String(QUANTILE_SAMPLE_MAX);
      const value = `(least(greatest(${numberSql(sample)}, -${bound}.), ${bound}.) + 0)`;
      const ordinal = ordinalSql(value);
      // Maps, not pairs of arrays: the engine's older form of the same takes three times as long.
      const map = (name: string, of: string): string =>
        `${name}MapIf(map(${ordinal}, ${of}), ${sample.test})`;
      const counts = map('sum', 'toUInt64(1)');
      const [smallest, largest] = [map('min', value), map('max', value)];
      return `(mapKeys(${counts}), mapValues(${counts}), mapValues(${smallest}), mapValues(${largest}))`;
    },
    read(json) {
      const [ordinals, counts, smallest, largest] = json as BucketsJson;
      return new Map(
        ordinals.map((ordinal, i) => {
          return [ordinal, { count: Number(counts[i]), smallest: smallest[i]!, largest: largest[i]! }];
        }),
      );
    },
    write(box) {
      const ordinals = [...box.keys()].sort((a, b) => a - b);
      const buckets = ordinals.map((ordinal) => box.get(ordinal)!);
      return [
        ordinals,
        buckets.map((bucket) => bucket.count),
        buckets.map((bucket) => bucket.smallest),
        buckets.map((bucket) => bucket.largest),
      ];
    },
    finishSql(partial) {
      const rank = `greatest(1, ceil(arraySum(${partial}.2) * ${String(steps)} / ${String(SHARE_STEPS)}))`;
      const place = `arrayFirstIndex(passed -> passed >= ${rank}, arrayCumSum(${partial}.2))`;
      return `if(empty(${partial}.1), nan, (${partial}.3[${place}] + ${partial}.4[${place}]) / 2)`;
    },
  };
}

function count(box: Buckets, ordinal: number, more: Readonly<Bucket>): void {
  const bucket = box.get(ordinal);
  if (bucket === undefined) {
    box.set(ordinal, { count: more.count, smallest: more.smallest, largest: more.largest });
    return;
  }
  bucket.count += more.count;
  if (more.smallest < bucket.smallest) bucket.smallest = more.smallest;
  if (more.largest > bucket.largest) bucket.largest = more.largest;
}

/** Ordinal of a sample's bucket: the top bits of its size, negated below 0. */
function ordinalOf(value: number): number {
  if (Math.abs(value) * ZERO_BELOW_INVERSE < 1) return 0;
  number[0] = value;
  const key = words[1]! >>> (KEY_SHIFT - 32);
  return key >= NEGATIVE ? NEGATIVE - key : key;
}

function ordinalSql(value: string): string {
  const key = `toInt32(bitShiftRight(reinterpretAsUInt64(${value}), ${String(KEY_SHIFT)}))`;
  const negative = String(NEGATIVE);
  const signed = `if(${key} >= ${negative}, ${negative} - ${key}, ${key})`;
  return `toInt32(if(abs(${value}) * ${String(ZERO_BELOW_INVERSE)} < 1, 0, ${signed}))`;
}
