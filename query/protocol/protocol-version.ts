/** Raised by every change of a message schema; `v1` of the subprotocol covers compatible versions. */
export const PROTOCOL_VERSION = 1;

/** WebSocket subprotocol that both ends name. */
export const LIVE_SUBPROTOCOL = 'haidang.live.v1';

/** Prefix of the second subprotocol with which a browser hands over its token. */
export const BEARER_SUBPROTOCOL_PREFIX = 'bearer.';

/** Why the server closed the socket. After `goingAway`: reconnect with jitter; after `tooMany`: with patience. */
export const closeCodes = {
  goingAway: 1001,
  badFrame: 4400,
  unauthorized: 4401,
  forbidden: 4403,
  idle: 4408,
  tooLarge: 4413,
  tooMany: 4429,
} as const;
