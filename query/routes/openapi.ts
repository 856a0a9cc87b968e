import type { FastifyInstance } from 'fastify';
import type { TSchema } from 'typebox';

import { sqlBody } from '../sql/doors/sql-door.ts';
import { formatTypes } from '../sql/guard/formats.ts';
import type { ApiRoute } from './api-route.ts';

interface ObjectSchema {
  readonly properties?: Readonly<Record<string, TSchema>>;
  readonly required?: readonly string[];
}

const problem = {
  type: 'object',
  required: ['type', 'title', 'status', 'detail', 'code'],
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    code: { type: 'string', description: 'Upper snake case, stable.' },
    line: { type: 'integer', description: 'Of a refused statement, from 1.' },
    column: { type: 'integer' },
  },
};

/** The OpenAPI 3.1 document, made of the same schemas that check the requests. */
export function openApiDocument(
  routes: readonly ApiRoute[],
  version: string,
): Readonly<Record<string, unknown>> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) {
    const path = route.url.replaceAll(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route) };
  }
  paths['/v1/sql'] = { post: sqlOperation };
  for (const [path, summary] of plainPaths)
    paths[path] = { get: { summary, responses: { 200: { description: 'OK' } } } };
  return {
    openapi: '3.1.0',
    info: { title: 'Hải Đăng query', version, license: { name: 'Apache-2.0' } },
    components: {
      schemas: { Problem: problem },
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
    },
    security: [{ token: [] }],
    paths,
  };
}

/** Adds `GET /openapi.json`. */
export function openApiRoute(app: FastifyInstance, document: Readonly<Record<string, unknown>>): void {
  app.get('/openapi.json', (_request, reply) => reply.send(document));
}

const plainPaths = [
  ['/', "ClickHouse's HTTP interface; the web client for a browser"],
  ['/ping', "ClickHouse's ping"],
  ['/healthz', 'The process is alive'],
  ['/readyz', 'What it leans on answers'],
  ['/metrics', 'Prometheus text'],
] as const;

const failures = {
  default: {
    description: 'A problem document',
    content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
  },
};

const sqlOperation = {
  summary: 'Asks one statement; the answer streams.',
  requestBody: {
    required: true,
    content: { 'application/json': { schema: sqlBody }, 'text/plain': { schema: { type: 'string' } } },
  },
  responses: {
    200: {
      description: 'Rows in the format that was asked for',
      content: Object.fromEntries(Object.values(formatTypes).map((type) => [type.split(';')[0], {}])),
    },
    ...failures,
  },
};

function operation(route: ApiRoute): Record<string, unknown> {
  const json = { 'application/json': { schema: route.answer ?? { type: 'object' } } };
  return {
    summary: route.summary,
    parameters: [...parameters(route.params, 'path'), ...parameters(route.query, 'query')],
    responses: { 200: { description: 'OK', content: json }, ...failures },
  };
}

function parameters(schema: TSchema | undefined, where: 'path' | 'query'): Record<string, unknown>[] {
  const { properties = {}, required = [] } = (schema ?? {}) as ObjectSchema;
  return Object.entries(properties).map(([name, property]) => {
    return { name, in: where, required: where === 'path' || required.includes(name), schema: property };
  });
}
