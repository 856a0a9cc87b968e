import type { WindowRule } from '../../window/group/window-rule.ts';
import { DAY_MS, HOUR_MS, LOCAL_OFFSET_MS } from '../../model/time.ts';

/** Where slices lie. */
export type Slicing = Pick<WindowRule, 'sliceMs' | 'sliceOffsetMs'>;

/** Slices of windows that are longer than a day and begin at midnight: local days. */
export const DAY_SLICES: Slicing = { sliceMs: DAY_MS, sliceOffsetMs: -LOCAL_OFFSET_MS };

/** Slices of the windows of a local day, and of hours: hours, which are those of UTC too. */
export const HOUR_SLICES: Slicing = { sliceMs: HOUR_MS, sliceOffsetMs: 0 };

/** Starts of the slices that lie in `[from, to)`. */
export function slicesBetween({ sliceMs }: Slicing, from: number, to: number): readonly number[] {
  return Array.from({ length: Math.ceil((to - from) / sliceMs) }, (_, index) => from + index * sliceMs);
}

/**
 * Remembers the answer to the last question: a fold asks of the same slice many times in a row.
 */
export function remembered<Answer>(compute: (time: number) => Answer): (time: number) => Answer {
  let last = NaN;
  let answer: Answer | undefined;
  return (time) => {
    if (time !== last || answer === undefined) {
      answer = compute(time);
      last = time;
    }
    return answer;
  };
}
