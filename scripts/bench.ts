import { Command, InvalidArgumentError } from 'commander';

import {
  fullSize,
  measurements,
  quickSize,
  runBench,
  type BenchOptions,
  type Measurement,
} from './bench/bench-plan.ts';
import type { BenchStack } from './bench/bench-stack.ts';
import { formatFigures } from './bench/bench-table.ts';

// `npm run bench`: every figure beside the limit or the peer that was measured in the same run. It starts the product
// on state folders and ports of its own and leaves nothing behind. A missed aim is a word in the table, not a failure.

/** Everything that waits has its own bound; this one is for what nobody thought of. */
const totalMsMax = 6 * 60_000;

const program = new Command('bench')
  .description('measure throughput, replay, MQTT, latency and the guard of SQL, each beside its limit')
  .option('--quick', 'less of everything: a look, not a measurement')
  .option('--only <name>', `measure only this: ${measurements.join(', ')}`, readMeasurement)
  .option('--profile <folder>', 'write a CPU profile of every process, which slows it down')
  .parse();
const chosen = program.opts<{ quick?: boolean; only?: Measurement; profile?: string }>();

let running: BenchStack | undefined;
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void giveUp(`stopped by ${signal}`));
setTimeout(() => void giveUp('took too long'), totalMsMax).unref();

const options: BenchOptions = {
  only: new Set(chosen.only === undefined ? measurements : [chosen.only]),
  size: chosen.quick === true ? quickSize : fullSize,
  profileFolder: chosen.profile,
  say: (line) => process.stdout.write(`${line}\n`),
  onStack: (stack) => (running = stack),
};
const startMs = performance.now();
const figures = await runBench(options);
process.stdout.write(`\n${formatFigures(figures)}\n\n`);
process.stdout.write(
  `took ${Math.round((performance.now() - startMs) / 1_000)} s; batches of 1,000, 4 requests in flight\n`,
);
process.exit(0);

function readMeasurement(name: string): Measurement {
  const found = measurements.find((one) => one === name);
  if (found !== undefined) return found;
  throw new InvalidArgumentError(`one of ${measurements.join(', ')}`);
}

async function giveUp(reason: string): Promise<never> {
  process.stderr.write(`bench: ${reason}\n`);
  await running?.stop();
  process.exit(1);
}
