import { defaultRegistryFolder, loadRegistry } from '../pipeline/kpi/registry/load-registry.ts';
import { connectLog } from '../pipeline/log/jetstream/connect-log.ts';
import { EVENTS_STREAM } from '../pipeline/log/jetstream/streams.ts';
import { openTokenBook } from '../pipeline/runtime/access/token-book.ts';
import type { Readiness } from '../pipeline/runtime/health/health-server.ts';
import { Metrics } from '../pipeline/runtime/health/metrics.ts';
import { createLogger } from '../pipeline/runtime/logger.ts';
import { readSettings } from '../pipeline/runtime/settings.ts';
import { sleep, systemClock, systemTimers } from '../pipeline/time/clock.ts';
import type { FeedAccess } from './adapters/feed-access.ts';
import { ExclusionLog } from './corrections/exclusion-log.ts';
import { httpDoor } from './adapters/http.ts';
import { openMqttDoor } from './adapters/mqtt.ts';
import { lookupsOf } from './guard/lookups.ts';
import { Intake } from './intake.ts';
import { TokenQuotas } from './quota/token-quotas.ts';

/**
 * Longest clean stop; whoever waits for a broker that is gone is told nothing more. Shorter than the supervisor's
 * patience (scripts/start/roles.ts), so that the log says why.
 */
const stopMsMax = 3_000;
const idleCheckMs = 20;

const settings = readSettings(process.env);
const logger = createLogger({ role: 'ingest', level: settings.logLevel });
const lookups = lookupsOf(loadRegistry([defaultRegistryFolder(), ...settings.registryFolders]));
const access: FeedAccess = {
  tokens: openTokenBook({
    home: settings.home,
    onUnreadable: (error) => logger.error({ err: error }, 'the old tokens stay in force'),
  }),
  feeds: lookups.feeds,
  autoFeeds: settings.autoFeeds,
  quotas: new TokenQuotas(),
};
const log = await connectLog(settings.nats.url, 'ingest');
const metrics = new Metrics();
const intake = new Intake({
  events: log.events,
  quarantine: log.quarantine,
  maxPayloadBytes: log.maxPayloadBytes,
  ready: () => log.ready(),
  clock: systemClock,
  timers: systemTimers,
  lookups,
  metrics,
});

const readiness = async (): Promise<Readiness> => {
  if (!log.ready()) return { ready: false, checks: { nats: 'no connection' } };
  await log.manager.streams.info(EVENTS_STREAM);
  return { ready: true, checks: { nats: 'ok' } };
};
const { durability } = settings;
const exclusions = new ExclusionLog({
  events: log.events,
  ready: () => log.ready(),
  clock: systemClock,
  timers: systemTimers,
});
const http = httpDoor({ intake, access, exclusions, metrics, durability, readiness, logger });
await http.listen({ host: settings.host, port: settings.ingestPort });
const mqtt = await openMqttDoor({
  ...{ intake, access, logger, timers: systemTimers },
  ...{ host: settings.host, port: settings.mqttPort },
});
const { host, ingestPort, mqttPort } = settings;
logger.info({ host, ingestPort, mqttPort, durability }, 'ingest takes events over HTTP and MQTT');

let isStopping = false;
/** Stops accepting, waits until what was accepted is stored and answered, and leaves. */
async function stop(signal: string): Promise<void> {
  if (isStopping) return;
  isStopping = true;
  logger.info({ signal }, 'ingest stops: what was accepted is stored first');
  systemTimers.after(stopMsMax, () => {
    logger.error('not everything could be stored in time; those senders got no acknowledgement');
    process.exit(1);
  });
  mqtt.stopAccepting();
  await http.close();
  while (!intake.isIdle) await sleep(systemTimers, idleCheckMs);
  // The last acknowledgements are on their way to the sockets.
  await sleep(systemTimers, idleCheckMs);
  await mqtt.close();
  await log.close();
  process.exit(0);
}
process.on('SIGTERM', () => void stop('SIGTERM'));
process.on('SIGINT', () => void stop('SIGINT'));
