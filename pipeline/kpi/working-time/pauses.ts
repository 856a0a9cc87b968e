import { CALENDAR_END_MS, CALENDAR_START_MS } from './working-calendar.ts';

/** Pauses of a case: starts and ends in turn, milliseconds UTC, ascending starts; an open end is the calendars' end. */
export type Pauses = Float64Array;

/** No pause at all. */
export const NO_PAUSES: Pauses = new Float64Array(0);

/**
 * Reads the column `pauses`: '' or a JSON array of `{from, to?}` with ISO 8601 texts in UTC, as ingest writes it.
 * They may overlap and lie in any order. A text of another shape has no pauses.
 */
export function readPauses(text: string): Pauses {
  if (text === '') return NO_PAUSES;
  const pairs: [number, number][] = [];
  for (const item of parseList(text)) {
    const { from, to } = item as { readonly from?: unknown; readonly to?: unknown };
    const start = typeof from === 'string' ? Date.parse(from) : NaN;
    const end = typeof to === 'string' && to !== '' ? Date.parse(to) : CALENDAR_END_MS;
    if (Number.isNaN(start) || Number.isNaN(end)) continue;
    pairs.push([known(start), known(end)]);
  }
  pairs.sort(([a, aEnd], [b, bEnd]) => a - b || aEnd - bEnd);
  return Float64Array.from(pairs.flat());
}

/** A time moved into the span that calendars know. */
function known(ms: number): number {
  return Math.min(Math.max(ms, CALENDAR_START_MS), CALENDAR_END_MS);
}

function parseList(text: string): readonly object[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return [];
  }
  return Array.isArray(parsed) ? parsed.filter((item) => typeof item === 'object' && item !== null) : [];
}

/**
 * Moves a goal behind the pauses that begin before it. Pauses and goal are measured on one scale that only grows:
 * working time, or working days that have closed.
 *
 *     goal        |-----------------G
 *     pauses          [--A--)  [-----B-----)
 *     result      |---       --             ----------G'
 *
 * @param scale position of a time on that scale
 */
export function moveBehindPauses(
  goal: number,
  pauses: Pauses,
  from: number,
  scale: (ms: number) => number,
): number {
  let moved = goal;
  let covered = 0;
  for (let index = 0; index < pauses.length; index += 2) {
    const start = Math.max(scale(Math.max(pauses[index] ?? 0, from)), covered);
    const end = scale(Math.max(pauses[index + 1] ?? 0, from));
    if (start >= moved) break;
    if (end <= start) continue;
    moved += end - start;
    covered = end;
  }
  return moved;
}

/** How much of the scale between two times the pauses take. */
export function pausedBetween(
  pauses: Pauses,
  { from, to }: { readonly from: number; readonly to: number },
  scale: (ms: number) => number,
): number {
  let sum = 0;
  let covered = 0;
  for (let index = 0; index < pauses.length; index += 2) {
    const start = Math.max(scale(clip(pauses[index] ?? 0, from, to)), covered);
    const end = scale(clip(pauses[index + 1] ?? 0, from, to));
    if (end <= start) continue;
    sum += end - start;
    covered = end;
  }
  return sum;
}

function clip(ms: number, from: number, to: number): number {
  return Math.min(Math.max(ms, from), to);
}
