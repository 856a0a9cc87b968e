import type { JetStreamClient } from 'nats';

import type { EventAppender } from '../event-log.ts';
import { publish } from './publish.ts';

/** Appends batches to the `EVENTS` stream, subject `events.<subsystem>.<kind>`. */
export function jetstreamAppender(client: JetStreamClient): EventAppender {
  return {
    append: ({ subsystem, kind, bytes, messageId }) =>
      publish(client, `events.${subsystem}.${kind}`, bytes, { messageId }),
  };
}
