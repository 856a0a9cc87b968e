import type { FastifyInstance, FastifyRequest } from 'fastify';

import type { Token } from '../../pipeline/runtime/access/tokens.ts';
import { authorisePush, bearerOf, type FeedAccess } from '../adapters/feed-access.ts';
import { RequestRefusedError } from '../errors.ts';
import type { ExclusionLog } from './exclusion-log.ts';
import { readExclusion } from './read-exclusion.ts';

/** Longest body of an exclusion, bytes. */
const exclusionBytesMax = 16 * 1024;

type Asked = FastifyRequest<{ Params: { feed?: string; id?: string } }>;

/** `POST /v1/feeds/{feed}/exclusions` and `DELETE /v1/feeds/{feed}/exclusions/{id}`: for admins of the feed. */
export function addExclusions(
  app: FastifyInstance,
  { access, exclusions }: { readonly access: FeedAccess; readonly exclusions: ExclusionLog },
): void {
  const onRequest = async (request: Asked): Promise<void> => void administrator(access, request);
  app.post(
    '/v1/feeds/:feed/exclusions',
    { onRequest, bodyLimit: exclusionBytesMax },
    async (request: Asked, reply) => {
      const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
      const exclusion = readExclusion(request.params.feed ?? '', body);
      const seq = await exclusions.exclude(exclusion, administrator(access, request).name);
      return reply.code(201).send({ id: exclusion.id, ack: { stream: 'EVENTS', seq } });
    },
  );
  app.delete('/v1/feeds/:feed/exclusions/:id', { onRequest }, async (request: Asked) => {
    const { feed = '', id = '' } = request.params;
    if (!/^[A-Za-z0-9-]{1,64}$/.test(id)) throw new RequestRefusedError('EXCLUSION_INVALID', 'no such id');
    const seq = await exclusions.include({ id, feed }, administrator(access, request).name);
    return { id, ack: { stream: 'EVENTS', seq } };
  });
}

/** @throws RequestRefusedError TOKEN_UNKNOWN, FEED_INVALID, FEED_FORBIDDEN, FEED_UNKNOWN */
function administrator(access: FeedAccess, { headers, params }: Asked): Token {
  const token = authorisePush(access, bearerOf(headers.authorization), params.feed ?? '');
  if (token.role === 'admin') return token;
  throw new RequestRefusedError('FEED_FORBIDDEN', 'only a token with the role admin may exclude');
}
