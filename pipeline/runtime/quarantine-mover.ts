import type { ClickHouseClient } from '@clickhouse/client';
import type { Logger } from 'pino';

import type { CheckpointStore } from '../log/checkpoint-store.ts';
import type { QuarantinedRow, QuarantineReader } from '../log/event-log.ts';
import { selectRows, tableTime } from '../store/connect-store.ts';
import { sleep, type Timers } from '../time/clock.ts';

const RETRY_MS = 1_000;
const SAVE_EVERY = 100;
const CHECKPOINT_NAME = 'quarantine';

interface Deps {
  readonly reader: QuarantineReader;
  readonly client: ClickHouseClient;
  readonly checkpoints: CheckpointStore;
  readonly timers: Timers;
  readonly logger: Logger;
}

/** Carries the `QUARANTINE` stream into the table behind `quarantine`, and counts its rows by feed. */
export class QuarantineMover {
  readonly #deps: Deps;
  #byFeed = new Map<string, number>();
  #moved = 0;
  #counted = -1;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** Rows of a feed that were set aside, ever. */
  countOf(feed: string): number {
    return this.#byFeed.get(feed) ?? 0;
  }

  get moved(): number {
    return this.#moved;
  }

  /** Runs until `signal` fires. A row moved twice has the same key and counts once in the table. */
  async run(signal: AbortSignal): Promise<void> {
    const { reader, checkpoints } = this.#deps;
    await this.count();
    const found = await checkpoints.load(CHECKPOINT_NAME);
    let version = found?.checkpoint.version ?? 0;
    let sinceSave = 0;
    const from = found === null ? 1 : Number(found.checkpoint.body) + 1;
    for await (const { sequence, rows } of reader.read(from, signal)) {
      await this.#store(sequence, rows);
      this.#moved += rows.length;
      sinceSave += 1;
      if (sinceSave < SAVE_EVERY) continue;
      sinceSave = 0;
      version = await checkpoints.save(CHECKPOINT_NAME, String(sequence), version);
    }
  }

  /** Counts the table's rows by feed; rows that were moved twice count once there. */
  async count(): Promise<void> {
    if (this.#counted === this.#moved) return;
    this.#counted = this.#moved;
    const query = 'SELECT feed, count() FROM raw_quarantine FINAL GROUP BY feed';
    this.#byFeed = new Map(await selectRows<[string, number]>(this.#deps.client, query));
  }

  async #store(sequence: number, rows: readonly QuarantinedRow[]): Promise<void> {
    const values = rows.map((row, index) => ({
      // A row that the pipeline set aside is known by its place in the log, whatever message carried it.
      sequence: row.position > 0 ? 0 : sequence,
      row: row.position > 0 ? 0 : index,
      feed: row.feed,
      code: row.code,
      detail: row.detail,
      payload: row.payload,
      received_at: tableTime(row.receivedAt),
      log_position: row.position,
      log_row: row.row,
    }));
    for (;;) {
      try {
        await this.#deps.client.insert({ table: 'raw_quarantine', values, format: 'JSONEachRow' });
        return;
      } catch (error) {
        this.#deps.logger.warn({ err: error }, 'quarantined rows wait for the store');
        await sleep(this.#deps.timers, RETRY_MS);
      }
    }
  }
}
