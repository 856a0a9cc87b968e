import { setTimeout as pause } from 'node:timers/promises';

import { connectStore, selectRows, type StoreAddress } from '../../pipeline/store/connect-store.ts';
import type { Services } from '../start/services-file.ts';
import type { BenchStack } from './bench-stack.ts';
import { cpuSecondsOf, type CpuSeconds } from './cpu-seconds.ts';
import { runLoad } from './load/run-load.ts';
import { perSecond } from './statistics.ts';
import { pm25Events, type WorkloadSpec } from './load/workload.ts';

/** How fast a workload went from HTTP bodies to both tables. */
export interface StoringResult {
  readonly eventsPerSecond: number;
  /** Until every request was answered: stored in the log. */
  readonly acknowledgedPerSecond: number;
  readonly cpu: CpuSeconds;
}

/** Requests that are sent side by side. */
export const requestsInFlight = 4;

const pollMs = 50;
const storedTimeoutMs = 90_000;

/** Where the stack's ClickHouse is. */
export function storeAddress(services: Services): StoreAddress {
  const { clickhouseUrl: url, clickhouseUser: user, clickhousePassword: password } = services;
  return { url, user, password, database: services.clickhouseDatabase };
}

/**
 * Sends a workload and waits until all of it is in the raw table and counted in `kpi_values`. Then the shard's
 * saved position must pass it too: a checkpoint comes every few seconds, so it proves and does not measure.
 *
 * @throws Error when rows are refused or do not arrive
 */
export async function measureStoring(stack: BenchStack, workload: WorkloadSpec): Promise<StoringResult> {
  const { services } = stack;
  const before = cpuSecondsOf(services.pids);
  const target = { ingestUrl: services.ingestUrl, token: stack.ingestToken };
  const sent = await runLoad({ type: 'burst', ...target, workload, inFlight: requestsInFlight });
  if (sent.accepted !== workload.events) {
    throw new Error(`${sent.accepted} of ${workload.events} events were accepted`);
  }
  const storedMs = await waitForTables(stack, workload, sent.lastPosition);
  const cpu = cpuSecondsOf(services.pids, before);
  await waitForShard(services, 'savedPosition', sent.lastPosition);
  return {
    eventsPerSecond: perSecond(workload.events, storedMs - sent.startedMs),
    acknowledgedPerSecond: perSecond(workload.events, sent.answeredMs - sent.startedMs),
    cpu,
  };
}

async function waitForTables(stack: BenchStack, workload: WorkloadSpec, position: number): Promise<number> {
  await waitForShard(stack.services, 'position', position);
  const client = connectStore(storeAddress(stack.services), 'live');
  const { name, events } = workload;
  const statement = `SELECT
    (SELECT count() FROM raw_measurements WHERE feed = '${name}'),
    (SELECT sum(denominator) FROM kpi_values
      WHERE kpi = 'environment.pm25_mean_1h' AND startsWith(entity, '${name}-'))`;
  const endMs = Date.now() + storedTimeoutMs;
  try {
    for (;;) {
      const [[rows, counted] = [0, 0]] = await selectRows<[number, number]>(client, statement);
      if (rows >= events && counted >= pm25Events(workload)) return Date.now();
      if (Date.now() > endMs) throw new Error(`${rows} rows of ${events} and ${counted} readings counted`);
      await pause(pollMs);
    }
  } finally {
    await client.close();
  }
}

async function waitForShard(
  services: Services,
  field: 'position' | 'savedPosition',
  position: number,
): Promise<void> {
  const endMs = Date.now() + storedTimeoutMs;
  for (;;) {
    const response = await fetch(`${services.pipelineUrl}/healthz`);
    const { shards } = (await response.json()) as {
      shards: ({ subsystem: string } & Record<string, number>)[];
    };
    const reached = shards.find(({ subsystem }) => subsystem === 'environment')?.[field] ?? 0;
    if (reached >= position) return;
    if (Date.now() > endMs) throw new Error(`the shard's ${field} is ${reached}, not ${position}`);
    await pause(pollMs);
  }
}
