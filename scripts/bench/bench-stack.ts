import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { plainToken } from '../cli/sql-client.ts';
import { freePort } from '../process/free-port.ts';
import { spawnGuarded } from '../process/guardian.ts';
import { httpAnswers, waitUntil } from '../process/probe.ts';
import { builtPath } from '../project-root.ts';
import { readServices, type Services } from '../start/services-file.ts';
import type { Durability } from '../../pipeline/runtime/settings.ts';

/** How the product is started for a measurement. */
export interface StackOptions {
  readonly durability: Durability;
  /** Folder for a CPU profile of every Node process, when one is wanted. */
  readonly profileFolder: string | undefined;
}

/** The product as `npm start` runs it, without the demo, on a state folder and ports of its own. */
export interface BenchStack {
  readonly services: Services;
  readonly durability: Durability;
  readonly ingestToken: string;
  readonly analystToken: string;
  /** Ends every process and deletes the state. */
  stop(): Promise<void>;
}

const startTimeoutMs = 60_000;
const stopTimeoutMs = 15_000;

/** Starts the product and waits until every role is ready. @throws Error with the end of its log when it is not */
export async function startStack({ durability, profileFolder }: StackOptions): Promise<BenchStack> {
  const home = mkdtempSync(join(tmpdir(), 'haidang-bench-'));
  const logPath = join(home, 'bench.log');
  const log = openSync(logPath, 'w');
  const env = { ...(await stackEnvironment(home, durability)), ...profiling(profileFolder) };
  const args = [builtPath('scripts/haidang'), 'start'];
  const guarded = spawnGuarded({ program: process.execPath, args, env, output: log });
  closeSync(log);
  const stop = async (): Promise<void> => {
    guarded.signal('SIGTERM');
    const timer = setTimeout(() => guarded.signal('SIGKILL'), stopTimeoutMs);
    await guarded.exited;
    clearTimeout(timer);
    rmSync(home, { recursive: true, force: true });
  };
  let exited = false;
  void guarded.exited.then(() => (exited = true));
  const isReady = async (): Promise<boolean> => {
    const services = readServices(home);
    return (
      exited || (services?.pids.query !== undefined && (await httpAnswers(`${services.queryUrl}/readyz`)))
    );
  };
  const outcome = await waitUntil(isReady, { timeoutMs: startTimeoutMs, everyMs: 100 });
  const services = readServices(home);
  if (exited || outcome !== 'ready' || services === undefined) {
    const tail = readFileSync(logPath, 'utf8').slice(-2_000);
    await stop();
    throw new Error(`the product did not start; the end of its log:\n${tail}`);
  }
  const ingestToken = plainToken(env, 'HAIDANG_INGEST_TOKEN');
  const analystToken = plainToken(env, 'HAIDANG_ANALYST_TOKEN');
  return { services, durability, ingestToken, analystToken, stop };
}

/** Ours alone: settings of an installation that this shell belongs to must not leak into a measurement. */
async function stackEnvironment(home: string, durability: Durability): Promise<NodeJS.ProcessEnv> {
  const foreign = /^(HAIDANG_|NATS_|CLICKHOUSE_)/;
  const inherited = Object.entries(process.env).filter(([name]) => !foreign.test(name));
  const ports = new Set<number>();
  // The system may give a port that is free again to the next who asks.
  while (ports.size < 4) ports.add(await freePort());
  const [port, ingestPort, mqttPort, pipelinePort] = [...ports].map(String);
  return {
    ...Object.fromEntries(inherited),
    HAIDANG_HOME: home,
    HAIDANG_DEMO: 'off',
    HAIDANG_DURABILITY: durability,
    HAIDANG_PORT: port,
    HAIDANG_INGEST_PORT: ingestPort,
    HAIDANG_MQTT_PORT: mqttPort,
    HAIDANG_PIPELINE_PORT: pipelinePort,
    LOG_LEVEL: 'warn',
  };
}

/** `--cpu-prof` is not allowed in NODE_OPTIONS; a script of ours that does the same is. */
function profiling(folder: string | undefined): NodeJS.ProcessEnv {
  if (folder === undefined) return {};
  return { NODE_OPTIONS: `--import=${builtPath('scripts/bench/cpu-profile')}`, BENCH_PROFILE_FOLDER: folder };
}
