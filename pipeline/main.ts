import { loadDefinitions } from './kpi/definitions/load-definitions.ts';
import { defaultRegistryFolder, loadRegistry } from './kpi/registry/load-registry.ts';
import { connectLog } from './log/jetstream/connect-log.ts';
import { Metrics } from './runtime/health/metrics.ts';
import { startHealthServer } from './runtime/health/health-server.ts';
import { createLogger } from './runtime/logger.ts';
import { Processor } from './runtime/processor.ts';
import { readSettings } from './runtime/settings.ts';
import { connectStore } from './store/connect-store.ts';
import { sleep, systemClock, systemTimers } from './time/clock.ts';

const STORE_RETRY_MS = 200;

const settings = readSettings(process.env);
const logger = createLogger({ role: 'pipeline', level: settings.logLevel });
const log = await connectLog(settings.nats.url, 'pipeline');
const storeProbe = connectStore(settings.clickhouse, 'live');
while (!(await storeProbe.ping()).success) await sleep(systemTimers, STORE_RETRY_MS);

const processor = new Processor({
  log,
  store: settings.clickhouse,
  migration: { durability: settings.durability, cluster: settings.clickhouse.cluster },
  registry: loadRegistry([defaultRegistryFolder(), ...settings.registryFolders]),
  definitions: loadDefinitions(),
  clock: systemClock,
  timers: systemTimers,
  logger,
});

const metrics = new Metrics();
const position = metrics.gauge('haidang_shard_position', 'Log position that a shard has processed');
const saved = metrics.gauge('haidang_shard_saved_position', 'Log position of the last checkpoint');
const unchecked = metrics.gauge(
  'haidang_shard_unchecked_rows',
  'Rows that wait to be checked against the raw tables',
);
const dirty = metrics.gauge('haidang_shard_dirty_entities', 'Entities with slices to repair');
systemTimers.every(1_000, () => {
  for (const shard of processor.shards) {
    const report = shard.report();
    const labels = { subsystem: report.subsystem };
    position.set(report.position, labels);
    saved.set(report.savedPosition, labels);
    unchecked.set(report.unchecked, labels);
    dirty.set(report.dirtyEntities, labels);
  }
});

const health = await startHealthServer({
  host: '127.0.0.1',
  port: settings.pipelinePort,
  health: () => ({
    role: 'pipeline',
    durability: settings.durability,
    shards: processor.shards.map((shard) => shard.report()),
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
