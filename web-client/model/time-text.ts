/** Việt Nam keeps UTC+7 all year: no table of zones is needed. */
const zoneMs = 7 * 3_600_000;

/** Milliseconds of an hour and of a day. */
export const hourMs = 3_600_000;
export const dayMs = 86_400_000;

/** '14:05' */
export function clockText(ms: number): string {
  return new Date(ms + zoneMs).toISOString().slice(11, 16);
}

/** '24/11' */
export function dateText(ms: number): string {
  const iso = new Date(ms + zoneMs).toISOString();
  return `${iso.slice(8, 10)}/${iso.slice(5, 7)}`;
}

/** '24/11/2026' */
export function fullDateText(ms: number): string {
  return `${dateText(ms)}/${new Date(ms + zoneMs).toISOString().slice(0, 4)}`;
}

/** 0 is Sunday. */
export function weekday(ms: number): number {
  return new Date(ms + zoneMs).getUTCDay();
}

/** Start of the local day. */
export function startOfDay(ms: number): number {
  return Math.floor((ms + zoneMs) / dayMs) * dayMs - zoneMs;
}

/** A moment as it stands beside a value: the hour today, the day before today, the year before this year. */
export function momentText(ms: number, nowMs: number): string {
  const today = startOfDay(nowMs);
  // Just after midnight, 23:50 needs no date.
  if (ms >= today - 6 * hourMs) return clockText(ms);
  const sameYear = fullDateText(ms).slice(6) === fullDateText(nowMs).slice(6);
  if (!sameYear) return fullDateText(ms);
  return nowMs - ms < 2 * dayMs ? `${clockText(ms)} ${dateText(ms)}` : dateText(ms);
}

/** '14:05:09' */
export function secondText(ms: number): string {
  return new Date(ms + zoneMs).toISOString().slice(11, 19);
}

/** A window: '13:00-14:00 24/11/2026' within a day, '24/11/2026' for a day, '15/10/2026-14/11/2026' for more. */
export function windowText(startMs: number, endMs: number): string {
  const [first, last] = [fullDateText(startMs), fullDateText(endMs - 1)];
  if (startMs === startOfDay(startMs) && endMs === startOfDay(endMs)) {
    return first === last ? first : `${first}-${last}`;
  }
  return first === last
    ? `${clockText(startMs)}-${clockText(endMs)} ${first}`
    : `${clockText(startMs)} ${first}-${clockText(endMs)} ${last}`;
}
