import type { ClickHouseClient } from '@clickhouse/client';
import type { FastifyInstance } from 'fastify';
import { Type, type Static } from 'typebox';

import { NotFoundError } from '../errors.ts';
import { addApiRoute, type RouteDeps } from './api-route.ts';
import { requestToken } from './request-token.ts';
import { camelCased, storeRows } from './store-rows.ts';

const feedsMax = 10_000;
const windowsMax = 100;
const eventIdLengthMax = 128;

const traceParams = Type.Object({ eventId: Type.String({ minLength: 1, maxLength: eventIdLengthMax }) });
const traceQuery = Type.Object({ feed: Type.Optional(Type.String({ pattern: '^[a-z0-9-]{1,64}$' })) });

interface EventRow {
  readonly kind: string;
  readonly event_id: string;
  readonly feed: string;
  readonly subsystem: string;
  readonly entity: string;
  readonly area: string;
  readonly event_time: string;
  readonly received_at: string;
}

/** `GET /v1/feeds` and `GET /v1/trace/{eventId}?feed`. */
export function feedRoutes(app: FastifyInstance, deps: RouteDeps): void {
  addApiRoute(app, {
    ...{ method: 'GET', url: '/v1/feeds', summary: 'Every feed with its counts and its newest event.' },
    handler: async (request) => {
      const client = deps.clientOf(requestToken(deps.tokens, request.headers).ceiling);
      const query = 'SELECT * FROM feeds ORDER BY feed LIMIT {max:UInt32}';
      const rows = await storeRows<Record<string, unknown>>(client, query, { max: feedsMax });
      return { feeds: rows.map(camelCased) };
    },
  });
  addApiRoute(app, {
    ...{ method: 'GET', url: '/v1/trace/:eventId', params: traceParams, query: traceQuery },
    summary: 'What became of one event: received, normalised, stored, windowed, pushed.',
    handler: async (request) => {
      const client = deps.clientOf(requestToken(deps.tokens, request.headers).ceiling);
      const { eventId } = request.params as Static<typeof traceParams>;
      const { feed = '' } = request.query as Static<typeof traceQuery>;
      const found = await findEvents(client, eventId, feed);
      if (found.length === 0)
        throw new NotFoundError('no stored event has this id; look also into the quarantine');
      return { eventId, traces: await Promise.all(found.map((event) => traceOf(client, event))) };
    },
  });
}

function findEvents(client: ClickHouseClient, eventId: string, feed: string): Promise<EventRow[]> {
  const kinds = [
    ['measurement', 'measurement_versions'],
    ['case', 'case_versions'],
    ['post', 'post_versions'],
    ['alert', 'alert_versions'],
  ] as const;
  const selects = kinds.map(
    ([kind, view]) =>
      `SELECT '${kind}' AS kind, event_id, feed, subsystem, entity, area, event_time, received_at FROM ${view}
       WHERE event_id = {eventId:String} AND ({feed:String} = '' OR feed = {feed:String})`,
  );
  return storeRows<EventRow>(client, `${selects.join(' UNION ALL ')} LIMIT 20`, { eventId, feed });
}

async function traceOf(client: ClickHouseClient, event: EventRow): Promise<Record<string, unknown>> {
  const windows = await storeRows<Record<string, unknown>>(
    client,
    `SELECT kpi, entity, area, window_start, window_end, value, status, revision, published_at FROM kpi_values
     WHERE startsWith(kpi, {prefix:String}) AND (entity = {entity:String} OR (entity = '' AND area = {area:String}))
       AND window_start <= parseDateTime64BestEffort({time:String}, 3, 'UTC')
       AND window_end > parseDateTime64BestEffort({time:String}, 3, 'UTC')
     ORDER BY kpi, window_start LIMIT {max:UInt32}`,
    {
      ...{ prefix: `${event.subsystem}.`, entity: event.entity, area: event.area },
      ...{ time: event.event_time, max: windowsMax },
    },
  );
  const values = windows.map(camelCased);
  const steps = [
    { step: 'received', at: event.received_at },
    { step: 'normalised', kind: event.kind, subsystem: event.subsystem, eventTime: event.event_time },
    { step: 'stored', feed: event.feed },
    { step: 'windowed', values },
    {
      step: 'pushed',
      publications: values.map(({ kpi, revision, publishedAt }) => ({ kpi, revision, publishedAt })),
    },
  ];
  return { event: camelCased({ ...event }), steps };
}
