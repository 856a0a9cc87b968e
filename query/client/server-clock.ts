/**
 * The server's time, told by its heartbeats and carried on by a clock that never steps: the machine under a
 * screen may
 * have any time it likes.
 */
export class ServerClock {
  readonly #monotonicMs: () => number;
  #base: { readonly serverMs: number; readonly atMs: number } | undefined;

  /** @param monotonicMs milliseconds since some moment, never stepping back, such as `performance.now` */
  constructor(monotonicMs: () => number) {
    this.#monotonicMs = monotonicMs;
  }

  /** Takes the time of a heartbeat. */
  hear(time: string): void {
    const serverMs = Date.parse(time);
    if (!Number.isFinite(serverMs)) return;
    this.#base = { serverMs, atMs: this.#monotonicMs() };
  }

  /** Milliseconds since 1970 at the server, or undefined before the first heartbeat. */
  now(): number | undefined {
    if (this.#base === undefined) return undefined;
    return this.#base.serverMs + Math.max(0, this.#monotonicMs() - this.#base.atMs);
  }

  /** Server time of the last heartbeat, milliseconds since 1970. */
  get heardMs(): number | undefined {
    return this.#base?.serverMs;
  }

  /** How long ago the last heartbeat came, milliseconds. */
  get silenceMs(): number {
    return this.#base === undefined ? Number.POSITIVE_INFINITY : this.#monotonicMs() - this.#base.atMs;
  }
}
