import { sendBurst } from './send-burst.ts';
import { sendPaced } from './send-paced.ts';
import type { LoadJob } from './load-job.ts';

// The process that makes the load: one job from its parent, one answer, then it ends. A process of its own, so that
// its work is not mistaken for the product's.

process.once('message', (message) => void run(message as LoadJob));
process.once('disconnect', () => process.exit(0));

async function run(job: LoadJob): Promise<void> {
  process.send?.(job.type === 'burst' ? await sendBurst(job) : await sendPaced(job));
}
