import { setTimeout as pause } from 'node:timers/promises';
import { WebSocket } from 'ws';

import { HOUR_MS } from '../../../pipeline/model/time.ts';
import type { LiveValue } from '../../../query/protocol/live-value.ts';
import { Arrivals } from './arrivals.ts';
import type { PaceJob, PaceResult } from './load-job.ts';
import { postEvents } from './post-events.ts';

const kpi = 'environment.pm25_mean_1h';
const stations = 200;
const rowsPerRequest = 20;
/** Code that runs for the first time, and a snapshot that is still being built, are not the latency of a wall. */
const warmUpMs = 3_000;
/** Time for the socket to open and subscribe. */
const settleMs = 500;
/** How long the last events may take before they count as missing. */
const patienceMs = 5_000;

/**
 * Posts readings of now, 20 stations a request, and measures for each how long it takes until a delta frame counts
 * it. The first three seconds do not count.
 */
export async function sendPaced(job: PaceJob): Promise<PaceResult> {
  const startMs = Date.now() + settleMs;
  const arrivals = new Arrivals(startMs + warmUpMs);
  const socket = await watch(job, (key, readings) => arrivals.seen(key, readings, Date.now()));
  const everyMs = (1_000 * rowsPerRequest) / job.eventsPerSecond;
  const rounds = Math.round((job.seconds * 1_000 + warmUpMs) / everyMs);
  const answersMs: number[] = [];
  const posts: Promise<void>[] = [];
  for (let round = 0; round < rounds; round++) {
    await pause(Math.max(0, startMs + round * everyMs - Date.now()));
    posts.push(
      postRound(job, round, arrivals).then((tookMs) => {
        if (round * everyMs >= warmUpMs) answersMs.push(tookMs);
      }),
    );
  }
  await Promise.all(posts);
  const endMs = Date.now() + patienceMs;
  while (arrivals.missing > 0 && Date.now() < endMs) await pause(20);
  socket.close();
  return { type: 'pace', latenciesMs: arrivals.latenciesMs, answersMs, missing: arrivals.missing };
}

/** Sends the next stations' readings; resolves with the time that the answer took. */
async function postRound(job: PaceJob, round: number, arrivals: Arrivals): Promise<number> {
  const nowMs = Date.now();
  const eventTime = new Date(nowMs).toISOString();
  const rows = Array.from({ length: rowsPerRequest }, (_, index) => {
    const entity = `${job.feed}-${(round * rowsPerRequest + index) % stations}`;
    return {
      ...{ kind: 'measurement', subsystem: 'environment', entity, area: 'vung-tau', property: 'pm25' },
      ...{ value: 20 + (round % 50), unit: 'ug/m3', eventTime },
    };
  });
  for (const { entity } of rows) arrivals.sent(keyOf(entity, nowMs), nowMs);
  await postEvents(job, job.feed, Buffer.from(JSON.stringify(rows)));
  return Date.now() - nowMs;
}

function keyOf(entity: string, timeMs: number): string {
  return `${entity} ${Math.floor(timeMs / HOUR_MS)}`;
}

/** Subscribes to the hourly mean and tells of every value that comes. */
async function watch(job: PaceJob, onValue: (key: string, readings: number) => void): Promise<WebSocket> {
  const headers = { authorization: `Bearer ${job.liveToken}` };
  const socket = new WebSocket(job.liveUrl, 'haidang.live.v1', { headers });
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.on('open', () => socket.send(JSON.stringify({ type: 'subscribe', id: 'bench', kpis: [kpi] })));
    socket.on('message', (data: Buffer) => {
      const frame = JSON.parse(data.toString()) as { type: string; values?: readonly LiveValue[] };
      if (frame.type === 'snapshot') resolve();
      if (frame.type === 'error') reject(new Error(data.toString()));
      for (const value of frame.type === 'delta' ? (frame.values ?? []) : []) {
        onValue(keyOf(value.entity, Date.parse(value.windowStart)), value.denominator ?? 0);
      }
    });
  });
  return socket;
}
