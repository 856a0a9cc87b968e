import { cpus, loadavg, totalmem } from 'node:os';

import { connectStore, selectRows } from '../../pipeline/store/connect-store.ts';
import { findNatsServer } from '../setup/find-nats.ts';
import { formatVersion } from '../setup/nats-version.ts';
import type { BenchStack } from './bench-stack.ts';
import { storeAddress } from './measure-storing.ts';

/** What a figure depends on beside our code, one line each. */
export async function machineFacts(stack: BenchStack): Promise<string[]> {
  const client = connectStore(storeAddress(stack.services), 'live');
  const [[engine] = ['?']] = await selectRows<[string]>(client, 'SELECT version()').finally(() =>
    client.close(),
  );
  const server = findNatsServer();
  const gigabytes = Math.round(totalmem() / 1024 ** 3);
  return [
    `machine    ${cpus().length} cores (${cpus()[0]?.model.trim() ?? '?'}), ${gigabytes} GB, ${process.platform}`,
    `software   Node ${process.versions.node}, nats-server ${server === undefined ? '?' : formatVersion(server.version)}, ClickHouse ${engine} (embedded)`,
    `load       ${loadavg()[0]?.toFixed(2) ?? '?'} processes wanted a core in the last minute, before anything was measured`,
  ];
}
