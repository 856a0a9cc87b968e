import type { Durability } from '../../pipeline/runtime/settings.ts';
import { lingerMs } from '../../ingest/gather/lane.ts';
import { startStack, type BenchStack } from './bench-stack.ts';
import type { Figure } from './bench-table.ts';
import { machineFacts } from './machine-facts.ts';
import { measureGuard } from './measure-guard.ts';
import { measureMqtt } from './measure-mqtt.ts';
import { batchesOf, engineLimit, logLimit, parseLimit } from './measure-limits.ts';
import { measureStoring, type StoringResult } from './measure-storing.ts';
import { runLoad } from './load/run-load.ts';
import { percentile } from './statistics.ts';
import { bodiesOf, readingsOf, type EventOrder, type WorkloadSpec } from './load/workload.ts';

/** What can be measured alone. */
export const measurements = ['storing', 'replay', 'mqtt', 'latency', 'guard'] as const;

/** A name of `measurements`. */
export type Measurement = (typeof measurements)[number];

/** How much is measured, and who is told of it. */
export interface BenchOptions {
  readonly only: ReadonlySet<Measurement>;
  readonly size: BenchSize;
  readonly profileFolder: string | undefined;
  /** A line of text for the person who waits. */
  readonly say: (line: string) => void;
  /** Told which stack runs, so that a signal can end it. */
  readonly onStack: (stack: BenchStack | undefined) => void;
}

/** Sizes of the workloads. */
export interface BenchSize {
  readonly events: number;
  readonly warmUpEvents: number;
  readonly messages: number;
  readonly latencySeconds: number;
  readonly guardRounds: number;
}

/** The whole measurement: 33 hours of 40 stations with five properties each. */
export const fullSize: BenchSize = {
  events: 400_000,
  warmUpEvents: 200_000,
  messages: 80_000,
  latencySeconds: 20,
  guardRounds: 60,
};

/** A look: most code is not even compiled when it ends. */
export const quickSize: BenchSize = {
  events: 100_000,
  warmUpEvents: 50_000,
  messages: 20_000,
  latencySeconds: 5,
  guardRounds: 30,
};

/** No measurement is begun later than this, ms: on a machine with other work the table is shorter, not later. */
const beginMsMax = 240_000;

/** Events that the limits are measured with. */
const limitEventsMax = 200_000;

/** Between two emissions of a shard, ms: `TICK_MS` of the shard's loop. */
const tickMs = 50;

const eventsPerSecondPaced = 1_000;
const aims = {
  stored: { of: 'value', bound: 100_000 },
  shuffled: { of: 'ratio', bound: 1 / 3 },
  latency: { of: 'value', bound: 250 },
  guard: { of: 'value', bound: 6 },
} as const;

/** Measures on one stack after the other; each starts with empty tables. */
export async function runBench(options: BenchOptions): Promise<Figure[]> {
  const { only } = options;
  const figures: Figure[] = [];
  let ordered: number | undefined;
  await onStack(options, 'strict', async (stack) => {
    for (const line of await machineFacts(stack)) options.say(line);
    if (only.has('storing') || only.has('replay')) {
      const result = await storing(options, stack, 'by time');
      ordered = result.eventsPerSecond;
      if (only.has('storing')) figures.push(...(await besideLimits(options, stack, result)));
    }
    if (only.has('mqtt')) figures.push(await messages(options, stack));
    if (only.has('latency')) figures.push(...(await latency(options, stack)));
    if (only.has('guard')) figures.push(...(await guard(options, stack)));
  });
  if (only.has('storing')) {
    await onStack(options, 'relaxed', async (stack) => {
      const result = await storing(options, stack, 'by time');
      figures.push(...(await besideLimits(options, stack, result)));
    });
  }
  if (only.has('replay') && ordered !== undefined) {
    const beside = { name: 'the same events by time', value: ordered };
    for (const order of ['shuffled within 6 h', 'shuffled over all'] as const) {
      await onStack(options, 'strict', async (stack) => {
        const { eventsPerSecond: value } = await storing(options, stack, order);
        figures.push({
          name: `replay, strict, ${order}`,
          value,
          unit: 'events/s',
          beside,
          aim: aims.shuffled,
        });
      });
    }
  }
  return figures;
}

async function onStack(
  options: BenchOptions,
  durability: Durability,
  measure: (stack: BenchStack) => Promise<void>,
): Promise<void> {
  if (performance.now() > beginMsMax) return options.say('skipped    the rest: this took too long already');
  options.say(`starting   ${durability} …`);
  const stack = await startStack({ durability, profileFolder: options.profileFolder });
  options.onStack(stack);
  try {
    await measure(stack);
  } finally {
    await stack.stop();
    options.onStack(undefined);
  }
}

function workload(options: BenchOptions, name: string, order: EventOrder): WorkloadSpec {
  return { name, events: options.size.events, order, endMs: Date.now() };
}

