import { statSync } from 'node:fs';

import { HaidangError } from '../../pipeline/errors.ts';
import { sleep, systemTimers } from '../../pipeline/time/clock.ts';
import { CommandFailure } from '../cli/command-failure.ts';
import { BatchSender } from './batch-sender.ts';
import { pushBatch, type IngestDoor, type Receipt } from './push-batch.ts';
import type { ReplayPosition } from './replay-position.ts';
import { ReplayProgress, type ProgressOutput } from './replay-progress.ts';
import { orderedRows, type Disorder } from './row-order.ts';
import { newReadCounts, rowTimeMs, type ReadCounts, type ReplayRow } from './row-source.ts';
import type { EmbassyPlace } from './us-embassy-csv.ts';

/** One replay. */
export interface ReplayPlan {
  readonly paths: readonly string[];
  readonly door: IngestDoor;
  readonly place: EmbassyPlace;
  /** How many times faster than it happened; 'max': as fast as it is taken. */
  readonly speed: number | 'max';
  readonly batchRows: number;
  readonly inFlightMax: number;
  readonly giveUpMs: number;
  readonly disorder: Disorder | undefined;
  /** Rows from the beginning that are not sent again. */
  readonly skipRows: number;
}

/** What became of a replay. */
export interface ReplayResult {
  /** Rows sent and answered in this run. */
  readonly receipt: Receipt;
  readonly counts: ReadCounts;
  readonly skipped: number;
  readonly elapsedMs: number;
  /** Why it ended early, or ''. */
  readonly stopped: string;
}

/** At less than full speed a batch waits for more rows at most this long, milliseconds. */
const lingerMs = 250;
const positionEveryMs = 500;
const stoppedText = 'stopped; --resume continues where it stood';

/** Sends the rows of the files. Ends early, with the position kept, when `signal` fires or ingest refuses. */
export async function replayFiles(
  plan: ReplayPlan,
  position: ReplayPosition,
  output: ProgressOutput,
  signal: AbortSignal,
): Promise<ReplayResult> {
  const startMs = performance.now();
  const counts = newReadCounts();
  const totalBytes = plan.paths.reduce((sum, path) => sum + statSync(path).size, 0);
  const progress = new ReplayProgress(output);
  let waiting = '';
  const push = async (rows: readonly string[]): Promise<Receipt> => {
    const receipt = await pushBatch(plan.door, rows, {
      giveUpMs: plan.giveUpMs,
      signal,
      onWait: (reason) => {
        waiting = reason;
        show();
      },
    });
    waiting = '';
    return receipt;
  };
  const sender = new BatchSender(push, plan.inFlightMax, plan.skipRows);
  const source = orderedRows(plan.paths, plan.place, plan.disorder, counts);
  const show = (): void =>
    progress.update(() => {
      const sent = sender.acknowledgedRows - plan.skipRows;
      return {
        fraction: source.fraction(sender.acknowledgedRows, totalBytes),
        sent,
        receipt: sender.receipt,
        waiting,
      };
    });

  let stopped = '';
  let writtenMs = performance.now();
  try {
    for await (const batch of batches(source.rows(), plan, signal)) {
      await sender.send(batch);
      show();
      if (performance.now() - writtenMs < positionEveryMs) continue;
      position.write(sender.acknowledgedRows);
      writtenMs = performance.now();
    }
    await sender.drain();
    if (signal.aborted) stopped = stoppedText;
  } catch (error) {
    if (!(error instanceof HaidangError) && !(error instanceof CommandFailure)) throw error;
    stopped = signal.aborted ? stoppedText : error.message;
    await sender.settle();
  } finally {
    progress.clear();
  }
  position.write(sender.acknowledgedRows);
  const elapsedMs = performance.now() - startMs;
  return { receipt: sender.receipt, counts, skipped: plan.skipRows, elapsedMs, stopped };
}

/** Cuts rows into batches, and waits until the newest row of a batch is due. */
async function* batches(
  source: AsyncGenerator<ReplayRow[]>,
  plan: ReplayPlan,
  signal: AbortSignal,
): AsyncGenerator<string[]> {
  let skip = plan.skipRows;
  let batch: string[] = [];
  let firstMs: number | undefined;
  let timeMs = 0;
  let batchMs = 0;
  const startMs = performance.now();
  for await (const rows of source) {
    for (const row of rows) {
      if (signal.aborted) return;
      if (skip > 0) {
        skip -= 1;
        continue;
      }
      if (plan.speed !== 'max') {
        timeMs = rowTimeMs(row, timeMs);
        firstMs ??= timeMs;
        const dueMs = startMs + (timeMs - firstMs) / plan.speed;
        if (batch.length > 0 && Math.max(dueMs, performance.now()) > batchMs + lingerMs) {
          yield batch;
          batch = [];
        }
        // Only a row that is not due yet waits: a timer for each would slow a fast replay down.
        if (dueMs > performance.now()) await sleep(systemTimers, dueMs - performance.now(), signal);
        if (batch.length === 0) batchMs = performance.now();
      }
      batch.push(row.text);
      if (batch.length < plan.batchRows) continue;
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
}
