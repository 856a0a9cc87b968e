import type { Logger } from 'pino';

import { sleep, type Timers } from '../time/clock.ts';

const RETRY_MS = [100, 200, 500, 1_000, 2_000];

/** What a queue stores, how often, and how much may wait. */
export interface FlushQueueOptions<Item> {
  /** Named in log lines. */
  readonly name: string;
  /** Stores items; called again with the same items until it resolves. */
  store(items: readonly Item[]): Promise<void>;
  /** Least time between two calls of `store`, milliseconds. */
  readonly everyMs: number;
  /** Weight that may wait; beyond it `put` waits, and with it whoever feeds the queue. */
  readonly waitingMax: number;
  readonly timers: Timers;
  readonly logger: Logger;
}

/** Gathers items and stores what has gathered, one call at a time, in order of arrival; loses none. */
export class FlushQueue<Item> {
  readonly #options: FlushQueueOptions<Item>;
  #waiting: Item[] = [];
  #waitingWeight = 0;
  #taken = 0;
  #stored = 0;
  #running: Promise<void> | null = null;
  #scheduled = false;

  constructor(options: FlushQueueOptions<Item>) {
    this.#options = options;
  }

  get waiting(): number {
    return this.#waitingWeight;
  }

  /** Takes an item; it is stored within a flush. Waits when too much is on its way. */
  async put(item: Item, weight = 1): Promise<void> {
    this.#waiting.push(item);
    this.#taken += 1;
    this.#waitingWeight += weight;
    this.#schedule();
    if (this.#waitingWeight > this.#options.waitingMax) await this.flush();
  }

  /** Resolves when every item taken before this call is stored. Waits out a store that is away. */
  async flush(): Promise<void> {
    const goal = this.#taken;
    while (this.#stored < goal) {
      if (this.#running === null) this.#start();
      await this.#running;
    }
  }

  #schedule(): void {
    if (this.#scheduled || this.#running !== null) return;
    this.#scheduled = true;
    this.#options.timers.after(this.#options.everyMs, () => {
      this.#scheduled = false;
      if (this.#running === null && this.#waiting.length > 0) this.#start();
    });
  }

  #start(): void {
    const taken = this.#waiting;
    this.#waiting = [];
    this.#waitingWeight = 0;
    this.#running = this.#store(taken).finally(() => {
      this.#running = null;
      if (this.#waiting.length > 0) this.#schedule();
    });
  }

  async #store(items: readonly Item[]): Promise<void> {
    const { name, store, timers, logger } = this.#options;
    for (let attempt = 0; ; attempt++) {
      try {
        await store(items);
        this.#stored += items.length;
        return;
      } catch (error) {
        logger.warn({ err: error, queue: name, attempt }, 'waiting for the store');
        await sleep(timers, RETRY_MS[Math.min(attempt, RETRY_MS.length - 1)]!);
      }
    }
  }
}