/** Warms the processes up with other stations of another feed, then measures. */
async function storing(options: BenchOptions, stack: BenchStack, order: EventOrder): Promise<StoringResult> {
  await measureStoring(stack, { ...workload(options, 'warm', order), events: options.size.warmUpEvents });
  const result = await measureStoring(stack, workload(options, 'bench', order));
  const perEvent = Object.entries(result.cpu)
    .map(([name, seconds]) => `${name} ${((seconds * 1e6) / options.size.events).toFixed(1)}`)
    .join(', ');
  options.say(`stored     ${stack.durability}, ${order}: ${Math.round(result.eventsPerSecond)} events/s`);
  options.say(`           CPU time an event, us: ${perEvent}`);
  return result;
}

async function besideLimits(
  options: BenchOptions,
  stack: BenchStack,
  result: StoringResult,
): Promise<Figure[]> {
  options.say(`limits     ${stack.durability} …`);
  const spec = {
    ...workload(options, 'limit', 'by time'),
    events: Math.min(options.size.events, limitEventsMax),
  };
  const batches = batchesOf(readingsOf(spec));
  const beside = [
    { name: 'JSON.parse of the bodies, one core', value: parseLimit(bodiesOf(spec)) },
    { name: `log alone, ${stack.durability}`, value: await logLimit(stack, batches) },
    { name: `engine alone, ${stack.durability}`, value: await engineLimit(stack, batches) },
  ];
  const both = `HTTP to both tables, ${stack.durability}`;
  const acknowledged: Figure = {
    name: `HTTP to acknowledged, ${stack.durability}`,
    ...{ value: result.acknowledgedPerSecond, unit: 'events/s' },
    beside: beside[1] ?? { name: '', value: Number.NaN },
  };
  const aim = stack.durability === 'strict' ? { aim: aims.stored } : {};
  const stored = beside.map((peer): Figure => {
    return { name: both, value: result.eventsPerSecond, unit: 'events/s', beside: peer, ...aim };
  });
  return [...stored, acknowledged];
}

async function messages(options: BenchOptions, stack: BenchStack): Promise<Figure> {
  options.say(`mqtt       ${options.size.messages} messages of one client, QoS 1 …`);
  const spec = { ...workload(options, 'mqtt', 'by time'), events: options.size.messages };
  const { messagesPerSecond: value, requestsPerSecond } = await measureMqtt(stack, readingsOf(spec));
  return {
    name: 'MQTT QoS 1 to acknowledged, one client, strict',
    ...{ value, unit: 'events/s' },
    beside: { name: 'HTTP, one row a request, 64 in flight', value: requestsPerSecond },
  };
}

async function latency(options: BenchOptions, stack: BenchStack): Promise<Figure[]> {
  options.say(`latency    ${eventsPerSecondPaced} events/s for ${options.size.latencySeconds} s …`);
  const { ingestUrl, queryUrl } = stack.services;
  const result = await runLoad({
    ...({ type: 'pace', feed: 'wall', ingestUrl, token: stack.ingestToken } as const),
    liveUrl: `${queryUrl.replace('http', 'ws')}/v1/live`,
    liveToken: stack.analystToken,
    eventsPerSecond: eventsPerSecondPaced,
    seconds: options.size.latencySeconds,
  });
  if (result.missing > 0) options.say(`           ${result.missing} events reached no frame`);
  const bounds = { name: `linger ${lingerMs} + tick ${tickMs}`, value: lingerMs + tickMs };
  const answer = { name: 'linger', value: lingerMs };
  const at = (name: string, values: readonly number[], share: number, beside: Figure['beside']): Figure => {
    return { name: `${name}, p${share * 100}`, value: percentile(values, share), unit: 'ms', beside };
  };
  return [
    at('POST to answer, strict', result.answersMs, 0.5, answer),
    at('POST to WebSocket frame, strict', result.latenciesMs, 0.5, bounds),
    { ...at('POST to WebSocket frame, strict', result.latenciesMs, 0.99, bounds), aim: aims.latency },
  ];
}

async function guard(options: BenchOptions, stack: BenchStack): Promise<Figure[]> {
  options.say('guard      statements at every door …');
  const times = await measureGuard(stack, options.size.guardRounds);
  return times.flatMap((one) => {
    const beside = { name: 'bare engine, median', value: one.bare };
    const over = (name: string, value: number): Figure => {
      return {
        name: `guard: ${one.name}, ${name}, over`,
        value: value - one.bare,
        unit: 'ms',
        beside,
        aim: aims.guard,
      };
    };
    return [
      over('/v1/sql known', one.sqlWarm),
      over('/v1/sql new', one.sqlCold),
      over('/v1/sql new, to be formatted', one.sqlFormatted),
      over('/ known', one.doorWarm),
      over('/ new', one.doorCold),
    ];
  });
}
