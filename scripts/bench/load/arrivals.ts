/**
 * Matches events with the frames that carry them, by counting.
 *
 * A value of `environment.pm25_mean_1h` says how many readings are in it. The nth reading that was sent of one
 * station and hour has arrived with the first value that counts n or more.
 *
 *     sent      1  2     3        4
 *     values          2        3     4      latencies: value 2 carries readings 1 and 2, …
 */
export class Arrivals {
  readonly #fromMs: number;
  readonly #waiting = new Map<string, { readonly sentMs: number[]; counted: number }>();
  readonly #latenciesMs: number[] = [];
  #missing = 0;

  /** @param fromMs what was sent earlier is followed, but does not count: the process is still warming up */
  constructor(fromMs: number) {
    this.#fromMs = fromMs;
  }

  /** Latencies so far, in order of arrival. */
  get latenciesMs(): readonly number[] {
    return this.#latenciesMs;
  }

  /** Readings that no value has counted yet. */
  get missing(): number {
    return this.#missing;
  }

  /** A reading of a key (station and hour) is being sent. */
  sent(key: string, atMs: number): void {
    let line = this.#waiting.get(key);
    if (line === undefined) this.#waiting.set(key, (line = { sentMs: [], counted: 0 }));
    line.sentMs.push(atMs);
    if (atMs >= this.#fromMs) this.#missing += 1;
  }

  /** A value that counts `readings` of a key has come; keys that nobody sent are ignored. */
  seen(key: string, readings: number, atMs: number): void {
    const line = this.#waiting.get(key);
    if (line === undefined) return;
    for (const sentMs of line.sentMs.slice(line.counted, readings)) {
      if (sentMs < this.#fromMs) continue;
      this.#latenciesMs.push(atMs - sentMs);
      this.#missing -= 1;
    }
    line.counted = Math.max(line.counted, Math.min(readings, line.sentMs.length));
  }
}
