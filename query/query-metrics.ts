import type { FastifyInstance } from 'fastify';

import type { Metrics } from '../pipeline/runtime/health/metrics.ts';

const latencyMs = [1, 2, 5, 10, 20, 50, 100, 250, 500, 1_000, 5_000, 30_000, 60_000];

/** What query counts. Names and labels are part of the product: dashboards hold them. */
export interface QueryMetrics {
  /** A request was answered to its end, or its client went away. */
  answered(route: string, status: number, ms: number): void;
  /** A statement came to its end: `ok`, `cut` in the middle of its answer, or the code of its error. */
  stated(outcome: string): void;
  /** The guard was asked about a text: it knew the answer, or judged it anew. */
  judged(how: 'known' | 'anew'): void;
}

/** Registers the metrics of query. */
export function queryMetrics(metrics: Metrics): QueryMetrics {
  const requests = metrics.counter('haidang_query_requests_total', 'Requests answered, by route and status');
  const latency = metrics.histogram(
    'haidang_query_request_ms',
    "From a request's head to the end of its answer, by route",
    latencyMs,
  );
  const statements = metrics.counter('haidang_query_statements_total', 'SQL statements, by outcome');
  const judgements = metrics.counter(
    'haidang_query_guard_judgements_total',
    'Statements that the guard was asked about: known texts, and those judged anew',
  );
  return {
    answered(route, status, ms) {
      requests.inc({ route, code: String(status) });
      latency.observe(ms, { route });
    },
    stated: (outcome) => statements.inc({ outcome }),
    judged: (how) => judgements.inc({ how }),
  };
}

/** Counts every request of an app under the pattern of its route, so that paths cannot make series. */
export function countRequests(app: FastifyInstance, metrics: QueryMetrics): void {
  app.addHook('onResponse', (request, reply, done) => {
    const route = request.is404 ? 'none' : (request.routeOptions.url ?? 'none');
    metrics.answered(route, reply.statusCode, reply.elapsedTime);
    done();
  });
}
