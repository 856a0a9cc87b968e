import { Type, type Static } from 'typebox';

import { liveValue } from './live-value.ts';

/**
 * Server to client: the whole answer now. Whatever the client held for this subscription is replaced.
 *
 * Each key's latest window of the current version, and the windows that ended within `history` when asked.
 * `reset` says that what was missed is not known: the cursor was too old, or the client too slow.
 */
export const snapshotMessage = Type.Object({
  type: Type.Literal('snapshot'),
  id: Type.String(),
  cursor: Type.String({ description: '`epoch.sequence`; send it back in `subscribe` to resume.' }),
  reset: Type.Optional(Type.Literal(true)),
  values: Type.Array(liveValue),
});
export type SnapshotMessage = Static<typeof snapshotMessage>;
