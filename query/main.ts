import { readFileSync } from 'node:fs';

import type { ClickHouseClient } from '@clickhouse/client';

import { defaultRegistryFolder, loadRegistry } from '../pipeline/kpi/registry/load-registry.ts';
import { connectLog } from '../pipeline/log/jetstream/connect-log.ts';
import { openTokenBook } from '../pipeline/runtime/access/token-book.ts';
import { visibilityCeilings, type VisibilityCeiling } from '../pipeline/runtime/access/tokens.ts';
import { Metrics } from '../pipeline/runtime/health/metrics.ts';
import { createLogger } from '../pipeline/runtime/logger.ts';
import { readSettings } from '../pipeline/runtime/settings.ts';
import { lowestKpiStored } from '../pipeline/runtime/shard/checkpoint.ts';
import { connectStore, type Lane } from '../pipeline/store/connect-store.ts';
import { packageFile } from '../pipeline/store/package-file.ts';
import { systemClock, systemTimers } from '../pipeline/time/clock.ts';
import { openDefinitionBook } from './definitions/definition-book.ts';
import { registerLive, type LiveService } from './live/register-live.ts';
import { buildApp } from './routes/build-app.ts';
import { queryMetrics } from './query-metrics.ts';
import { CeilingViews } from './sql/ceiling/ceiling-views.ts';
import { Guard } from './sql/guard/guard.ts';
import { ceilingDatabase } from './sql/guard/views.ts';
import { engineDoor } from './sql/run/engine-door.ts';
import { engineParser } from './sql/run/engine-parser.ts';
import { StatementRunner } from './sql/run/statement-runner.ts';

const viewsRetryMs = 500;
const viewsCheckMs = 30_000;
/** Answers that still run get this long after SIGTERM; then their connections are cut. */
const drainMs = 5_000;
const exitMs = 7_500;

const settings = readSettings(process.env);
const logger = createLogger({ role: 'query', level: settings.logLevel });
const version = (JSON.parse(readFileSync(packageFile('package.json'), 'utf8')) as { version: string })
  .version;
const startedAt = new Date(systemClock.now()).toISOString();
const tokens = openTokenBook({
  home: settings.home,
  onUnreadable: (error) => logger.warn({ err: error }, 'tokens.json cannot be read; the known ones stay'),
});
const registry = loadRegistry([defaultRegistryFolder(), ...settings.registryFolders]);
const definitions = openDefinitionBook({
  ...{ home: settings.home, registry, timers: systemTimers },
  onUnreadable: (error) =>
    logger.warn({ err: error }, 'the packs cannot be read; the known definitions stay'),
});

const store = connectStore(settings.clickhouse, 'live');
const clients = clientsByCeiling('live');
const log = await connectLog(settings.nats.url, 'query');

const views = new CeilingViews(connectStore(settings.clickhouse, 'write'), settings.clickhouse);
await keepViews();

const metrics = new Metrics();
const counted = queryMetrics(metrics);
const runner = new StatementRunner({
  guard: new Guard(engineParser(engineDoor(settings.clickhouse, 'parse')), counted.judged),
  engine: engineDoor(settings.clickhouse, 'analyst'),
  metrics: counted,
});
const runningGauge = metrics.gauge('haidang_statements_running', 'SQL statements that run now');
const socketsGauge = metrics.gauge('haidang_live_sockets', 'Open WebSockets');
let live: LiveService | undefined;
measure();
systemTimers.every(1_000, measure);

const webClient = packageFile('dist/web-client');
const build = buildOf(webClient);
const app = await buildApp({
  ...{
    runner,
    tokens,
    logger,
    metrics,
    queryMetrics: counted,
    version,
    webClient,
    home: settings.home,
  },
  get definitions() {
    return definitions.all;
  },
  clientOf: (ceiling) => clients[ceiling],
  health: () => ({ role: 'query', version, durability: settings.durability, startedAt }),
  checks: async () => ({
    clickhouse: (await store.ping()).success ? 'ok' : 'no answer',
    nats: log.ready() ? 'ok' : 'not connected',
    views: views.ready ? 'ok' : 'the pipeline has not made them yet',
    live: live?.ready() === true ? 'ok' : 'not loaded yet',
  }),
  addLive: async (on) => {
    live = await registerLive(on, {
      ...{ clickhouse: store, kpiReader: log.kpis, tokens, logger, clock: systemClock, timers: systemTimers },
      kpiStored: () => lowestKpiStored(log.checkpoints),
      catalogue: {
        ...{ registry, demo: settings.demo },
        get definitions() {
          return definitions.all;
        },
      },
      // A page that shows definitions which are no more loads itself again.
      settings: { build: () => `${build}.${definitions.mark}`, version },
    });
  },
});

await app.listen({ host: settings.host, port: settings.queryPort });
logger.info({ url: `http://${settings.host}:${settings.queryPort}` }, 'query is listening');
process.once('SIGTERM', () => void stop());
process.once('SIGINT', () => void stop());

function measure(): void {
  runningGauge.set(runner.running);
  socketsGauge.set(live?.counts().sockets ?? 0);
}

/** Lets running answers end, closes sockets with 1001, and leaves in less than eight seconds whatever happens. */
async function stop(): Promise<void> {
  systemTimers.after(drainMs, () => app.server.closeAllConnections());
  systemTimers.after(exitMs, () => process.exit(1));
  await app.close();
  await log.close();
  process.exit(0);
}

/** Builds the ceilings' views as soon as the pipeline has made its own, and follows their changes. */
async function keepViews(): Promise<void> {
  let delayMs = viewsCheckMs;
  try {
    if ((await views.refresh()) === 'no views yet') delayMs = viewsRetryMs;
  } catch (error) {
    logger.warn({ err: error }, "the ceilings' views could not be built; trying again");
    delayMs = viewsRetryMs;
  }
  systemTimers.after(delayMs, () => void keepViews());
}

function clientsByCeiling(lane: Lane): Readonly<Record<VisibilityCeiling, ClickHouseClient>> {
  const [lowest, middle, highest] = visibilityCeilings.map((ceiling) =>
    connectStore({ ...settings.clickhouse, database: ceilingDatabase(ceiling) }, lane),
  ) as [ClickHouseClient, ClickHouseClient, ClickHouseClient];
  return { public: lowest, internal: middle, restricted: highest };
}

function buildOf(folder: string): string {
  try {
    return /assets\/[\w-]+-([\w-]{8})\.js/.exec(readFileSync(`${folder}/index.html`, 'utf8'))?.[1] ?? version;
  } catch {
    // Without a page there is nothing that could be out of date.
    return version;
  }
}
