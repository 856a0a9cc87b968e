import { DAY_MS, HOUR_MS, LOCAL_OFFSET_MS, MINUTE_MS, SECOND_MS } from '../../model/time.ts';
import type { WindowRule } from '../../window/group/window-rule.ts';
import { dateText, localDayOf, two } from './civil.ts';
import { DAY_SLICES, remembered, slicesBetween } from './spans.ts';
import type { Slicing } from './spans.ts';

/** Most windows that one instant may lie in, and most slices of a window: each is work for every row. */
export const overlapMax = 1_440;
/** See `overlapMax`. */
export const slicesMax = 4_320;

/**
 * Windows of one size that follow each other without a gap: `tumbling 1h`. They begin at local midnight of
 * 1970-01-01 and every size after it, so those of 6 hours begin at 0, 6, 12, 18 o'clock local time.
 */
export function tumbling(sizeMs: number): WindowRule {
  return hopping(sizeMs, sizeMs);
}

/**
 * Windows of one size that begin every `advanceMs`, counted from local midnight of 1970-01-01; they overlap
 * when the advance is smaller. A window is named by its start: `2026-11-23T14:10/PT24H`.
 *
 * ```text
 * size 3, advance 1   [-------)
 *                        [-------)
 *                           [-------)
 * ```
 */
export function hopping(sizeMs: number, advanceMs: number): WindowRule {
  const slicing = slicingOf(sizeMs, advanceMs);
  const count = Math.ceil(sizeMs / advanceMs);
  const lastStart = (time: number): number =>
    Math.floor((time + LOCAL_OFFSET_MS) / advanceMs) * advanceMs - LOCAL_OFFSET_MS;
  const windowsOf = remembered((slice: number): readonly number[] => {
    const last = lastStart(slice);
    return Array.from({ length: count }, (_, index) => last - (count - 1 - index) * advanceMs).filter(
      (start) => start > slice - sizeMs,
    );
  });
  const name = durationText(sizeMs);
  const isWhole = sizeMs % advanceMs === 0;
  return {
    ...slicing,
    windowsOf,
    endOf: (start) => start + sizeMs,
    slicesOf: (start) => slicesBetween(slicing, start, start + sizeMs),
    firstSliceNeeded: (slice) => windowsOf(slice)[0] ?? slice,
    periodOf: (start) => periodText(start, sizeMs, advanceMs),
    windowsSql(time) {
      const shifted = `toInt64(${time}) + ${String(LOCAL_OFFSET_MS)}`;
      const step = String(advanceMs);
      const last = `intDiv(${shifted}, ${step}) * ${step} - ${String(LOCAL_OFFSET_MS)}`;
      if (count === 1) return `[toInt64(${last})]`;
      const back = `reverse(range(${String(count)}))`;
      const starts = `arrayMap(ago -> toInt64(${last} - ago * ${step}), ${back})`;
      return isWhole ? starts : `arrayFilter(one -> one > ${time} - ${String(sizeMs)}, ${starts})`;
    },
    endSql: (start) => `toInt64(${start} + ${String(sizeMs)})`,
    text: sizeMs === advanceMs ? `tumbling ${name}` : `hopping ${name} by ${durationText(advanceMs)}`,
  };
}

/** What of a size and an advance makes no windows, or undefined. */
export function hoppingMistake(sizeMs: number, advanceMs: number): string | undefined {
  if (advanceMs > sizeMs) return 'windows would leave gaps: the advance is longer than the size';
  const { sliceMs } = slicingOf(sizeMs, advanceMs);
  if (Math.ceil(sizeMs / advanceMs) > overlapMax) {
    return `one instant would lie in more than ${String(overlapMax)} windows`;
  }
  if (sizeMs / sliceMs > slicesMax) return `a window would have more than ${String(slicesMax)} slices`;
  return undefined;
}

/**
 * The greatest common divisor of size and advance, at most an hour; a local day for what is longer than a
 * day.
 */
function slicingOf(sizeMs: number, advanceMs: number): Slicing {
  const common = divisorOf(sizeMs, advanceMs);
  if (sizeMs > DAY_MS && common % DAY_MS === 0) return DAY_SLICES;
  // It divides an hour, so local and UTC slices are the same.
  return { sliceMs: divisorOf(common, HOUR_MS), sliceOffsetMs: 0 };
}

function divisorOf(a: number, b: number): number {
  return b === 0 ? a : divisorOf(b, a % b);
}

function periodText(start: number, sizeMs: number, advanceMs: number): string {
  const isTumbling = sizeMs === advanceMs;
  const day = localDayOf(start);
  const ofDay = start + LOCAL_OFFSET_MS - day * DAY_MS;
  const date = dateText(day);
  if (isTumbling && sizeMs === DAY_MS) return date;
  const hour = `${date}T${two(Math.floor(ofDay / HOUR_MS))}`;
  if (isTumbling && sizeMs === HOUR_MS) return hour;
  const minute = two(Math.floor((ofDay % HOUR_MS) / MINUTE_MS));
  const seconds = (ofDay % MINUTE_MS) / SECOND_MS;
  const clock =
    advanceMs % DAY_MS === 0 ? date : `${hour}:${minute}${seconds === 0 ? '' : `:${two(seconds)}`}`;
  return `${clock}/${isoDuration(sizeMs)}`;
}

const UNITS = [
  ['d', DAY_MS],
  ['h', HOUR_MS],
  ['m', MINUTE_MS],
  ['s', SECOND_MS],
] as const;

/** `90m`, `24h`, `7d`: the largest unit that divides it, days only from two on. */
function durationText(ms: number): string {
  const fits = UNITS.find(([letter, unit]) => ms % unit === 0 && (letter !== 'd' || ms > DAY_MS));
  const [letter, unit] = fits ?? ['s', SECOND_MS];
  return `${String(ms / unit)}${letter}`;
}

function isoDuration(ms: number): string {
  const text = durationText(ms).toUpperCase();
  return text.endsWith('D') ? `P${text}` : `PT${text}`;
}
