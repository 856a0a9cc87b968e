import mqtt from 'mqtt';

import type { BenchStack } from './bench-stack.ts';
import { postEvents } from './load/post-events.ts';
import type { Reading } from './load/workload.ts';
import { perSecond } from './statistics.ts';

/** One reading a message, one reading a request: how fast both are acknowledged. */
export interface SingleRowResult {
  readonly messagesPerSecond: number;
  readonly requestsPerSecond: number;
}

/** Messages of one client that wait for their PUBACK. */
export const messagesInFlight = 10_000;
/** Requests of one row that are sent side by side. */
export const requestsInFlight = 64;

/** Share of the readings that warm both doors up, and that is posted: requests of one row are slow. */
const warmUpShare = 1 / 4;
const postedShare = 1 / 4;
const feed = 'mqtt';

/** Publishes every reading with QoS 1 from one client; posts a part of them over HTTP, one row a request. */
export async function measureMqtt(stack: BenchStack, readings: readonly Reading[]): Promise<SingleRowResult> {
  const bodies = readings.map((reading) => Buffer.from(JSON.stringify(reading)));
  const warmUp = Math.round(bodies.length * warmUpShare);
  const posted = bodies.slice(0, Math.round(bodies.length * postedShare)).map(renamed);
  await publishAll(stack, bodies.slice(0, warmUp).map(renamed));
  return {
    messagesPerSecond: await publishAll(stack, bodies),
    requestsPerSecond: await postAll(stack, posted),
  };
}

/** Another reading of the same size: a repeat would be answered without being stored. */
function renamed(body: Buffer): Buffer {
  return Buffer.from(body.toString().replace('"entity":"', '"entity":"x'));
}

async function publishAll(stack: BenchStack, bodies: readonly Buffer[]): Promise<number> {
  const url = `mqtt://127.0.0.1:${stack.services.mqttPort}`;
  const options = {
    username: feed,
    password: stack.ingestToken,
    protocolVersion: 4,
    reconnectPeriod: 0,
  } as const;
  const client = await mqtt.connectAsync(url, options);
  const startMs = performance.now();
  await inFlight(messagesInFlight, bodies, async (body) => {
    await client.publishAsync(`feeds/${feed}/events`, body, { qos: 1 });
  });
  const tookMs = performance.now() - startMs;
  await client.endAsync(true);
  return perSecond(bodies.length, tookMs);
}

async function postAll(stack: BenchStack, bodies: readonly Buffer[]): Promise<number> {
  const target = { ingestUrl: stack.services.ingestUrl, token: stack.ingestToken };
  const startMs = performance.now();
  await inFlight(requestsInFlight, bodies, async (body) => {
    await postEvents(target, feed, body);
  });
  return perSecond(bodies.length, performance.now() - startMs);
}

async function inFlight(
  width: number,
  bodies: readonly Buffer[],
  send: (body: Buffer) => Promise<void>,
): Promise<void> {
  let next = 0;
  const sendRest = async (): Promise<void> => {
    for (let body = bodies[next++]; body !== undefined; body = bodies[next++]) await send(body);
  };
  await Promise.all(Array.from({ length: width }, sendRest));
}
