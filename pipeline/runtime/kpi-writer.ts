import type { ClickHouseClient } from '@clickhouse/client';
import type { Logger } from 'pino';

import type { KpiValue } from '../model/kpi-value.ts';
import { insertKpiValues } from '../store/kpi-table.ts';
import type { Timers } from '../time/clock.ts';
import { FlushQueue } from './flush-queue.ts';

/** SQL may trail the wall by one flush, milliseconds. */
const FLUSH_EVERY_MS = 500;
const WAITING_VALUES_MAX = 200_000;
const INSERT_VALUES_MAX = 50_000;

/** Published values on their way into `kpi_values`. */
export function kpiWriter(deps: {
  readonly client: ClickHouseClient;
  readonly timers: Timers;
  readonly logger: Logger;
}): FlushQueue<readonly KpiValue[]> {
  return new FlushQueue<readonly KpiValue[]>({
    name: 'values',
    everyMs: FLUSH_EVERY_MS,
    waitingMax: WAITING_VALUES_MAX,
    timers: deps.timers,
    logger: deps.logger,
    async store(items) {
      const values = items.flat();
      for (let at = 0; at < values.length; at += INSERT_VALUES_MAX) {
        await insertKpiValues(deps.client, values.slice(at, at + INSERT_VALUES_MAX));
      }
    },
  });
}
