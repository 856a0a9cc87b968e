import { strict as assert } from 'node:assert';

import { HaidangError } from '../../pipeline/errors.ts';
import { sleep, type Timers } from '../../pipeline/time/clock.ts';

/** How long a message is offered to the broker before its senders are told 503, milliseconds. */
const offerMsDefault = 10_000;

const RETRY_MS = 100;
const RETRY_MS_MAX = 1_000;
const CONNECTION_CHECK_MS = 100;

/** What retrying needs to know of the connection. */
export interface Connection {
  /** Whether the broker's connection stands right now. */
  ready(): boolean;
  readonly timers: Timers;
  /** How long a message is offered, milliseconds. */
  readonly offerMsMax?: number;
}

/**
 * Calls `append`, which must repeat the same message under the same id, until the broker confirms.
 *
 * An acknowledgement that was on its way when the connection broke never comes: when the connection stands again the
 * message is offered anew at once, instead of waiting for the client's timeout. The id makes the second copy count once.
 *
 * @throws the last error that may be retried, after `offerMsMax` (10 s); any other at once
 */
export async function confirmedAppend(
  append: () => Promise<number>,
  connection: Connection,
): Promise<number> {
  const giveUpAt = performance.now() + (connection.offerMsMax ?? offerMsDefault);
  let waitMs = RETRY_MS;
  for (;;) {
    try {
      const position = await untilReconnected(append(), connection);
      if (position !== 'reconnected') return position;
    } catch (error) {
      if (!mayRetry(error) || performance.now() + waitMs > giveUpAt) throw error;
      await sleep(connection.timers, waitMs);
      waitMs = Math.min(waitMs * 2, RETRY_MS_MAX);
    }
  }
}

/** A full log is waited for by the sender, not by us: what waits here would keep others from being told. */
function mayRetry(error: unknown): boolean {
  return error instanceof HaidangError && error.disposition === 'retry' && error.code !== 'LOG_FULL';
}

function untilReconnected(answer: Promise<number>, connection: Connection): Promise<number | 'reconnected'> {
  return new Promise((resolve, reject) => {
    let wasDown = false;
    const cancel = connection.timers.every(CONNECTION_CHECK_MS, () => {
      const ready = connection.ready();
      if (ready && wasDown) done(() => resolve('reconnected'));
      wasDown ||= !ready;
    });
    const done = (settle: () => void): void => {
      cancel();
      settle();
    };
    answer.then(
      (position) => {
        assert(position >= 0, 'a log position is not negative');
        done(() => resolve(position));
      },
      (error: unknown) => done(() => reject(error)),
    );
  });
}
