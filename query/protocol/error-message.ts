import { Type, type Static } from 'typebox';

/**
 * Server to client: a frame was refused, the connection stays. A problem document (RFC 9457) with its `id`.
 */
export const errorMessage = Type.Object({
  type: Type.Literal('error'),
  id: Type.Optional(Type.String({ description: 'The subscription that it concerns, when it is known.' })),
  title: Type.String(),
  status: Type.Integer(),
  detail: Type.String(),
  code: Type.String({ description: 'Upper snake case, stable.' }),
});
export type ErrorMessage = Static<typeof errorMessage>;
