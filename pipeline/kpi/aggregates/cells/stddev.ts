import type { CellAggregate } from '../../../window/group/aggregate.ts';
import { SCALE } from '../../../window/slice.ts';
import { addWhole, addWords, lowBitsSql, PRODUCT_WHOLE_MAX, sumWordsSql } from '../exact-sum.ts';
import { WORD, wholeOf, wholeSql } from '../exact-sum.ts';
import { columnAt, numberSql } from '../sample-sql.ts';

/** A sample's integer is taken apart as high * HALF + low, |high| and |low| <= 2^26: their products are exact. */
const HALF = 134_217_728; // 2^27

/** Cells of the sum of squares: four words of 42 bits, the lowest first; the last one is not bounded. */
const SQUARES = 3;
const SQUARE_WORDS = 4;

const BIG_WORD = BigInt(WORD);

/**
 * Standard deviation of the samples as a population (divided by n), in their unit; 0 for one sample.
 *
 *     sqrt(n * sum(x^2) - sum(x)^2) / n        over the integers x = scaled(sample), exact up to the root
 *
 * Cells: n, the two words of sum(x), the four words of sum(x^2).
 */
export const stddev: CellAggregate = {
  name: 'stddev',
  sample: 'number',
  revision: 1,
  relativeError: 0,
  errorNote:
    'exact sums up to 2^32 samples, finished within 2^-50; samples count as multiples of 0.000001 ' +
    '(half to even), those beyond 9.007e9 as 9.007e9',
  retracts: true,
  state: 'cells',
  width: SQUARES + SQUARE_WORDS,
  reset(cells, at) {
    cells.fill(0, at, at + SQUARES + SQUARE_WORDS);
  },
  add(cells, at, sample) {
    const whole = wholeOf(sample.value, PRODUCT_WHOLE_MAX);
    cells[at] = cells[at]! + 1;
    addWhole(cells, at + 1, whole);
    addSquare(cells, at + SQUARES, whole);
  },
  merge(into, at, from, fromAt) {
    into[at] = into[at]! + from[fromAt]!;
    addWords(into, at + 1, from[fromAt + 1]!, from[fromAt + 2]!);
    for (let i = SQUARES; i < SQUARES + SQUARE_WORDS; i += 1)
      into[at + i] = into[at + i]! + from[fromAt + i]!;
    carryAll(into, at + SQUARES);
  },
  finish(cells, at) {
    const n = cells[at]!;
    if (n === 0) return NaN;
    const total = BigInt(cells[at + 1]!) * BIG_WORD + BigInt(cells[at + 2]!);
    let squares = 0n;
    for (let i = SQUARE_WORDS - 1; i >= 0; i -= 1) {
      squares = squares * BIG_WORD + BigInt(cells[at + SQUARES + i]!);
    }
    return Math.sqrt(numberOf(BigInt(n) * squares - total * total)) / n / SCALE;
  },
  partialSql(sample) {
    const whole = `toInt128(${wholeSql(numberSql(sample), PRODUCT_WHOLE_MAX)})`;
    const squares = `sumIf(toInt256(${whole} * ${whole}), ${sample.test})`;
    const words = [0, 42, 84].map(
      (bits) => `toFloat64(bitAnd(bitShiftRight(${squares}, ${String(bits)}), ${lowBitsSql('Int256')}))`,
    );
    words.push(`toFloat64(bitShiftRight(${squares}, 126))`);
    return [`toFloat64(countIf(${sample.test}))`, ...sumWordsSql(sample, PRODUCT_WHOLE_MAX), ...words];
  },
  finishSql(partial) {
    const [n, ...words] = Array.from({ length: SQUARES + SQUARE_WORDS }, (_, i) => columnAt(partial, i));
    const big = (highestFirst: readonly (string | undefined)[]): string =>
      highestFirst
        .map((word) => `toInt256(${String(word)})`)
        .reduce((sum, word) => `(${sum} * toInt256(${String(WORD)}) + ${word})`);
    const total = big(words.slice(0, 2));
    const squares = big(words.slice(2).reverse());
    const difference = `toInt256(${String(n)}) * ${squares} - ${total} * ${total}`;
    // A lambda over one element gives the difference a name.
    const root = `arrayMap(d -> sqrt(${numberOfSql('d')}), [${difference}])[1]`;
    return `if(${String(n)} = 0, nan, ${root} / ${String(n)} / ${String(SCALE)})`;
  },
};

/** Adds whole^2 = high^2 * 2^54 + high * low * 2^28 + low^2 to the words. */
function addSquare(cells: Float64Array, at: number, whole: number): void {
  const high = Math.round(whole / HALF);
  const low = whole - high * HALF;
  const [top, cross, bottom] = [high * high, high * low, low * low];
  const topWords = Math.floor(top / 1_073_741_824); // 2^54 * 2^30 = 2^84
  const crossWords = Math.floor(cross / 16_384); // 2^28 * 2^14 = 2^42
  const lowest = cells[at]! + (cross - crossWords * 16_384) * 268_435_456 + bottom;
  const carried = Math.floor(lowest / WORD);
  const next = cells[at + 1]! + (top - topWords * 1_073_741_824) * 4_096 + crossWords + carried;
  const carriedNext = Math.floor(next / WORD);
  const third = cells[at + 2]! + topWords + carriedNext;
  const carry = third >= WORD ? 1 : 0;
  cells[at] = lowest - carried * WORD;
  cells[at + 1] = next - carriedNext * WORD;
  cells[at + 2] = third - carry * WORD;
  cells[at + 3] = cells[at + 3]! + carry;
}

/** Brings all words but the last into [0, WORD). */
function carryAll(cells: Float64Array, at: number): void {
  for (let i = at; i < at + SQUARE_WORDS - 1; i += 1) {
    const over = Math.floor(cells[i]! / WORD);
    cells[i] = cells[i]! - over * WORD;
    cells[i + 1] = cells[i + 1]! + over;
  }
}

/**
 * An integer from 0 to 2^220 as a double, by Horner's rule over words of 42 bits: the engine's own conversion of wide
 * integers need not round as ours does.
 */
function numberOf(big: bigint): number {
  let number = Number(big >> 168n);
  for (let bits = 126n; bits >= 0n; bits -= 42n)
    number = number * WORD + Number((big >> bits) & (BIG_WORD - 1n));
  return number;
}

function numberOfSql(big: string): string {
  return [126, 84, 42, 0].reduce(
    (number, bits) =>
      `(${number} * ${String(WORD)} + toFloat64(bitAnd(bitShiftRight(${big}, ${String(bits)}), ${lowBitsSql('Int256')})))`,
    `toFloat64(bitShiftRight(${big}, 168))`,
  );
}
