import type { JetStreamClient, JetStreamManager } from 'nats';

import type { QuarantineAppender, QuarantinedRow, QuarantineReader } from '../event-log.ts';
import { publish } from './publish.ts';
import { pull } from './pull.ts';
import { QUARANTINE_STREAM } from './streams.ts';

/** Bytes of payload kept of a quarantined input; the rest is cut and marked. */
const PAYLOAD_CHARACTERS_MAX = 65_536;

/** Appends quarantined rows to the `QUARANTINE` stream, one JSON array a message. */
export function jetstreamQuarantine(client: JetStreamClient): QuarantineAppender {
  return {
    append: (rows, messageId) =>
      publish(client, 'quarantine.rows', new TextEncoder().encode(JSON.stringify(rows.map(cut))), {
        messageId,
      }),
  };
}

function cut(row: QuarantinedRow): QuarantinedRow {
  if (row.payload.length <= PAYLOAD_CHARACTERS_MAX) return row;
  return {
    ...row,
    payload: `${row.payload.slice(0, PAYLOAD_CHARACTERS_MAX)}…`,
  };
}

/** Reads the `QUARANTINE` stream. */
export function jetstreamQuarantineReader(
  client: JetStreamClient,
  manager: JetStreamManager,
): QuarantineReader {
  return {
    async *read(from, signal) {
      const subject = 'quarantine.>';
      for await (const message of pull(client, manager, {
        stream: QUARANTINE_STREAM,
        subject,
        from,
        signal,
      })) {
        yield { sequence: message.seq, rows: JSON.parse(message.string()) as QuarantinedRow[] };
      }
    },
  };
}
