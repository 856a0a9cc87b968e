import { Type, type Static } from 'typebox';

/** A subscription's name, chosen by the client, unique on its socket. */
export const subscriptionId = Type.String({ minLength: 1, maxLength: 64 });

/** Most patterns in one subscription. */
export const patternsMax = 64;

const pattern = Type.String({ minLength: 1, maxLength: 128, pattern: '^[a-z0-9_.-]*\\*?$' });

/**
 * Client to server: send me these KPIs. Answered by `snapshot`, or by `resumed` when `cursor` is recent.
 *
 * The same `id` again replaces the subscription. A pattern is a KPI id, or a beginning followed by `*`.
 */
export const subscribeMessage = Type.Object({
  type: Type.Literal('subscribe'),
  id: subscriptionId,
  kpis: Type.Array(pattern, { minItems: 1, maxItems: patternsMax }),
  areas: Type.Optional(Type.Array(pattern, { minItems: 1, maxItems: patternsMax })),
  maxRateMs: Type.Optional(
    Type.Integer({ minimum: 0, maximum: 60_000, description: 'Least time between two deltas, ms.' }),
  ),
  cursor: Type.Optional(Type.String({ maxLength: 128, description: 'Of the last frame that was applied.' })),
  history: Type.Optional(
    Type.String({ pattern: '^[0-9]{1,3}[hm]$', description: 'Also windows that ended within, such as 24h.' }),
  ),
});
export type SubscribeMessage = Static<typeof subscribeMessage>;
