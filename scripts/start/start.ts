import { randomBytes } from 'node:crypto';

import { createTokens, devTokensPath } from '../../pipeline/runtime/access/tokens.ts';
import { createLogger } from '../../pipeline/runtime/logger.ts';
import { readClickHouseNames, readLocalSettings, readSwitch } from '../../pipeline/runtime/settings.ts';
import type { Environment, LocalSettings } from '../../pipeline/runtime/settings.ts';
import { SettingInvalidError } from '../../pipeline/runtime/settings-errors.ts';
import { freePort } from '../process/free-port.ts';
import type { ServiceSpec } from '../process/supervised.ts';
import { Supervisor } from '../process/supervisor.ts';
import { chooseBroker, type Broker } from './broker.ts';
import { lockHome, type HomeLock } from './home-lock.ts';
import { logNatsLine } from './nats-log.ts';
import { checkHome, checkPorts } from './preflight.ts';
import { clickhouseService, demoService, roleServices, roleUrls } from './roles.ts';
import { registryFolders } from './registry-folders.ts';
import { removeServices, writeServices, type Services } from './services-file.ts';

/** A start that cannot go on. The text is for a person and says what to do. */
class StartRefused extends Error {}

/** A plan of everything that is going to run. */
interface Plan {
  readonly services: readonly ServiceSpec[];
  readonly record: Omit<Services, 'pids'>;
}

type ReadyBroker = Extract<Broker, { kind: 'ready' }>;

/**
 * `haidang start`: runs the five processes and the demo until SIGINT or SIGTERM.
 *
 * @returns the exit code: 0 after a clean stop, 1 when it could not start
 */
export async function start(env: Environment): Promise<number> {
  try {
    const settings = readLocalSettings(env);
    const lock = await prepareHome(settings);
    try {
      return await run(settings, env, lock);
    } finally {
      removeServices(settings.home);
      lock.release();
    }
  } catch (error) {
    if (!(error instanceof StartRefused || error instanceof SettingInvalidError || isDiskFull(error)))
      throw error;
    say(isDiskFull(error) ? `no disk space: ${(error as Error).message}` : (error as Error).message);
    return 1;
  }
}

async function prepareHome(settings: LocalSettings): Promise<HomeLock> {
  const problem = checkHome(settings.home);
  if (problem !== undefined) throw new StartRefused(problem);
  const outcome = await lockHome(settings.home);
  if (outcome.kind === 'locked') return outcome.lock;
  const words = `already running on ${settings.home} (process ${outcome.pid})`;
  throw new StartRefused(`${words}; stop it first, or set HAIDANG_HOME to another folder`);
}

async function run(settings: LocalSettings, env: Environment, lock: HomeLock): Promise<number> {
  const problems = await checkPorts(settings);
  if (problems.length > 0) throw new StartRefused(problems.join('\n'));
  const natsLog = createLogger({ role: 'nats-server', level: settings.logLevel });
  const broker = await chooseBroker(settings.home, env, (line) => logNatsLine(natsLog, line));
  if (broker.kind === 'none') throw new StartRefused(broker.reason);
  if (broker.warning !== undefined) say(`WARNING: ${broker.warning}`);
  if (createTokens(settings.home)) say(`first tokens written to ${devTokensPath(settings.home)}`);

  const plan = await makePlan(settings, env, broker);
  const pids: Record<string, number> = {};
  const supervisor = new Supervisor({
    onPid(name, pid) {
      if (pid === undefined) delete pids[name];
      else pids[name] = pid;
      lock.remember(name, pid);
      writeServices(settings.home, { ...plan.record, pids });
    },
    onProblem: say,
  });
  const stopped = stopOnSignal(supervisor);
  const failure = await startAll(supervisor, plan.services);
  if (failure !== undefined && !stopped.asked()) {
    await supervisor.stop();
    throw new StartRefused(`${failure}; its log is above`);
  }
  if (!stopped.asked()) announce(broker, plan.record.queryUrl);
  await stopped.done;
  return 0;
}

/** Starts one after the other; the first failure in words, if there is one. */
async function startAll(
  supervisor: Supervisor,
  services: readonly ServiceSpec[],
): Promise<string | undefined> {
  for (const service of services) {
    say(`starting ${service.name} …`);
    const outcome = await supervisor.start(service);
    if (outcome.kind === 'failed') return outcome.reason;
  }
  return undefined;
}

async function makePlan(settings: LocalSettings, env: Environment, broker: ReadyBroker): Promise<Plan> {
  const externalClickHouse = env.CLICKHOUSE_URL?.trim() || undefined;
  const names = readClickHouseNames(env);
  const url = externalClickHouse ?? `http://127.0.0.1:${await freePort()}`;
  const password =
    externalClickHouse === undefined ? randomBytes(32).toString('hex') : (env.CLICKHOUSE_PASSWORD ?? '');
  const child = {
    ...env,
    HAIDANG_HOME: settings.home,
    HAIDANG_HOST: settings.host,
    HAIDANG_PORT: String(settings.queryPort),
    HAIDANG_INGEST_PORT: String(settings.ingestPort),
    HAIDANG_MQTT_PORT: String(settings.mqttPort),
    HAIDANG_PIPELINE_PORT: String(settings.pipelinePort),
    HAIDANG_DEMO: settings.demo,
    HAIDANG_DURABILITY: broker.durability,
    HAIDANG_AUTO_FEEDS:
      readSwitch(env, 'HAIDANG_AUTO_FEEDS') ?? (broker.service === undefined ? 'off' : 'on'),
    HAIDANG_REGISTRY: registryFolders(settings, env).join(':'),
    NATS_URL: broker.url,
    CLICKHOUSE_URL: url,
    CLICKHOUSE_USER: names.user,
    CLICKHOUSE_PASSWORD: password,
    CLICKHOUSE_DATABASE: names.database,
  };
  const services = [
    broker.service,
    externalClickHouse === undefined ? clickhouseService(url, child) : undefined,
    ...roleServices(settings, child),
    demoService(settings, child),
  ].filter((service) => service !== undefined);
  const record = {
    natsUrl: broker.url,
    ...{ clickhouseUrl: url, clickhouseUser: names.user },
    ...{ clickhousePassword: password, clickhouseDatabase: names.database },
    ...roleUrls(settings),
    mqttPort: settings.mqttPort,
    durability: broker.durability,
  };
  return { services, record };
}

/** Stops everything on the first signal; `asked` tells whether one has come. */
function stopOnSignal(supervisor: Supervisor): {
  readonly asked: () => boolean;
  readonly done: Promise<void>;
} {
  let isAsked = false;
  const done = new Promise<void>((resolve, reject) => {
    const stop = (): void => {
      if (isAsked) return;
      isAsked = true;
      say('stopping …');
      supervisor.stop().then(resolve, reject);
    };
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, stop);
  });
  return { asked: () => isAsked, done };
}

function announce(broker: ReadyBroker, queryUrl: string): void {
  const meaning =
    broker.durability === 'strict'
      ? 'what is acknowledged survives a power cut'
      : 'what is acknowledged survives a crash of a process, not a power cut';
  process.stdout.write(`durability: ${broker.durability} (nats-server ${broker.version}): ${meaning}\n`);
  process.stdout.write(`Hải Đăng is ready: ${queryUrl}\n`);
}

function say(sentence: string): void {
  for (const line of sentence.split('\n')) process.stderr.write(`haidang: ${line}\n`);
}

function isDiskFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');
}
