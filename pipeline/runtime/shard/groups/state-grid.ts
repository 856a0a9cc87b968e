import { sliceStart } from '../../../window/group/window-rule.ts';
import type { Family } from '../../../window/group/group-plan.ts';

/** Slices of the past that a change may ask for again; what lies before them stays as it was published. */
const SLICES_MAX = 20_000;

/**
 * Which slices of a family of states must be told again: the running one at every time marker, all since the earliest
 * change when rows have changed.
 */
export class StateGrid {
  readonly #family: Pick<Family, 'sliceMs' | 'sliceOffsetMs'>;
  readonly #dirty = new Set<number>();
  #running = Number.NEGATIVE_INFINITY;
  #now = Number.NEGATIVE_INFINITY;

  constructor(family: Pick<Family, 'sliceMs' | 'sliceOffsetMs'>) {
    this.#family = family;
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
    const running = sliceStart(this.#family, now);
    const from = Number.isFinite(this.#running) ? this.#running : running;
    this.#mark(from, running);
    this.#running = running;
  }

  /** Something happened at `time`: the states after it may be others. */
  onChange(time: number): void {
    if (Number.isFinite(this.#running)) this.#mark(sliceStart(this.#family, time), this.#running);
  }

  /** Slices that a change at `time` would ask for, newest first; none before the first time marker. */
  since(time: number): number[] {
    if (!Number.isFinite(this.#running)) return [];
    const { sliceMs } = this.#family;
    const first = Math.max(sliceStart(this.#family, time), this.#running - SLICES_MAX * sliceMs);
    const slices: number[] = [];
    for (let slice = this.#running; slice >= first; slice -= sliceMs) slices.push(slice);
    return slices;
  }

  /** The instant that the state of a slice is told of: its end, or now. */
  instantOf(slice: number): number {
    return Math.min(slice + this.#family.sliceMs, this.#now);
  }

  /** Goes on where a checkpoint left off. */
  resume(running: number, now: number, dirty: readonly number[]): void {
    this.#running = Math.max(this.#running, running);
    this.#now = Math.max(this.#now, now);
    for (const slice of dirty) this.#dirty.add(slice);
  }

  dirty(): number[] {
    return [...this.#dirty];
  }

  /** The newest dirty slices, each with the instant that its state is told of; they are clean from now on. */
  take(max: number): { readonly slice: number; readonly at: number }[] {
    const newest = [...this.#dirty].sort((a, b) => b - a).slice(0, max);
    for (const slice of newest) this.#dirty.delete(slice);
    return newest.map((slice) => ({ slice, at: this.instantOf(slice) }));
  }

  #mark(from: number, to: number): void {
    const { sliceMs } = this.#family;
    const first = Math.max(from, to - SLICES_MAX * sliceMs);
    for (let slice = first; slice <= to; slice += sliceMs) this.#dirty.add(slice);
  }
}
