import { gridPointsMax } from '../../../kpi/sql/states/standing-sql.ts';
import { MINUTE_MS } from '../../../model/time.ts';
import { type Family, NOW_SQL } from '../../../window/group/group-plan.ts';
import { sliceStart } from '../../../window/group/window-rule.ts';

/** What a grid must know of its family. */
export type GridFamily = Pick<Family, 'kind' | 'test' | 'slots' | 'sliceMs' | 'sliceOffsetMs'>;

/** Where a grid stands, as a checkpoint holds it; null: not there yet. */
export interface GridPlace {
  readonly running: number | null;
  /** The newest time marker: the instant that the running slice is told of. */
  readonly now: number | null;
  /** Watermark up to which ended slices were told once more. */
  readonly passed: number | null;
  /** Earliest change before the first time marker. */
  readonly waiting: number | null;
  /** Whether anything was ever heard of its rows; absent: yes. */
  readonly seen?: boolean;
  /** Slices to be told: [first, last] of each run. */
  readonly dirty: readonly (readonly [number, number])[];
}

/** Slices that one repair tells. */
export interface GridTask {
  /** The slice that runs, as of now; null: it is not due. */
  readonly running: number | null;
  /** Consecutive slices that have ended; null: none is due. */
  readonly ended: { readonly from: number; readonly last: number } | null;
}

/** Events may come from this far ahead of their time; so long after a change what they say becomes true by and by. */
const AHEAD_MS = 10 * MINUTE_MS;

/**
 * Which slices of a family of states must be told (again):
 *
 * ```text
 *   time marker       every slice that has ended since the last one, and the running one if time can change it
 *   change at t       every slice from that of t to the running one
 *   watermark         every slice whose end it passes: that state is final
 * ```
 *
 * At most the newest `gridPointsMax`: what lies before them stays as it was told, or untold.
 */
export class StateGrid {
  readonly #family: GridFamily;
  readonly #isMoving: boolean;
  readonly #dirty = new Set<number>();
  #running = Number.NEGATIVE_INFINITY;
  #now = Number.NEGATIVE_INFINITY;
  #passed = Number.NEGATIVE_INFINITY;
  #waiting = Number.POSITIVE_INFINITY;
  #restlessUntil = Number.NEGATIVE_INFINITY;
  /** Nothing can be told of rows that never came: a subsystem without a feed asks nothing of the engine. */
  #isSeen = false;
  /** The oldest slice that was told last: the next repair goes on before it, so that every slice has its turn. */
  #cursor = Number.POSITIVE_INFINITY;

  constructor(family: GridFamily) {
    this.#family = family;
    this.#isMoving = changesByTime(family);
  }

  get isDirty(): boolean {
    return this.#dirty.size > 0;
  }

  /** Start of the slice that runs; -Infinity before the first time marker. */
  get running(): number {
    return this.#running;
  }

  /** The newest time marker; -Infinity before the first. */
  get now(): number {
    return this.#now;
  }

