import type { TSchema } from 'typebox';

import { deltaMessage } from '../delta-message.ts';
import { errorMessage } from '../error-message.ts';
import { heartbeatMessage } from '../heartbeat-message.ts';
import { BEARER_SUBPROTOCOL_PREFIX, closeCodes, LIVE_SUBPROTOCOL } from '../protocol-version.ts';
import { resumedMessage } from '../resumed-message.ts';
import { snapshotMessage } from '../snapshot-message.ts';
import { subscribeMessage } from '../subscribe-message.ts';
import { unsubscribeMessage } from '../unsubscribe-message.ts';

const fromClient = { subscribe: subscribeMessage, unsubscribe: unsubscribeMessage };
const fromServer = {
  snapshot: snapshotMessage,
  delta: deltaMessage,
  resumed: resumedMessage,
  heartbeat: heartbeatMessage,
  error: errorMessage,
};

/** The AsyncAPI 3.0 document of the live protocol, made from the schemas that check its frames. */
export function asyncApiDocument(version: string): Record<string, unknown> {
  const channel = { $ref: '#/channels/live' };
  return {
    asyncapi: '3.0.0',
    info: { title: 'Hải Đăng live', version, description: description() },
    defaultContentType: 'application/json',
    channels: {
      live: {
        address: '/v1/live',
        messages: references({ ...fromClient, ...fromServer }),
        bindings: { ws: { method: 'GET', bindingVersion: '0.1.0' } },
      },
    },
    operations: {
      fromClient: { action: 'receive', channel, messages: channelMessages(fromClient) },
      toClient: { action: 'send', channel, messages: channelMessages(fromServer) },
    },
    components: { messages: messages({ ...fromClient, ...fromServer }) },
  };
}

function description(): string {
  const codes = Object.entries(closeCodes).map(([name, code]) => `${code} ${name}`);
  return (
    `WebSocket subprotocol ${LIVE_SUBPROTOCOL}. The token comes in the Authorization header, or as a ` +
    `second subprotocol ${BEARER_SUBPROTOCOL_PREFIX}<token>; never in the URL. ` +
    `Close codes: ${codes.join(', ')}.`
  );
}

function references(schemas: Readonly<Record<string, TSchema>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.keys(schemas).map((name) => [name, { $ref: `#/components/messages/${name}` }]),
  );
}

function channelMessages(schemas: Readonly<Record<string, TSchema>>): unknown[] {
  return Object.keys(schemas).map((name) => ({ $ref: `#/channels/live/messages/${name}` }));
}

function messages(schemas: Readonly<Record<string, TSchema>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(schemas).map(([name, payload]) => [name, { name, payload }]));
}
