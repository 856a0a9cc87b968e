import { Type, type Static } from 'typebox';

/** Answer of `GET /v1/session`: the wall's token, for a page on this machine. Elsewhere it is 403. */
export const sessionDocument = Type.Object({ token: Type.String() });
export type SessionDocument = Static<typeof sessionDocument>;
