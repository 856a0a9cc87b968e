import { fork } from 'node:child_process';

import { builtPath } from '../../project-root.ts';
import type { BurstJob, BurstResult, LoadJob, LoadResult, PaceJob, PaceResult } from './load-job.ts';

/** Runs one job in a process of its own and resolves with its result. */
export function runLoad(job: BurstJob): Promise<BurstResult>;
export function runLoad(job: PaceJob): Promise<PaceResult>;
export function runLoad(job: LoadJob): Promise<LoadResult> {
  const child = fork(builtPath('scripts/bench/load/load-generator'), { stdio: ['ignore', 2, 2, 'ipc'] });
  return new Promise<LoadResult>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`the load generator ended with ${String(code)}`)));
    child.on('message', (message) => {
      resolve(message as LoadResult);
      child.disconnect();
    });
    child.send(job);
  });
}
