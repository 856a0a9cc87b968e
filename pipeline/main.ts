import { loadDefinitions } from './kpi/definitions/load-definitions.ts';
import { defaultRegistryFolder, loadRegistry } from './kpi/registry/load-registry.ts';
import { connectLog } from './log/jetstream/connect-log.ts';
import { EVENTS_STREAM } from './log/jetstream/streams.ts';
import { openTokenBook, type TokenBook } from './runtime/access/token-book.ts';
import { installedPacks } from './runtime/definitions/applied-packs.ts';
import { DefinitionKeeper } from './runtime/definitions/definition-keeper.ts';
import { definitionRoutes } from './runtime/definitions/definition-routes.ts';
import { Metrics } from './runtime/health/metrics.ts';
import { startHealthServer } from './runtime/health/health-server.ts';
import { ShardMonitor } from './runtime/health/shard-progress.ts';
import { createLogger } from './runtime/logger.ts';
import { Processor } from './runtime/processor.ts';
import { readSettings } from './runtime/settings.ts';
import type { ShardReport } from './runtime/shard/shard.ts';
import { connectStore } from './store/connect-store.ts';
import { sleep, systemClock, systemTimers } from './time/clock.ts';

const STORE_RETRY_MS = 200;
const MONITOR_EVERY_MS = 1_000;

const settings = readSettings(process.env);
const logger = createLogger({ role: 'pipeline', level: settings.logLevel });
const log = await connectLog(settings.nats.url, 'pipeline');
const storeProbe = connectStore(settings.clickhouse, 'live');
while (!(await storeProbe.ping()).success) await sleep(systemTimers, STORE_RETRY_MS);

const registry = loadRegistry([defaultRegistryFolder(), ...settings.registryFolders]);
const metrics = new Metrics();
const processor = new Processor({
  log,
  store: settings.clickhouse,
  migration: { durability: settings.durability, cluster: settings.clickhouse.cluster },
  registry,
  definitions: loadDefinitions(registry, installedPacks(settings.home)),
  clock: systemClock,
  timers: systemTimers,
  logger,
  metrics,
});

let tokenBook: TokenBook | undefined;
// Opened when the first request needs it: a pipeline that is started alone may have no tokens.
const tokens: TokenBook = {
  find(plain) {
    tokenBook ??= openTokenBook({
      home: settings.home,
      onUnreadable: (error) => logger.warn({ err: error }, 'tokens.json cannot be read; the known ones stay'),
    });
    return tokenBook.find(plain);
  },
};
const keeper = new DefinitionKeeper({ home: settings.home, registry, runner: processor });
const monitor = new ShardMonitor(metrics);
const reports = (): readonly ShardReport[] => processor.shards.map((shard) => shard.report());
systemTimers.every(MONITOR_EVERY_MS, () => {
  if (processor.shards.length === 0 || !log.ready()) return;
  log.manager.streams.info(EVENTS_STREAM).then(
    ({ state }) => monitor.measure(reports(), state.last_seq),
    (error: unknown) => logger.debug({ err: error }, 'the end of the log is not known'),
  );
});

const health = await startHealthServer({
  host: '127.0.0.1',
  port: settings.pipelinePort,
  health: () => ({
    role: 'pipeline',
    durability: settings.durability,
    logEnd: monitor.logEnd,
    shards: monitor.progressOf(reports()),
  }),
  readiness: async () => {
    const store = (await storeProbe.ping()).success;
    const checks = {
      nats: log.ready() ? 'ok' : 'no connection',
      clickhouse: store ? 'ok' : 'no answer',
      shards: processor.live ? 'ok' : 'restoring their state',
    };
    return { ready: log.ready() && store && processor.live, checks };
  },
  metrics,
  route: definitionRoutes({ keeper, tokens }),
});

for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => processor.stop());

try {
  await processor.run();
  logger.info('stopped; everything up to the last checkpoint is stored');
  process.exitCode = 0;
} catch (error) {
  logger.fatal({ err: error }, 'the pipeline must stop');
  process.exitCode = 1;
} finally {
  await health.close();
  await storeProbe.close();
  await log.close();
  process.exit();
}
