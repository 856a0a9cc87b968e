import { Type, type Static } from 'typebox';

import { subscriptionId } from './subscribe-message.ts';

/** Client to server: stop. An id that is not known changes nothing. */
export const unsubscribeMessage = Type.Object({
  type: Type.Literal('unsubscribe'),
  id: subscriptionId,
});
export type UnsubscribeMessage = Static<typeof unsubscribeMessage>;
