import type { BoxAggregate } from '../../../window/group/aggregate.ts';
import { SCALE } from '../../../window/slice.ts';
import { PRODUCT_WHOLE_MAX, wholeOf, wholeSql } from '../exact-sum.ts';
import { idHighSql, idLowSql, placedSql } from '../sample-sql.ts';

/** Samples that a state holds. With more of them it holds none and has no value. */
export const POINTS_MAX = 100_000;

const WIDTH = 4;
const POINTS_START = 8;

/** 18 bits: a sample's integer in three digits, each times a span below 2^35 ms (397 days) stays exact. */
const DIGIT = 262_144;
const DIGIT_TWO = 68_719_476_736;

/** Points in no order, each in four cells: time, idHigh, idLow, value. */
interface Points {
  /** Also counts those that were not kept. */
  count: number;
  cells: Float64Array;
}

type Point = readonly [number, number, number, number];
type PointsJson = readonly [number | string, readonly Point[]];

/**
 * Mean over time of a step function: each sample holds until the next one, from the first sample's time to the last
 * one's; what was before the first and is after the last is not guessed. In the samples' unit. Of samples with one time
 * the last by id holds; when all have one time, that one is the mean.
 */
export const timeWeightedMean: BoxAggregate<Points> = {
  name: 'timeWeightedMean',
  sample: 'number',
  revision: 1,
  relativeError: 0,
  errorNote:
    'exact sums over at most 100,000 samples and 397 days, no value over more samples; samples count as ' +
    'multiples of 0.000001 (half to even), those beyond 9.007e9 as 9.007e9',
  retracts: false,
  state: 'box',
  create: () => ({ count: 0, cells: new Float64Array(POINTS_START * WIDTH) }),
  add(box, sample) {
    const at = box.count * WIDTH;
    if (!makeRoom(box, 1)) return;
    box.cells[at] = sample.time;
    box.cells[at + 1] = sample.idHigh;
    box.cells[at + 2] = sample.idLow;
    box.cells[at + 3] = sample.value + 0;
  },
  merge(box, from) {
    const at = box.count * WIDTH;
    if (makeRoom(box, from.count)) box.cells.set(from.cells.subarray(0, from.count * WIDTH), at);
  },
  finish(box) {
    const points = sorted(box);
    const [first, last] = [points[0], points.at(-1)];
    if (first === undefined || last === undefined) return NaN;
    const spanMs = last[0] - first[0];
    if (spanMs === 0) return last[3];
    return integralOf(points) / spanMs / SCALE;
  },
  partialSql(sample) {
    const all = `groupArrayIf(${String(POINTS_MAX)})(${pointSql(placedSql(sample))}, ${sample.test})`;
    const counted = `countIf(${sample.test})`;
    return `(${counted}, if(${counted} > ${String(POINTS_MAX)}, [], arraySort(${all})))`;
  },
  read(json) {
    const [count, points] = json as PointsJson;
    return { count: Number(count), cells: Float64Array.from(points.flat()) };
  },
  write: (box) => [box.count, sorted(box)],
  finishSql(partial) {
    const points = `${partial}.2`;
    const span = `(${points}[-1].1 - ${points}[1].1)`;
    const mean = `${integralSql(points)} / ${span} / ${String(SCALE)}`;
    return `multiIf(empty(${points}), nan, ${span} = 0, ${points}[-1].4, ${mean})`;
  },
};

/** Counts more points; whether they may be kept. */
function makeRoom(box: Points, more: number): boolean {
  box.count += more;
  if (box.count > POINTS_MAX) {
    box.cells = new Float64Array(0);
    return false;
  }
  if (box.count * WIDTH > box.cells.length) {
    const cells = new Float64Array(Math.max(POINTS_START, 2 * box.count) * WIDTH);
    cells.set(box.cells);
    box.cells = cells;
  }
  return true;
}

/** The points in order, none when there are too many. */
function sorted(box: Points): Point[] {
  if (box.count > POINTS_MAX) return [];
  const cells = box.cells;
  const points = Array.from({ length: box.count }, (_, i): Point => {
    const at = i * WIDTH;
    return [cells[at]!, cells[at + 1]!, cells[at + 2]!, cells[at + 3]!];
  });
  return points.sort((a, b) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2] || a[3] - b[3]);
}

/** Sum of scaled(sample) * milliseconds that it holds, exact digit by digit; the digits are joined last. */
function integralOf(points: readonly Point[]): number {
  let [high, middle, low] = [0, 0, 0];
  for (let i = 1; i < points.length; i += 1) {
    const [from, to] = [points[i - 1]!, points[i]!];
    const heldMs = to[0] - from[0];
    const whole = wholeOf(from[3], PRODUCT_WHOLE_MAX);
    const [two, one] = [Math.floor(whole / DIGIT_TWO), Math.floor(whole / DIGIT)];
    high += two * heldMs;
    middle += (one - two * DIGIT) * heldMs;
    low += (whole - one * DIGIT) * heldMs;
  }
  return (high * DIGIT + middle) * DIGIT + low;
}

function integralSql(points: string): string {
  const [digit, two] = [`floor(w / ${String(DIGIT)})`, `floor(w / ${String(DIGIT_TWO)})`];
  const sum = (of: string): string => `arraySum(arrayMap((w, held) -> (${of}) * held, wholes, holds))`;
  const high = sum(two);
  const middle = sum(`${digit} - ${two} * ${String(DIGIT)}`);
  const low = sum(`w - ${digit} * ${String(DIGIT)}`);
  const joined = `(${high} * ${String(DIGIT)} + ${middle}) * ${String(DIGIT)} + ${low}`;
  const wholes = `arrayMap(p -> ${wholeSql('p.4', PRODUCT_WHOLE_MAX)}, arrayPopBack(${points}))`;
  const holds = `arrayMap((p, next) -> toFloat64(next.1 - p.1), arrayPopBack(${points}), arrayPopFront(${points}))`;
  // A lambda over one element gives the arrays their names.
  return `arrayMap((wholes, holds) -> ${joined}, [${wholes}], [${holds}])[1]`;
}

/** (time, id, value) with the id in its two halves, which JSON can carry. */
function pointSql(placed: string): string {
  const id = `tupleElement(${placed}, 2)`;
  const halves = `toUInt32(${idHighSql(id)}), toUInt32(${idLowSql(id)})`;
  return `(tupleElement(${placed}, 1), ${halves}, tupleElement(${placed}, 3) + 0)`;
}
