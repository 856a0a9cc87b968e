import { strict as assert } from 'node:assert';
import { afterEach, beforeEach, test } from 'vitest';

import { emission, hourValue } from '../../fixtures/live/kpi-values.ts';
import { liveTokens, startLiveServer, type LiveServer } from '../../fixtures/live/live-server.ts';
import type { LiveCatalogue } from './registry-answer.ts';

const title = { vi: 'x', en: 'x' };
const catalogue: LiveCatalogue = {
  registry: {
    ...{ properties: new Map(), entities: new Map(), areas: new Map(), feeds: new Map() },
    ...{ calendars: new Map(), holidays: new Map(), agencies: new Map(), periods: new Map(), hash: '' },
  },
  definitions: [
    { id: 'environment.pm25_mean_1h', title, unit: 'ug/m3', freshSeconds: 1_800, visibility: 'public' },
    { id: 'environment.us_aqi_pm25', title, unit: '1', freshSeconds: 1_800, visibility: 'internal' },
  ],
  demo: 'on',
};
const hour = '2026-11-23T05:00:00.000Z';

let server: LiveServer;
let ends: AbortController;
beforeEach(async () => {
  server = await startLiveServer({ catalogue });
  ends = new AbortController();
});
afterEach(async () => {
  ends.abort();
  await server.close();
});

const ask = (query: string, headers: Record<string, string> = {}) =>
  fetch(`http://127.0.0.1:${server.port}/v1/live/events${query}`, {
    headers: { authorization: `Bearer ${liveTokens.wall}`, ...headers },
    signal: ends.signal,
  });

/** Reads a stream until an event of this name has come. */
async function until(
  response: Response,
  name: string,
): Promise<{ id: string; data: Record<string, unknown> }> {
  const reader = response.body?.getReader();
  assert(reader !== undefined);
  let text = '';
  for (;;) {
    const block = text
      .split('\n\n')
      .find((one) => one.startsWith(`event: ${name}\n`) && one.includes('data: '));
    if (block !== undefined && text.includes(`${block}\n\n`)) {
      reader.releaseLock();
      const line = (start: string): string =>
        block
          .split('\n')
          .find((one) => one.startsWith(start))
          ?.slice(start.length) ?? '';
      return { id: line('id: '), data: JSON.parse(line('data: ')) as Record<string, unknown> };
    }
    const { done, value } = await reader.read();
    assert(!done, `the stream ended without ${name}: ${text}`);
    text += new TextDecoder().decode(value);
  }
}

test('an event stream begins with a heartbeat and the snapshot, its cursor is the id of the event', async () => {
  server.log.append(emission([hourValue({ windowStart: hour, value: 10 })]));
  const response = await ask('?kpis=environment.*&areas=*');
  assert.equal(response.headers.get('content-type'), 'text/event-stream; charset=utf-8');
  const { id, data } = await until(response, 'snapshot');
  assert.deepEqual([id, data['cursor'], (data['values'] as unknown[]).length], ['test.1', 'test.1', 1]);
  server.log.append(emission([hourValue({ windowStart: hour, value: 11, revision: 2 })]));
  assert.equal((await until(response, 'delta')).id, 'test.2');
});

test('Last-Event-ID resumes with exactly what was missed', async () => {
  server.log.append(emission([hourValue({ windowStart: hour, value: 10 })]));
  await until(await ask('?kpis=*'), 'snapshot');
  server.log.append(emission([hourValue({ windowStart: hour, value: 12, revision: 2 })]));
  const response = await ask('?kpis=*', { 'last-event-id': 'test.1' });
  const { id, data } = await until(response, 'delta');
  assert.equal(id, 'test.2');
  assert.deepEqual(
    (data['values'] as { value: number }[]).map(({ value }) => value),
    [12],
  );
});

// [what, query, headers, status, code]
const refusals = [
  ['no token', '?kpis=*', { authorization: '' }, 401, 'TOKEN_UNKNOWN'],
  ['a token in the URL', '?kpis=*&token=wall-token', {}, 400, 'TOKEN_IN_URL'],
  ['a token that may only push', '?kpis=*', { authorization: 'Bearer ingest-token' }, 403, 'KPI_NOT_ALLOWED'],
  ['no kpis', '', {}, 400, 'BAD_FRAME'],
  ['a pattern that is none', '?kpis=*a', {}, 400, 'BAD_FRAME'],
  ['a KPI above the ceiling', '?kpis=environment.us_aqi_pm25', {}, 403, 'KPI_NOT_ALLOWED'],
] as const;
for (const [what, query, headers, status, code] of refusals) {
  test(`an event stream with ${what} is refused with ${status} ${code}`, async () => {
    const response = await ask(query, headers);
    assert.equal(response.status, status);
    assert.equal(((await response.json()) as { code: string }).code, code);
  });
}

test('a stream that ends gives its subscription back', async () => {
  await until(await ask('?kpis=*'), 'snapshot');
  assert.deepEqual(server.service.counts(), { sockets: 1, groups: 1, series: 0 });
  ends.abort();
  while (server.service.counts().groups > 0) await new Promise((resolve) => setTimeout(resolve, 10));
  assert.equal(server.service.counts().sockets, 0);
});

test('closing the server ends the streams', async () => {
  const response = await ask('?kpis=*');
  await until(response, 'snapshot');
  await server.close();
  const reader = response.body?.getReader();
  // A cut connection would reject here.
  while ((await reader?.read())?.done === false);
  assert(reader !== undefined);
});
