import type { ClickHouseClient } from '@clickhouse/client';
import type { Logger } from 'pino';

import { type PlacedBatch, reframe } from '../model/batch/reframe.ts';
import { insertArrow } from '../store/connect-store.ts';
import { EVENT_TABLES, type EventTable, insertColumns } from '../store/event-tables.ts';
import type { Timers } from '../time/clock.ts';
import { FlushQueue } from './flush-queue.ts';

/** Least time between two inserts into one table, milliseconds: parts must not pile up. */
const FLUSH_EVERY_MS = 250;
const WAITING_ROWS_MAX = 400_000;
/** Rows of one insert; its Arrow stream stays below the hand-over bound of the embedded engine. */
const INSERT_ROWS_MAX = 100_000;

/** Rows of one batch on their way into a table. */
export interface TableRows {
  readonly table: EventTable;
  readonly placed: PlacedBatch;
}

/** How many rows of a batch are to be stored. */
export function rowsOf({ rows, batch }: PlacedBatch): number {
  return rows === null ? batch.length : rows.length;
}

/** Rows of all shards on their way into the raw tables: gathered, framed once, inserted. */
export function rawWriter(deps: {
  readonly client: ClickHouseClient;
  readonly timers: Timers;
  readonly logger: Logger;
}): FlushQueue<TableRows> {
  return new FlushQueue<TableRows>({
    name: 'raw rows',
    everyMs: FLUSH_EVERY_MS,
    waitingMax: WAITING_ROWS_MAX,
    timers: deps.timers,
    logger: deps.logger,
    async store(items) {
      for (const table of Object.keys(EVENT_TABLES) as EventTable[]) {
        const placed = items.filter((item) => item.table === table).map((item) => item.placed);
        for (const group of inserts(placed)) {
          const bytes = reframe(EVENT_TABLES[table], group);
          await insertArrow(deps.client, { table, columns: insertColumns(table) }, bytes);
        }
      }
    },
  });
}

function* inserts(placed: readonly PlacedBatch[]): Generator<PlacedBatch[]> {
  let group: PlacedBatch[] = [];
  let rows = 0;
  for (const one of placed) {
    if (rows > 0 && rows + rowsOf(one) > INSERT_ROWS_MAX) {
      yield group;
      group = [];
      rows = 0;
    }
    group.push(one);
    rows += rowsOf(one);
  }
  if (group.length > 0) yield group;
}
