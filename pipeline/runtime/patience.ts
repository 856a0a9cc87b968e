import type { Logger } from 'pino';

import { StoreUnavailableError } from '../errors.ts';
import { sleep, type Timers } from '../time/clock.ts';

const RETRY_MS = 200;

/** Asks until the store answers; every other error is thrown. */
export type Patience = <Answer>(ask: () => Promise<Answer>) => Promise<Answer>;

/**
 * Waits out a ClickHouse that is away or overloaded: who asks has nothing better to do.
 * @param who begins the sentence that the log says once for each wait: `a shard waits`
 */
export function patience(
  who: string,
  { timers, logger }: { readonly timers: Timers; readonly logger: Logger },
): Patience {
  return async (ask) => {
    for (let attempt = 0; ; attempt++) {
      try {
        return await ask();
      } catch (error) {
        if (!(error instanceof StoreUnavailableError)) throw error;
        if (attempt === 0) logger.warn({ err: error }, `${who} for the store`);
        await sleep(timers, RETRY_MS);
      }
    }
  };
}
