import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { pino } from 'pino';

import { ConfigurationError, HaidangError } from '../../errors.ts';
import { sleep, systemTimers } from '../../time/clock.ts';
import { Engine } from './engine/engine.ts';
import { writeEngineConfig } from './engine/engine-config.ts';
import { emptyPrivateDirectory, HandOver } from './http/hand-over.ts';
import { createEngineServer, type EngineServer } from './http/http-server.ts';
import { makeMemoryDirectory } from './http/memory-directory.ts';

/** Running statements may finish for so long after SIGTERM, then they are killed. */
const finishMsMax = 2_500;
/** After so long the process ends as by `kill -9`, which loses nothing that was acknowledged. */
const stopMsMax = 7_000;

const log = pino({ name: 'clickhouse', level: process.env['LOG_LEVEL'] ?? 'info' }, pino.destination(2));

start().catch((error: unknown) => {
  const known = error instanceof HaidangError || (error instanceof Error && 'code' in error);
  const message = known ? (error as Error).message : 'the embedded ClickHouse could not start';
  log.fatal({ err: error }, message);
  process.exit(1);
});

async function start(): Promise<void> {
  process.env['TZ'] = 'UTC';
  const environment = readEnvironment(process.env);
  const state = join(environment.home, 'clickhouse');
  mkdirSync(state, { recursive: true, mode: 0o700 });
  const runDirectory = join(environment.home, 'run');
  mkdirSync(runDirectory, { recursive: true, mode: 0o700 });
  const connectionArgs = writeEngineConfig(join(runDirectory, 'clickhouse.xml'), environment.durability);
  const pipeDirectory = join(runDirectory, 'clickhouse-pipes');
  mkdirSync(pipeDirectory, { recursive: true, mode: 0o700 });
  const engine = await Engine.start({
    ...{ dataDirectory: state, pipeDirectory, connectionArgs, timers: systemTimers },
    database: environment.database,
    threads: environment.threads,
  });
  // Only now: whoever holds the data directory also owns the hand-over folders.
  const handOver = new HandOver(
    memoryDirectory(),
    emptyPrivateDirectory(join(environment.home, 'run', 'clickhouse-bodies')),
  );
  const ports = { engine, handOver, timers: systemTimers, database: environment.database };
  const server = createEngineServer(ports, environment, log);
  server.server.listen(environment.port, '127.0.0.1');
  await once(server.server, 'listening');
  let stopping: Promise<void> | undefined;
  // A second signal must not end the process while the first one's work is under way.
  const onSignal = (): void => void (stopping ??= stop(engine, server, handOver));
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  const { port, durability, database, threads } = environment;
  log.info(
    { port, durability, database, threads, version: engine.version },
    'the embedded ClickHouse is ready',
  );
  if (threads < 14) {
    log.warn({ threads }, 'UV_THREADPOOL_SIZE is below 14: fewer statements run at once');
  }
}

async function stop(engine: Engine, server: EngineServer, handOver: HandOver): Promise<void> {
  log.info({ running: engine.running }, 'stopping');
  const isOver = systemTimers.after(stopMsMax, () => {
    log.warn({ running: engine.running }, 'a statement does not end: ending without it');
    process.kill(process.pid, 'SIGKILL');
  });
  server.drain();
  const cancelTimer = systemTimers.after(finishMsMax, () => server.cancelAll());
  while (engine.running > 0 || server.open > 0) await sleep(systemTimers, 20);
  cancelTimer();
  await engine.close();
  handOver.close();
  isOver();
  server.server.closeAllConnections();
  log.info('stopped');
  process.exit(0);
}

interface Environment {
  readonly home: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  readonly durability: 'strict' | 'relaxed';
  readonly threads: number;
}

function readEnvironment(env: NodeJS.ProcessEnv): Environment {
  const url = env['CLICKHOUSE_URL'];
  const port = Number(env['CLICKHOUSE_PORT'] ?? (url === undefined ? '8123' : new URL(url).port || '8123'));
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new ConfigurationError('CLICKHOUSE_PORT must be a port number');
  }
  const password = env['CLICKHOUSE_PASSWORD'] ?? '';
  if (password === '')
    throw new ConfigurationError('CLICKHOUSE_PASSWORD must be set: the engine has a password');
  const home = resolve(env['HAIDANG_HOME'] ?? './var');
  if (/[*?{}[\]'\\\n]/.test(home)) {
    throw new ConfigurationError(`HAIDANG_HOME must not contain * ? { } [ ] ' or \\: ${home}`);
  }
  return {
    home,
    port,
    password,
    user: env['CLICKHOUSE_USER'] ?? 'haidang',
    database: env['CLICKHOUSE_DATABASE'] ?? 'haidang',
    durability: env['HAIDANG_DURABILITY'] === 'relaxed' ? 'relaxed' : 'strict',
    threads: Number(env['UV_THREADPOOL_SIZE'] ?? '4') || 4,
  };
}

/** Bodies of inserts go through the disk where shared memory cannot be used. */
function memoryDirectory(): string | undefined {
  try {
    return makeMemoryDirectory(process.pid);
  } catch (error) {
    log.warn({ err: error }, 'shared memory cannot be used: bodies go through the disk');
    return undefined;
  }
}
