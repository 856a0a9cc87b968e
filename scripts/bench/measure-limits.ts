import { lookupsOf } from '../../ingest/guard/lookups.ts';
import { RowGuard } from '../../ingest/guard/row-guard.ts';
import { defaultRegistryFolder, loadRegistry } from '../../pipeline/kpi/registry/load-registry.ts';
import { connectLog } from '../../pipeline/log/jetstream/connect-log.ts';
import { publish } from '../../pipeline/log/jetstream/publish.ts';
import { decodeBatch } from '../../pipeline/model/batch/batch.ts';
import { BatchBuilder } from '../../pipeline/model/batch/batch-builder.ts';
import { reframe } from '../../pipeline/model/batch/reframe.ts';
import { connectStore, insertArrow } from '../../pipeline/store/connect-store.ts';
import { insertColumns } from '../../pipeline/store/event-tables.ts';
import type { BenchStack } from './bench-stack.ts';
import { requestsInFlight, storeAddress } from './measure-storing.ts';
import { perSecond } from './statistics.ts';
import { batchRows, type Reading } from './load/workload.ts';

/** Batches of one insert: what the pipeline's writer gathers under full load. */
const batchesPerInsert = 50;

/** JSON.parse of the bodies and nothing else, on one core. */
export function parseLimit(bodies: readonly Buffer[]): number {
  let events = 0;
  const startMs = performance.now();
  for (const body of bodies) events += (JSON.parse(body.toString()) as unknown[]).length;
  return perSecond(events, performance.now() - startMs);
}

/** The Arrow batches that ingest would write for these readings: the same guard, the same builder. */
export function batchesOf(readings: readonly Reading[]): Uint8Array[] {
  const guard = new RowGuard('bench', lookupsOf(loadRegistry([defaultRegistryFolder()])));
  const batches: Uint8Array[] = [];
  for (let start = 0; start < readings.length; start += batchRows) {
    const builder = new BatchBuilder('measurement');
    for (const reading of readings.slice(start, start + batchRows)) {
      const verdict = guard.check(reading, Date.now());
      if (verdict.kind === 'rejected')
        throw new Error(`a reading of the bench is refused: ${verdict.detail}`);
      builder.add(verdict.event);
    }
    batches.push(builder.finish());
  }
  return batches;
}

/** Appending the batches to a stream of its own beside `EVENTS`, with as many on their way as the load has requests. */
export async function logLimit({ services }: BenchStack, batches: readonly Uint8Array[]): Promise<number> {
  const log = await connectLog(services.natsUrl, 'bench');
  const stream = 'BENCH';
  await log.manager.streams.add({ name: stream, subjects: ['bench.batches'] });
  try {
    const startMs = performance.now();
    let next = 0;
    const appendRest = async (): Promise<void> => {
      for (let index = next++; index < batches.length; index = next++) {
        const messageId = `bench-${index}`;
        await publish(log.client, 'bench.batches', batches[index] ?? new Uint8Array(), { messageId });
      }
    };
    await Promise.all(Array.from({ length: requestsInFlight }, appendRest));
    return perSecond(batches.length * batchRows, performance.now() - startMs);
  } finally {
    await log.manager.streams.delete(stream);
    await log.close();
  }
}

/** Inserting the batches into a table like `raw_measurements`, framed beforehand as the pipeline frames them. */
export async function engineLimit({ services }: BenchStack, batches: readonly Uint8Array[]): Promise<number> {
  const client = connectStore(storeAddress(services), 'write');
  const table = 'bench_measurements';
  await client.command({ query: `CREATE TABLE ${table} AS raw_measurements` });
  try {
    const frames = framesOf(batches);
    const startMs = performance.now();
    for (const frame of frames) {
      await insertArrow(client, { table, columns: insertColumns('raw_measurements') }, frame);
    }
    return perSecond(batches.length * batchRows, performance.now() - startMs);
  } finally {
    await client.command({ query: `DROP TABLE ${table}` });
    await client.close();
  }
}

function framesOf(batches: readonly Uint8Array[]): Uint8Array[] {
  const placed = batches.map((bytes, index) => ({
    batch: decodeBatch('measurement', bytes),
    ...{ subsystem: 'environment', position: index + 1, rows: null },
  }));
  const frames: Uint8Array[] = [];
  for (let start = 0; start < placed.length; start += batchesPerInsert) {
    frames.push(reframe('measurement', placed.slice(start, start + batchesPerInsert)));
  }
  return frames;
}
