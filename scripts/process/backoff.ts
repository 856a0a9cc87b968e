/** How long to wait before the first restart of a process that died, milliseconds. */
export const firstRestartMs = 50;

/** The longest wait: a process that is killed again and again is still back within three seconds. */
export const restartMsMax = 2_000;

/** A process that ran this long has recovered: its next restart is a first one again. Milliseconds. */
export const recoveredAfterMs = 5_000;

/**
 * The wait before restart number `failures` (from 1) in a row: 50, 100, 200, … up to two seconds.
 *
 * @param failures how often the process died without having run for `recoveredAfterMs`
 */
export function restartDelayMs(failures: number): number {
  return Math.min(restartMsMax, firstRestartMs * 2 ** Math.max(0, failures - 1));
}
