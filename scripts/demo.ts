import { createLogger } from '../pipeline/runtime/logger.ts';
import { readLocalSettings } from '../pipeline/runtime/settings.ts';
import { sleep, systemClock, systemTimers } from '../pipeline/time/clock.ts';
import { plainToken } from './cli/sql-client.ts';
import { openDemoPosition } from './demo/demo-position.ts';
import { demoHistoryMs, feedProvince } from './demo/feed-province.ts';
import { roleUrls } from './start/roles.ts';

// The demo feeder: simulated stations that push over HTTP like anybody else. Run by `haidang start`.

/** Always the same province: a restart repeats what it had sent, row for row. */
const demoSeed = 2_021;

const settings = readLocalSettings(process.env);
const log = createLogger({ role: 'demo', level: settings.logLevel });
const stop = new AbortController();
// Nothing of ours needs an orderly end: a request that is cut off is repeated by the next start.
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => process.exit(0));

try {
  await feedProvince({
    url: roleUrls(settings).ingestUrl,
    token: plainToken(process.env, 'HAIDANG_INGEST_TOKEN'),
    seed: demoSeed,
    historyMs: demoHistoryMs,
    clock: systemClock,
    pause: (ms) => sleep(systemTimers, ms, stop.signal),
    signal: stop.signal,
    position: openDemoPosition(settings.home, demoSeed),
    onWait: (reason, waitMs) => log.info({ reason, waitMs }, 'ingest does not take rows for now'),
    onLive: (pushed) => log.info(pushed, 'the past is pushed, the demo is live'),
  });
} catch (error) {
  log.error({ err: error }, 'the demo stops');
  process.exitCode = 1;
}
