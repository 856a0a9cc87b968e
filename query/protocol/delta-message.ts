import { Type, type Static } from 'typebox';

import { liveValue } from './live-value.ts';

/** Most values in one delta; more are cut into several. */
export const deltaValuesMax = 1_000;

/**
 * Server to client: what changed since the previous frame of this subscription, in order.
 *
 * `conflated` counts the values that a newer revision of the same key replaced before they were sent.
 */
export const deltaMessage = Type.Object({
  type: Type.Literal('delta'),
  id: Type.String(),
  cursor: Type.String({ description: 'Highest position below which nothing is pending here.' }),
  values: Type.Array(liveValue, { maxItems: deltaValuesMax }),
  conflated: Type.Optional(Type.Integer({ minimum: 1 })),
});
export type DeltaMessage = Static<typeof deltaMessage>;
