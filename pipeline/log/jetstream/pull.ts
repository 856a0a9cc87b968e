import {
  AckPolicy,
  type Consumer,
  DeliverPolicy,
  type JetStreamClient,
  type JetStreamManager,
  type JsMsg,
  nanos,
} from 'nats';

import { sleep, systemTimers } from '../../time/clock.ts';
import { isClosed } from './publish.ts';

const FETCH_BYTES_MAX = 8 * 1024 * 1024;
const FETCH_EXPIRES_MS = 1_000;
const FETCH_GRACE_MS = 500;
const RETRY_WAIT_MS = 250;

/** What to read, from where, until when. */
export interface PullOptions {
  readonly stream: string;
  readonly subject: string;
  /** First stream sequence wanted, >= 1. */
  readonly from: number;
  readonly signal: AbortSignal;
  /** Told of every error that is waited out here. */
  readonly onTrouble?: (error: unknown) => void;
}

/**
 * Every message of a subject from a sequence on, in stream order, each once, until `signal` fires.
 *
 * An ephemeral consumer without acknowledgements; whenever anything is odd (a delivery missing, the broker
 * gone, the consumer forgotten) it is thrown away and made again behind the last message given out.
 */
export async function* pull(
  client: JetStreamClient,
  manager: JetStreamManager,
  { stream, subject, from, signal, onTrouble }: PullOptions,
): AsyncGenerator<JsMsg> {
  let next = from;
  while (!signal.aborted) {
    try {
      const consumer = await open(client, manager, {
        stream,
        subject,
        from: next,
      });
      let delivery = 0;
      while (!signal.aborted) {
        const batch = await consumer.fetch({
          max_bytes: FETCH_BYTES_MAX,
          expires: FETCH_EXPIRES_MS,
        });
        const stop = (): void => void batch.close();
        signal.addEventListener('abort', stop, { once: true });
        // A fetch whose broker died ends by itself only after a long while.
        const cancel = systemTimers.after(FETCH_EXPIRES_MS + FETCH_GRACE_MS, stop);
        let complete = true;
        for await (const message of batch) {
          const info = message.info;
          if (info.deliverySequence !== delivery + 1) {
            complete = false;
            break;
          }
          delivery += 1;
          next = message.seq + 1;
          yield message;
        }
        cancel();
        signal.removeEventListener('abort', stop);
        if (!complete) break;
        // An empty fetch may mean calm or a forgotten consumer; asking costs one small request.
        if (delivery === 0 || batch.getProcessed() === 0) await consumer.info();
      }
      await consumer.delete().catch(ignoreGone);
    } catch (error) {
      if (signal.aborted) return;
      if (isClosed(error)) throw error;
      onTrouble?.(error);
      await sleep(systemTimers, RETRY_WAIT_MS, signal);
    }
  }
}

async function open(
  client: JetStreamClient,
  manager: JetStreamManager,
  { stream, subject, from }: Pick<PullOptions, 'stream' | 'subject' | 'from'>,
): Promise<Consumer> {
  const info = await manager.consumers.add(stream, {
    ack_policy: AckPolicy.None,
    deliver_policy: DeliverPolicy.StartSequence,
    opt_start_seq: Math.max(1, from),
    filter_subject: subject,
    inactive_threshold: nanos(30_000),
    mem_storage: true,
  });
  return client.consumers.get(stream, info.name);
}

/** A consumer that is gone already needs no deletion; the broker forgets it by itself. */
function ignoreGone(): boolean {
  return false;
}
