import type { ProcessingTimeMs } from '../model/time.ts';

/** The only way to ask for the time. Tests pass a `SimClock`; nothing else calls `Date.now()`. */
export interface Clock {
  now(): ProcessingTimeMs;
}

/** Undoes a timer. Calling it again, or after the timer ran, does nothing. */
export type CancelTimer = () => void;

/**
 * The only way to act later. Delays are monotonic: a step of the wall clock neither skips nor repeats a run.
 * `run` must not throw; an error in it is a bug and ends the process.
 */
export interface Timers {
  /** Calls `run` once, `delayMs` (>= 0) from now. */
  after(delayMs: number, run: () => void): CancelTimer;
  /** Calls `run` every `periodMs` (> 0), first one period from now. */
  every(periodMs: number, run: () => void): CancelTimer;
}

/** Longest delay of a timer; the platform's own bound is 2^31 - 1 ms, beyond which it fires at once. */
export const timerDelayMsMax = 2_147_483_647;

/** The machine's wall clock. */
export const systemClock: Clock = {
  now: () => Date.now() as ProcessingTimeMs,
};

/** The event loop's timers. */
export const systemTimers: Timers = {
  after(delayMs, run) {
    const timer = setTimeout(run, boundedDelay(delayMs));
    return () => clearTimeout(timer);
  },
  every(periodMs, run) {
    const timer = setInterval(run, boundedDelay(periodMs));
    return () => clearInterval(timer);
  },
};

/** Resolves after `delayMs`, or as soon as `signal` fires, whichever comes first. Never rejects. */
export function sleep(timers: Timers, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) return resolve();
    const done = (): void => {
      cancel();
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const cancel = timers.after(delayMs, done);
    signal?.addEventListener('abort', done);
  });
}

function boundedDelay(delayMs: number): number {
  return Math.min(Math.max(0, delayMs), timerDelayMsMax);
}
