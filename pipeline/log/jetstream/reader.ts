import type { JetStreamClient, JetStreamManager } from 'nats';

import { LogGapError } from '../../errors.ts';
import { isEventKind, type Subsystem } from '../../model/subsystem.ts';
import type { EventReader, LogMessage } from '../event-log.ts';
import { pull } from './pull.ts';
import { EVENTS_STREAM } from './streams.ts';

/** Reads shards of the `EVENTS` stream. */
export function jetstreamReader(client: JetStreamClient, manager: JetStreamManager): EventReader {
  return {
    async *read(subsystem: Subsystem, from: number, signal: AbortSignal) {
      await refuseGap(manager, from);
      const subject = `events.${subsystem}.>`;
      for await (const message of pull(client, manager, {
        stream: EVENTS_STREAM,
        subject,
        from,
        signal,
      })) {
        yield logMessage(message.seq, message.subject, message.data);
      }
    },
  };
}

function logMessage(position: number, subject: string, bytes: Uint8Array): LogMessage {
  const kind = subject.slice(subject.lastIndexOf('.') + 1);
  return { position, kind: isEventKind(kind) ? kind : 'control', bytes };
}

/** Nothing may be skipped silently: messages that were purged unread end the process with their range. */
async function refuseGap(manager: JetStreamManager, from: number): Promise<void> {
  const { state } = await manager.streams.info(EVENTS_STREAM);
  if (state.first_seq <= from) return;
  throw new LogGapError(
    `positions ${from}..${state.first_seq - 1} were purged before they were read; ` +
      'restore the broker files, or start with an empty HAIDANG_HOME',
  );
}
