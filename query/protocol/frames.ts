import { Type, type Static } from 'typebox';

import { deltaMessage } from './delta-message.ts';
import { errorMessage } from './error-message.ts';
import { heartbeatMessage } from './heartbeat-message.ts';
import { resumedMessage } from './resumed-message.ts';
import { snapshotMessage } from './snapshot-message.ts';
import { subscribeMessage } from './subscribe-message.ts';
import { unsubscribeMessage } from './unsubscribe-message.ts';

/** Everything that a client may send. */
export const clientFrame = Type.Union([subscribeMessage, unsubscribeMessage]);
export type ClientFrame = Static<typeof clientFrame>;

/** Everything that a server sends. */
export const serverFrame = Type.Union([
  snapshotMessage,
  deltaMessage,
  resumedMessage,
  heartbeatMessage,
  errorMessage,
]);
export type ServerFrame = Static<typeof serverFrame>;
