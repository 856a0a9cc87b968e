import { strict as assert } from 'node:assert';
import { afterEach, test } from 'vitest';

import { startHealthServer, type HealthServer, type Readiness } from './health-server.ts';
import { Metrics, seriesMax } from './metrics.ts';

let server: HealthServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function ask(
  path: string,
  readiness: () => Promise<Readiness>,
): Promise<{ status: number; body: string }> {
  const metrics = new Metrics();
  metrics.counter('haidang_events_total', 'Events folded.').inc({ shard: 'environment' }, 3);
  const health = (): Record<string, unknown> => ({ role: 'pipeline', durability: 'strict' });
  server = await startHealthServer({ host: '127.0.0.1', port: 0, health, readiness, metrics });
  const response = await fetch(`http://127.0.0.1:${server.port}${path}`);
  return { status: response.status, body: await response.text() };
}

const ready = async (): Promise<Readiness> => ({ ready: true, checks: { nats: 'ok' } });

test('/healthz says that the process is alive and in which mode', async () => {
  const { status, body } = await ask('/healthz', ready);
  assert.equal(status, 200);
  assert.deepEqual(JSON.parse(body), { status: 'ok', role: 'pipeline', durability: 'strict' });
});

test('/readyz is 200 when the dependencies answer', async () => {
  assert.equal((await ask('/readyz', ready)).status, 200);
});

test('/readyz is 503 and names the reason when a dependency fails or the question throws', async () => {
  const failing = async (): Promise<Readiness> => ({ ready: false, checks: { nats: 'no answer' } });
  assert.match((await ask('/readyz', failing)).body, /no answer/);
  await server?.close();
  const throwing = async (): Promise<Readiness> => Promise.reject(new Error('boom'));
  const { status, body } = await ask('/readyz', throwing);
  assert.equal(status, 503);
  assert.match(body, /boom/);
});

test('/metrics is Prometheus text, other paths are a problem document', async () => {
  assert.match((await ask('/metrics', ready)).body, /^haidang_events_total\{shard="environment"\} 3$/m);
  await server?.close();
  const { status, body } = await ask('/nothing', ready);
  assert.deepEqual([status, JSON.parse(body).code], [404, 'NOT_FOUND']);
});

test('a histogram counts cumulatively, a gauge keeps its last value, labels are escaped', () => {
  const metrics = new Metrics();
  const latency = metrics.histogram('latency_ms', 'Latency.', [1, 10]);
  for (const value of [0.5, 1, 5, 100]) latency.observe(value);
  const lag = metrics.gauge('lag_ms', 'Lag.');
  lag.set(5, { feed: 'a"b' });
  lag.set(7, { feed: 'a"b' });
  assert.equal(
    metrics.render(),
    `# HELP latency_ms Latency.
# TYPE latency_ms histogram
latency_ms_bucket{le="1"} 2
latency_ms_bucket{le="10"} 3
latency_ms_bucket{le="+Inf"} 4
latency_ms_sum 106.5
latency_ms_count 4
# HELP lag_ms Lag.
# TYPE lag_ms gauge
lag_ms{feed="a\\"b"} 7
`,
  );
});

test('beyond the bound of series, everything is counted under one overflow series', () => {
  const metrics = new Metrics();
  const counter = metrics.counter('rows_total', 'Rows.');
  for (let feed = 0; feed < seriesMax + 5; feed += 1) counter.inc({ feed: `f${feed}` });
  const lines = metrics.render().split('\n');
  assert.equal(lines.filter((one) => one.startsWith('rows_total{feed')).length, seriesMax);
  assert(lines.includes('rows_total{overflow="true"} 5'));
});
