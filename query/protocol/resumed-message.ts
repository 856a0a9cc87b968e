import { Type, type Static } from 'typebox';

/** Server to client: the cursor was recent enough; the deltas that follow are exactly what was missed. */
export const resumedMessage = Type.Object({
  type: Type.Literal('resumed'),
  id: Type.String(),
  cursor: Type.String(),
});
export type ResumedMessage = Static<typeof resumedMessage>;
