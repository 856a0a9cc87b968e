import type { FastifyInstance } from 'fastify';

import type { Metrics } from '../../pipeline/runtime/health/metrics.ts';

/** What a process says about itself and about what it leans on. */
export interface HealthDeps {
  readonly health: () => Readonly<Record<string, unknown>>;
  /** By dependency: `ok`, or what is wrong in words. */
  readonly checks: () => Promise<Readonly<Record<string, string>>>;
  readonly metrics: Metrics;
}

/** `GET /healthz` (alive), `/readyz` (its dependencies answer), `/metrics` (Prometheus text). */
export function healthRoutes(app: FastifyInstance, deps: HealthDeps): void {
  app.get('/healthz', (_request, reply) => {
    return reply.header('cache-control', 'no-store').send({ status: 'ok', ...deps.health() });
  });
  app.get('/readyz', async (_request, reply) => {
    const checks = await deps.checks();
    const ready = Object.values(checks).every((state) => state === 'ok');
    return reply
      .code(ready ? 200 : 503)
      .header('cache-control', 'no-store')
      .send({ ready, checks });
  });
  app.get('/metrics', (_request, reply) => {
    return reply.type('text/plain; version=0.0.4; charset=utf-8').send(deps.metrics.render());
  });
}
