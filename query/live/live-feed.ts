import { HaidangError } from '../../pipeline/errors.ts';
import type { KpiReader } from '../../pipeline/log/kpi-log.ts';
import type { Logger } from '../../pipeline/runtime/logger.ts';
import { sleep, type Clock, type Timers } from '../../pipeline/time/clock.ts';
import type { LiveValue } from '../protocol/live-value.ts';
import type { LiveHub } from './fan-out/live-hub.ts';

/** The stream that was being read is gone, another has its name; reading starts over. */
class StreamReplacedError extends HaidangError {
  readonly code = 'KPI_STREAM_REPLACED';
  readonly disposition = 'retry';
}

/** Longest pause before the broker or ClickHouse is tried again, milliseconds. */
export const retryMsMax = 2_000;

/** What the feed reads from. */
export interface LiveFeedPorts {
  readonly kpiReader: KpiReader;
  /** Sequence in `KPI` up to which every value is in ClickHouse; 0 before the first checkpoint. */
  readonly kpiStored: () => Promise<number>;
  readonly loadValues: () => Promise<readonly LiveValue[]>;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
}

/**
 * Keeps the hub up to date for as long as the process lives.
 *
 *     load ClickHouse --> read KPI from kpiStored + 1 --> apply --> …
 *          ^                        | broker away: read on from the last position
 *          +---- other epoch, or a gap: what was between is only in ClickHouse
 */
export class LiveFeed {
  readonly #hub: LiveHub;
  readonly #ports: LiveFeedPorts;
  readonly #stop = new AbortController();
  #loadedEpoch: string | undefined;

  constructor(hub: LiveHub, ports: LiveFeedPorts) {
    this.#hub = hub;
    this.#ports = ports;
  }

  /** Whether snapshots hold what ClickHouse had; before that nobody is let in. */
  get ready(): boolean {
    return this.#loadedEpoch !== undefined;
  }

  /** Runs until `stop`. Never rejects: everything that can fail here is tried again. */
  async run(): Promise<void> {
    let failures = 0;
    while (!this.#stop.signal.aborted) {
      try {
        await this.#readOnce(() => (failures = 0));
      } catch (error) {
        failures += 1;
        if (failures === 1) this.#ports.logger.warn({ err: error }, 'live feed interrupted, trying again');
      }
      this.#hub.setSource('interrupted');
      await sleep(this.#ports.timers, Math.min(retryMsMax, 100 * 2 ** failures), this.#stop.signal);
    }
  }

  stop(): void {
    this.#stop.abort();
  }

  async #readOnce(onProgress: () => void): Promise<void> {
    const { kpiReader } = this.#ports;
    const epoch = await kpiReader.epoch();
    if (epoch !== this.#loadedEpoch) await this.#load(epoch);
    this.#hub.setSource('reading');
    onProgress();
    const next = this.#hub.store.position.sequence + 1;
    let expected = next;
    for await (const stored of kpiReader.read(next, this.#stop.signal)) {
      if (stored.sequence > expected && expected > 1) {
        // The stream no longer holds what came between; ClickHouse does.
        const gap = { expected, got: stored.sequence };
        this.#ports.logger.warn(gap, 'gap in the KPI stream, loading again');
        await this.#load(epoch, stored.sequence - 1);
      }
      // Counting from the beginning again: another stream under the same name. The next round asks for its
      // epoch.
      if (stored.sequence < next) throw new StreamReplacedError('the KPI stream was made anew');
      expected = stored.sequence + 1;
      this.#hub.apply(stored);
      onProgress();
    }
  }

  async #load(epoch: string, from?: number): Promise<void> {
    // The position first: what is stored between the two readings is then read twice, never missed.
    const sequence = from ?? (await this.#ports.kpiStored());
    const values = await this.#ports.loadValues();
    this.#hub.restart({ epoch, sequence }, values);
    this.#loadedEpoch = epoch;
    this.#ports.logger.info({ epoch, sequence, values: values.length }, 'live values loaded');
  }
}