  /** A time marker: slices that have ended since the last one are told at their ends. */
  onTime(now: number): void {
    if (now <= this.#now) return;
    this.#now = now;
    const before = this.#running;
    this.#running = sliceStart(this.#family, now);
    if (!this.#isSeen) return;
    if (!Number.isFinite(before)) {
      this.#mark(Math.min(this.#waiting, this.#running), this.#running);
      this.#waiting = Number.POSITIVE_INFINITY;
    } else if (this.#running > before) this.#mark(before, this.#running);
    else if (this.#isMoving || now <= this.#restlessUntil) this.#dirty.add(this.#running);
  }

  /** Something happened at `time`: the states after it may be others. */
  onChange(time: number): void {
    this.#isSeen = true;
    const slice = sliceStart(this.#family, time);
    if (!Number.isFinite(this.#running)) {
      this.#waiting = Math.min(this.#waiting, slice);
      return;
    }
    this.#restlessUntil = this.#now + AHEAD_MS;
    this.#mark(Math.min(slice, this.#running), this.#running);
  }

  /** The watermark of all feeds has moved: the states whose end it has passed are final. */
  onWatermark(watermark: number): void {
    if (watermark <= this.#passed) return;
    const { sliceMs } = this.#family;
    const last = Math.min(sliceStart(this.#family, watermark), this.#running) - sliceMs;
    if (this.#isSeen && Number.isFinite(this.#passed))
      this.#mark(sliceStart(this.#family, this.#passed), last);
    this.#passed = watermark;
  }

  /**
   * Slices that rows since `time` ask for, newest first; none before the first time marker. Whoever asks knows of rows:
   * from here on the running slice is told too.
   */
  since(time: number): number[] {
    this.#isSeen = true;
    if (!Number.isFinite(this.#running)) return [];
    const { sliceMs } = this.#family;
    const first = Math.max(sliceStart(this.#family, time), this.#running - (gridPointsMax - 1) * sliceMs);
    const slices: number[] = [];
    for (let slice = this.#running; slice >= first; slice -= sliceMs) slices.push(slice);
    return slices;
  }

  /** The instant that the state of a slice is told of: its end, or now. */
  instantOf(slice: number): number {
    return Math.min(slice + this.#family.sliceMs, this.#now);
  }

  /** What a checkpoint must say of the grid. */
  place(): GridPlace {
    const finite = (time: number): number | null => (Number.isFinite(time) ? time : null);
    return {
      ...{ running: finite(this.#running), now: finite(this.#now), passed: finite(this.#passed) },
      ...{ waiting: finite(this.#waiting), dirty: this.#runs(), seen: this.#isSeen },
    };
  }

  /** Goes on where a checkpoint left off. */
  resume({ running, now, passed, waiting, dirty, seen = true }: GridPlace): void {
    this.#isSeen ||= seen;
    this.#running = Math.max(this.#running, running ?? this.#running);
    this.#now = Math.max(this.#now, now ?? this.#now);
    this.#passed = Math.max(this.#passed, passed ?? this.#passed);
    this.#waiting = Math.min(this.#waiting, waiting ?? this.#waiting);
    this.#restlessUntil = this.#now + AHEAD_MS;
    for (const [first, last] of dirty) this.#mark(first, last);
  }

  /** The running slice, and at most `max` of those that have ended; they are clean from now on. */
  take(max: number): GridTask {
    const running = this.#dirty.delete(this.#running) ? this.#running : null;
    if (this.#dirty.size === 0) return { running, ended: null };
    const { sliceMs } = this.#family;
    const newest = [...this.#dirty].sort((a, b) => b - a);
    const last = newest.find((slice) => slice < this.#cursor) ?? newest[0]!;
    let from = last;
    this.#dirty.delete(last);
    for (let count = 1; count < max && this.#dirty.delete(from - sliceMs); count++) from -= sliceMs;
    this.#cursor = from;
    return { running, ended: { from, last } };
  }

  #mark(from: number, to: number): void {
    const { sliceMs } = this.#family;
    const first = Math.max(from, this.#running - (gridPointsMax - 1) * sliceMs);
    for (let slice = first; slice <= to; slice += sliceMs) this.#dirty.add(slice);
  }

  #runs(): [number, number][] {
    const runs: [number, number][] = [];
    for (const slice of [...this.#dirty].sort((a, b) => a - b)) {
      const run = runs.at(-1);
      if (run !== undefined && slice === run[1] + this.#family.sliceMs) run[1] = slice;
      else runs.push([slice, slice]);
    }
    return runs;
  }
}

/** Whether a state can change when nothing happens: a test asks for the time, or readings grow old. */
function changesByTime({ kind, test, slots }: GridFamily): boolean {
  if (kind === 'measurement') return true;
  const programs = [test, ...slots.flatMap((slot) => [slot.test, slot.of])];
  return programs.some((program) => program?.sql.includes(NOW_SQL) === true);
}
