import { strict as assert } from 'node:assert';
import { pino } from 'pino';
import { afterAll, beforeAll, test } from 'vitest';

import { living, pause, PipelineStage } from '../../fixtures/servers/pipeline-stage.ts';
import { alertOf, caseOf, postOf } from '../../fixtures/streams/cases.ts';
import { seededRandom, shuffled } from '../../fixtures/streams/disorder.ts';
import { reading } from '../../fixtures/streams/measurement.ts';
import { faultsOf, verifyKpis } from '../../scripts/verify/verify-kpis.ts';
import { loadDefinitions } from '../kpi/definitions/load-definitions.ts';
import { defaultRegistryFolder, loadRegistry } from '../kpi/registry/load-registry.ts';
import type { Event } from '../model/event.ts';
import type { Subsystem } from '../model/subsystem.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, processingTime } from '../model/time.ts';
import { packageFile } from '../store/package-file.ts';
import { type Clock, systemClock, systemTimers } from '../time/clock.ts';
import { Processor } from './processor.ts';

const START = Date.parse('2023-12-01T00:00:00+07:00');
const registry = loadRegistry([defaultRegistryFolder()]);
const definitions = loadDefinitions(registry, packageFile('fixtures/packs'));
const SUBSYSTEM_OF = {
  measurement: 'environment',
  case: 'citizen-reports',
  post: 'social-media',
  alert: 'information-security',
} as const satisfies Record<Event['kind'], Subsystem>;

let stage: PipelineStage;

beforeAll(async () => {
  stage = await PipelineStage.start(SUBSYSTEM_OF);
}, 60_000);

afterAll(async () => {
  await stage.stop();
});

const random = seededRandom(11);
const below = (bound: number): number => Math.floor(random() * bound);
const pick = <Item>(items: readonly Item[]): Item => items[below(items.length)]!;
const AREAS = ['vung-tau', 'ba-ria', 'con-dao'];
const AGENCIES = ['so-xay-dung', 'so-tai-nguyen-moi-truong', 'ubnd-vung-tau', ''];

/** Cases with one to four versions each; some versions change the area, the status or take a completion back. */
function cases(count: number): Event[] {
  return Array.from({ length: count }, (_, index) => {
    const openedAt = START + below(40 * 24 * 60) * MINUTE_MS;
    const dueAt = openedAt + (1 + below(5)) * DAY_MS;
    return Array.from({ length: 1 + below(4) }, (_, version) => {
      const eventTime = openedAt + version * (1 + below(40)) * HOUR_MS;
      return caseOf({
        caseId: `case-${String(index)}`,
        eventTime,
        openedAt,
        dueAt,
        version,
        status: pick(['accepted', 'in-progress', 'completed', 'refused']),
        area: pick(AREAS),
        agency: pick(AGENCIES),
        respondedAt: version > 0 ? openedAt + below(3_000) * MINUTE_MS : null,
        completedAt: version > 1 && below(3) > 0 ? eventTime : null,
      });
    });
  }).flat();
}

function posts(count: number): Event[] {
  return Array.from({ length: count }, (_, index) => {
    const eventTime = START + below(6 * 24 * 60) * MINUTE_MS;
    return Array.from({ length: 1 + below(3) }, (_, version) =>
      postOf({
        postId: `post-${String(index)}`,
        eventTime,
        version,
        action: version === 2 ? pick(['edit', 'delete']) : version === 1 ? 'edit' : 'create',
        topics: JSON.stringify([
          ...new Set([pick(['ngập', 'y tế', 'giá cả']), pick(['ngập', 'giao thông'])]),
        ]),
        sentiment: below(21) / 10 - 1,
      }),
    );
  }).flat();
}

const alerts = (count: number): Event[] =>
  Array.from({ length: count }, (_, index) =>
    alertOf({
      eventTime: START + below(3 * 24 * 60) * MINUTE_MS,
      category: pick(['malware', 'intrusion']),
      severity: 1 + below(5),
      source: `10.0.0.${String(below(40))}`,
      count: 1 + below(9),
      signature: `rule ${String(index)}`,
    }),
  );

const readings = (count: number): Event[] =>
  Array.from({ length: count }, (_, index) =>
    reading({
      entity: `tram-${String(index % 4)}`,
      area: pick(AREAS),
      eventTime: START + below(12 * 24 * 60) * MINUTE_MS + index,
      value: below(2_000) / 10,
      quality: below(20) === 0 ? 'bad' : 'good',
    }),
  );

/** Wall clocks of the two processes: after the new year, and five hours later. */
const clockAt = (time: number): Clock => {
  const ahead = systemClock.now() - time;
  return { now: () => processingTime(systemClock.now() - ahead) };
};
const FIRST_CLOCK = clockAt(START + 62 * DAY_MS);
const SECOND_CLOCK = clockAt(START + 62 * DAY_MS + 5 * HOUR_MS);

function running(clock: Clock, during: () => Promise<void>): Promise<void> {
  const processor = new Processor({
    ...{ log: stage.log, store: stage.clickhouse, registry, definitions, clock, timers: systemTimers },
    migration: { durability: 'relaxed', cluster: undefined },
    logger: pino({ level: 'error' }),
  });
  return living(processor, during);
}

/**
 * Compares every value with its SQL, again and again while states of two months are being told: what differs at rest
 * differs.
 *
 * @returns how many windows of each definition were equal
 */
async function verified(): Promise<ReadonlyMap<string, number>> {
  const span = { from: undefined, to: undefined, entity: undefined };
  const ask = () => verifyKpis(stage.clickhouse.client, { kpis: definitions.all, ...span, examplesMax: 3 });
  let results = await ask();
  // Until the next time marker the last windows still run.
  const isAtRest = (one: (typeof results)[number]): boolean => faultsOf(one) === 0 && one.windows.matched > 0;
  for (let round = 0; round < 40 && !results.every(isAtRest); round++) {
    await pause(1_000);
    results = await ask();
  }
  const faulty = results.filter((one) => faultsOf(one) > 0);
  assert.deepEqual(faulty, [], JSON.stringify(faulty, null, 1));
  return new Map(results.map(({ kpi, windows }) => [kpi, windows.matched]));
}

test('rows and facts of every kind, shuffled, doubled and restarted, give the values that SQL gives', async () => {
  const sent = new Map<Event['kind'], Event[]>();
  for (const events of [cases(150), posts(150), alerts(300), readings(600)]) {
    const twice = [...events, ...events.slice(0, events.length / 4)];
    sent.set(events[0]!.kind, shuffled(twice, random));
  }
  const half = (part: 0 | 1): Event[] =>
    [...sent.values()].flatMap((events) => {
      const middle = Math.floor(events.length / 2);
      return part === 0 ? events.slice(0, middle) : events.slice(middle);
    });
  await running(FIRST_CLOCK, async () => {
    await stage.append(half(0), 20);
    await pause(2_500);
  });
  await running(SECOND_CLOCK, async () => {
    await stage.append(half(1), 20);
    await stage.settled(600);
    const matched = await verified();
    for (const { id } of definitions.all) {
      assert.ok((matched.get(id) ?? 0) > 0, `${id}: ${JSON.stringify([...matched])}`);
    }
  });
}, 180_000);
