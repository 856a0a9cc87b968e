/** How long to wait before the first restart of a process that died, milliseconds. */
export const firstRestartMs = 50;

/** The longest wait: a process that dies again and again before it serves takes no more of the machine than that. */
export const restartMsMax = 1_000;

/** A process that has served this long has recovered: its next restart is a first one again. Milliseconds. */
export const recoveredAfterMs = 1_000;

/**
 * The wait before restart number `failures` (from 1) in a row: 50, 100, 200, … up to one second.
 *
 * @param failures how often the process died without having served for `recoveredAfterMs`
 */
export function restartDelayMs(failures: number): number {
  return Math.min(restartMsMax, firstRestartMs * 2 ** Math.max(0, failures - 1));
}
