import type { TimeUnit } from './instant.ts';
import { instantOf, parseInstant, timeMsMax, timeMsMin } from './instant.ts';
import { reject, shown, type Rejection } from './rejection.ts';

/**
 * Reads the times of one row and keeps the first fault, so that a kind with seven times stays readable: read them all,
 * then look at `fault` once.
 */
export class TimeReader {
  readonly #unit: TimeUnit | undefined;
  fault: Rejection | null = null;

  constructor(unit: TimeUnit | undefined) {
    this.#unit = unit;
  }

  /** Milliseconds UTC; 0, with `fault` set, when the value is no time that is accepted. */
  required(name: string, value: unknown): number {
    const ms =
      typeof value === 'string'
        ? parseInstant(value)
        : typeof value === 'number' && this.#unit !== undefined
          ? instantOf(value, this.#unit)
          : Number.NaN;
    if (ms >= timeMsMin && ms <= timeMsMax) return ms;
    this.fault ??= this.#faultOf(name, value, ms);
    return 0;
  }

  optional(name: string, value: unknown): number | null {
    return value === undefined || value === null ? null : this.required(name, value);
  }

  #faultOf(name: string, value: unknown, ms: number): Rejection {
    if (!Number.isNaN(ms)) {
      return reject('TIME_RANGE', `${name}: ${shown(value)} is not within 1970-01-01T01:00Z and 2105`);
    }
    if (typeof value === 'number' && this.#unit === undefined) {
      return reject('TIME_FORMAT', `${name}: a number, but the feed declares no unit of time`);
    }
    return reject('TIME_FORMAT', `${name}: ${shown(value)} is not RFC 3339 with an offset`);
  }
}

/** Start of a period in local time (Asia/Ho_Chi_Minh), ms UTC; NaN when there is no such date. */
export function periodStart(period: string): number {
  const quarter = period.indexOf('Q');
  const month = quarter > 0 ? String(Number(period.slice(quarter + 1)) * 3 - 2) : period.slice(5, 7) || '1';
  const day = period.length === 10 ? period.slice(8) : '01';
  return parseInstant(`${period.slice(0, 4)}-${month.padStart(2, '0')}-${day}T00:00:00+07:00`);
}
