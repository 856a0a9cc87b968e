import type { ClickHouseClient } from '@clickhouse/client';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { TSchema } from 'typebox';

import type { Kpi } from '../../pipeline/kpi/kpi.ts';
import type { TokenBook } from '../../pipeline/runtime/access/token-book.ts';
import type { VisibilityCeiling } from '../../pipeline/runtime/access/tokens.ts';

/** What a route says about itself: checked on every request, and the source of `/openapi.json`. */
export interface ApiRoute {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly summary: string;
  readonly params?: TSchema;
  readonly query?: TSchema;
  /** Documented; what is sent is built by typed code. */
  readonly answer?: TSchema;
  readonly handler: (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>;
}

/** What the routes that read the store need. */
export interface RouteDeps {
  readonly tokens: TokenBook;
  readonly definitions: readonly Kpi[];
  /** A client in the lane of screens whose database is the ceiling's: it sees no more than the token may. */
  readonly clientOf: (ceiling: VisibilityCeiling) => ClickHouseClient;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Set on routes that the OpenAPI document describes. */
    readonly api?: ApiRoute;
  }
}

/** Adds a route with its checks of path and query. */
export function addApiRoute(app: FastifyInstance, route: ApiRoute): void {
  app.route({
    method: route.method,
    url: route.url,
    config: { api: route },
    schema: {
      ...(route.params === undefined ? {} : { params: route.params }),
      ...(route.query === undefined ? {} : { querystring: route.query }),
    },
    handler: route.handler,
  });
}
