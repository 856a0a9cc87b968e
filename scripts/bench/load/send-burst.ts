import type { BurstJob, BurstResult } from './load-job.ts';
import { postEvents } from './post-events.ts';
import { bodiesOf } from './workload.ts';

/** Builds every body, then sends them in order with `inFlight` requests at a time. */
export async function sendBurst(job: BurstJob): Promise<BurstResult> {
  const bodies = bodiesOf(job.workload);
  const startedMs = Date.now();
  let next = 0;
  let accepted = 0;
  let lastPosition = 0;
  const sendRest = async (): Promise<void> => {
    for (let body = bodies[next++]; body !== undefined; body = bodies[next++]) {
      const answer = await postEvents(job, job.workload.name, body);
      accepted += answer.accepted;
      lastPosition = Math.max(lastPosition, answer.position);
    }
  };
  await Promise.all(Array.from({ length: job.inFlight }, sendRest));
  return { type: 'burst', startedMs, answeredMs: Date.now(), accepted, lastPosition };
}
