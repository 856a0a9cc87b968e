/** Longest pause before the next try, milliseconds: a wall is back within three seconds of its server. */
export const reconnectMsMax = 2_500;

const firstMs = 250;

/**
 * Pause before try number `failures` (from 1), milliseconds: doubled each time up to the bound, then between
 * half
 * of it and all of it, so that many screens do not come back in the same instant.
 *
 * @param random a number in [0, 1)
 */
export function reconnectDelay(failures: number, random: number): number {
  const steps = Math.min(Math.max(0, failures - 1), 16);
  const fullMs = Math.min(reconnectMsMax, firstMs * 2 ** steps);
  return fullMs / 2 + (fullMs / 2) * random;
}
