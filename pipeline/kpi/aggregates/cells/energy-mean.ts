import type { CellAggregate } from '../../../window/group/aggregate.ts';
import { lowBitsSql, WORD } from '../exact-sum.ts';
import { columnAt, numberSql } from '../sample-sql.ts';
import { DECADES, ENERGY_OF_TENTH, ENERGY_UNIT } from './sound-levels.ts';
import { HUNDREDTH_UNIT, RATIO_OF_HUNDREDTH, TENTHS } from './sound-levels.ts';

const LEVEL_TENTHS_MAX = DECADES * TENTHS - 1;

/** 2^52: adding and taking it away rounds half to even. */
const WHOLE_FROM = 4_503_599_627_370_496;

/** Energies of the levels 0.0 … 189.9 dB in two words of 42 bits: ENERGY_OF_TENTH * 10^decade. */
const HIGH = new Float64Array(LEVEL_TENTHS_MAX + 1);
const LOW = new Float64Array(LEVEL_TENTHS_MAX + 1);
for (let level = 0; level <= LEVEL_TENTHS_MAX; level += 1) {
  const decade = Math.floor(level / TENTHS);
  const energy = BigInt(ENERGY_OF_TENTH[level - decade * TENTHS]!) * 10n ** BigInt(decade);
  HIGH[level] = Number(energy / BigInt(WORD));
  LOW[level] = Number(energy % BigInt(WORD));
}

/**
 * Energy mean of sound levels in dB, the LAeq of samples of equal length: 10 * log10(mean(10^(L / 10))).
 *
 * `pow` and `log10` are not equal in two engines, so energies come from a table of integers by tenths of a decibel,
 * their sum is exact, and the result is found in the same table, to hundredths.
 *
 * Cells: n, then three words of the energies' sum, the lowest first; the last one is not bounded.
 * Source: ISO 1996-1:2016, 3.1.7 (equivalent continuous sound pressure level).
 */
export const energyMean: CellAggregate = {
  name: 'energyMean',
  sample: 'number',
  revision: 1,
  relativeError: 0,
  errorNote:
    'within 0.06 dB: levels are rounded to 0.1 dB (0.05), the mean to 0.01 dB (0.005); exact sums up to 2^32 ' +
    'samples; below 0 dB counts as 0, above 189.9 dB as 189.9',
  retracts: true,
  state: 'cells',
  width: 4,
  reset(cells, at) {
    cells.fill(0, at, at + 4);
  },
  add(cells, at, sample) {
    const tenths = Math.min(Math.max(sample.value * 10, 0), LEVEL_TENTHS_MAX);
    const level = tenths + WHOLE_FROM - WHOLE_FROM;
    cells[at] = cells[at]! + 1;
    addWords(cells, at + 1, LOW[level]!, HIGH[level]!);
  },
  merge(into, at, from, fromAt) {
    into[at] = into[at]! + from[fromAt]!;
    addWords(into, at + 1, from[fromAt + 1]!, from[fromAt + 2]!);
    into[at + 3] = into[at + 3]! + from[fromAt + 3]!;
  },
  finish(cells, at) {
    const n = cells[at]!;
    return n === 0 ? NaN : levelOf(((cells[at + 3]! * WORD + cells[at + 2]!) * WORD + cells[at + 1]!) / n);
  },
  partialSql(sample) {
    const last = String(LEVEL_TENTHS_MAX);
    const level = `toUInt16(roundBankers(least(greatest(${numberSql(sample)} * 10, 0.), ${last}.)))`;
    const tenth = `[${ENERGY_OF_TENTH.join(',')}][${level} % ${String(TENTHS)} + 1]`;
    const energy = `toInt128(${tenth}) * toInt128(intExp10(intDiv(${level}, ${String(TENTHS)})))`;
    const sum = `sumIf(${energy}, ${sample.test})`;
    const word = (bits: number): string =>
      `toFloat64(bitAnd(bitShiftRight(${sum}, ${String(bits)}), ${lowBitsSql('Int128')}))`;
    return [`toFloat64(countIf(${sample.test}))`, word(0), word(42), `toFloat64(bitShiftRight(${sum}, 84))`];
  },
  finishSql(partial) {
    const [n, low, middle, high] = [0, 1, 2, 3].map((index) => columnAt(partial, index));
    const word = String(WORD);
    const energy = `((${high!} * ${word} + ${middle!}) * ${word} + ${low!}) / ${n!}`;
    return `if(${n!} = 0, nan, ${levelSql(energy)})`;
  },
};

/** Adds two words to the three at `at`. */
function addWords(cells: Float64Array, at: number, low: number, middle: number): void {
  const lowest = cells[at]! + low;
  const lowCarry = lowest >= WORD ? 1 : 0;
  const next = cells[at + 1]! + middle + lowCarry;
  const nextCarry = next >= WORD ? 1 : 0;
  cells[at] = lowest - lowCarry * WORD;
  cells[at + 1] = next - nextCarry * WORD;
  cells[at + 2] = cells[at + 2]! + nextCarry;
}

/** The level, dB to hundredths, of an energy >= 1 * ENERGY_UNIT. */
function levelOf(energy: number): number {
  let decade = 0;
  while (decade < DECADES - 1 && energy / ENERGY_UNIT >= 10 ** (decade + 1)) decade += 1;
  const part = energy / 10 ** decade;
  let tenth = 0;
  while (tenth < TENTHS - 1 && part >= ENERGY_OF_TENTH[tenth + 1]!) tenth += 1;
  const ratio = (part / ENERGY_OF_TENTH[tenth]!) * HUNDREDTH_UNIT;
  let hundredth = 0;
  while (hundredth < 10 && ratio >= RATIO_OF_HUNDREDTH[hundredth]!) hundredth += 1;
  return (decade * 1_000 + tenth * 10 + hundredth) / 100;
}

/** The same; lambdas over one element give the steps their names. */
function levelSql(energy: string): string {
  const decades = Array.from({ length: DECADES - 1 }, (_, i) => i + 1).map((i) => `intExp10(${String(i)})`);
  const decade = `arrayCount(p -> e / ${String(ENERGY_UNIT)} >= p, [${decades.join(',')}])`;
  const tenth = `arrayCount(m -> part >= m, [${ENERGY_OF_TENTH.slice(1).join(',')}])`;
  const ratio = `part / [${ENERGY_OF_TENTH.join(',')}][tenth + 1] * ${String(HUNDREDTH_UNIT)}`;
  const hundredth = `arrayCount(h -> ratio >= h, [${RATIO_OF_HUNDREDTH.join(',')}])`;
  const level = `(decade * 1000 + tenth * 10 + ${named('ratio', ratio, hundredth)}) / 100`;
  return named(
    'e',
    energy,
    named('decade', decade, named('part', 'e / intExp10(decade)', named('tenth', tenth, level))),
  );
}

function named(name: string, value: string, body: string): string {
  return `arrayMap(${name} -> ${body}, [${value}])[1]`;
}
