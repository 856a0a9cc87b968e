import type { ClickHouseClient } from '@clickhouse/client';
import type { Logger } from 'pino';

import { encodeRows } from '../model/batch/encode-rows.ts';
import type { Column } from '../model/columns.ts';
import type { Registry } from '../model/registry.ts';
import { insertArrow, tableTime } from '../store/connect-store.ts';
import type { Timers } from '../time/clock.ts';
import { FlushQueue } from './flush-queue.ts';
import type { LateRow, StoredPosition } from './shard/shard-state.ts';
import type { Shard } from './shard/shard.ts';

const FLUSH_EVERY_MS = 1_000;
const WAITING_MAX = 500_000;

interface Deps {
  readonly client: ClickHouseClient;
  readonly timers: Timers;
  readonly logger: Logger;
}

const LATE_COLUMNS: readonly Column[] = [
  { name: 'log_position', type: 'version', optional: false },
  { name: 'log_row', type: 'count', optional: false },
  { name: 'subsystem', type: 'code', optional: false },
  { name: 'watermark', type: 'time', optional: false },
];

/** Marks of late rows on their way into the table behind `late_events`. */
export function lateWriter(deps: Deps): FlushQueue<readonly LateRow[]> {
  return new FlushQueue<readonly LateRow[]>({
    ...deps,
    name: 'late rows',
    everyMs: FLUSH_EVERY_MS,
    waitingMax: WAITING_MAX,
    async store(items) {
      const rows = items.flat().map((late) => {
        return [late.position, late.row, late.subsystem, Math.max(0, late.watermark)];
      });
      const into = { table: 'raw_late_events', columns: LATE_COLUMNS.map(({ name }) => name) };
      await insertArrow(deps.client, into, encodeRows(LATE_COLUMNS, rows));
    },
  });
}

/** Stored positions on their way to readers of the tables; of each subsystem only the newest. */
export function positionWriter(deps: Deps): FlushQueue<StoredPosition> {
  return new FlushQueue<StoredPosition>({
    ...deps,
    name: 'positions',
    everyMs: FLUSH_EVERY_MS,
    waitingMax: WAITING_MAX,
    async store(items) {
      const newest = new Map(items.map(({ subsystem, position }) => [subsystem, position]));
      await deps.client.insert({ table: 'raw_positions', values: [...newest], format: 'JSONCompactEachRow' });
    },
  });
}

/** Writes what became of each feed's events to the table behind `feeds`; only feeds that moved since the last time. */
export class FeedWriter {
  readonly #client: ClickHouseClient;
  readonly #registry: Registry;
  readonly #written = new Map<string, string>();

  constructor(client: ClickHouseClient, registry: Registry) {
    this.#client = client;
    this.#registry = registry;
  }

  async write(shards: readonly Shard[]): Promise<void> {
    const rows = shards.flatMap((shard) => this.#rowsOf(shard));
    const changed = rows.filter(
      (row) => this.#written.get(`${row.subsystem} ${row.feed}`) !== JSON.stringify(row),
    );
    if (changed.length === 0) return;
    await this.#client.insert({ table: 'raw_feeds', values: changed, format: 'JSONEachRow' });
    for (const row of changed) this.#written.set(`${row.subsystem} ${row.feed}`, JSON.stringify(row));
  }

  #rowsOf(shard: Shard) {
    const { subsystem, position } = shard.report();
    const { clocks, counts } = shard.feeds();
    const byFeed = new Map(counts);
    return clocks.map(({ feed, maxEventTime, lastReceivedAt }) => {
      const config = this.#registry.feeds.get(feed);
      const { events, duplicates, conflicts, late } = byFeed.get(feed) ?? NONE;
      return {
        feed,
        title: config?.title.vi ?? feed,
        subsystem,
        declared: config?.declared === true ? 1 : 0,
        events,
        duplicates,
        conflicts,
        late,
        newest_event_time: tableTime(maxEventTime),
        last_received_at: tableTime(lastReceivedAt),
        position,
      };
    });
  }
}

const NONE = { events: 0, duplicates: 0, conflicts: 0, late: 0 };
