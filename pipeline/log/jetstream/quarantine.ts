import type { JetStreamClient } from "nats";

import type { QuarantineAppender, QuarantinedRow } from "../event-log.ts";
import { publish } from "./publish.ts";

/** Bytes of payload kept of a quarantined input; the rest is cut and marked. */
const PAYLOAD_CHARACTERS_MAX = 65_536;

/** Appends quarantined rows to the `QUARANTINE` stream, one JSON array a message. */
export function jetstreamQuarantine(
  client: JetStreamClient,
): QuarantineAppender {
  return {
    append: (rows, messageId) =>
      publish(
        client,
        "quarantine.rows",
        new TextEncoder().encode(JSON.stringify(rows.map(cut))),
        { messageId },
      ),
  };
}

function cut(row: QuarantinedRow): QuarantinedRow {
  if (row.payload.length <= PAYLOAD_CHARACTERS_MAX) return row;
  return {
    ...row,
    payload: `${row.payload.slice(0, PAYLOAD_CHARACTERS_MAX)}…`,
  };
}
