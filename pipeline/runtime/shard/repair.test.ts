import { strict as assert } from 'node:assert';
import { test } from 'vitest';

import { type GivenReading, reading } from '../../../fixtures/streams/measurement.ts';
import { loadDefinitions } from '../../kpi/definitions/load-definitions.ts';
import { defaultRegistryFolder, loadRegistry } from '../../kpi/registry/load-registry.ts';
import { BatchBuilder } from '../../model/batch/batch-builder.ts';
import type { Registry } from '../../model/registry.ts';
import { HOUR_MS } from '../../model/time.ts';
import { idKey, type KnownRow, placeOf } from '../../store/known-ids.ts';
import { dayOfHour, type StoredSlice } from '../../store/slice-query.ts';
import { addToSlice, emptySlice } from '../../window/slice.ts';
import { duePanes, type ShardPane } from './emission.ts';
import { take } from './intake.ts';
import { repair } from './repair.ts';
import { type ShardOptions, type ShardPorts, ShardState } from './shard-state.ts';

const START = Date.parse('2024-03-01T00:00:00+07:00');
const DAY_HOURS = 24;

const at = (hour: number, value = 20): GivenReading => ({
  entity: 'tram-a',
  eventTime: START + hour * HOUR_MS,
  value,
});

/** A shard whose store holds what the log said so far, one reading an hour at most. */
function shard(): {
  state: ShardState;
  say(position: number, given: readonly GivenReading[]): Promise<void>;
  repaired(): Promise<readonly string[]>;
  due(): readonly string[];
} {
  const options = {
    subsystem: 'environment',
    groups: [],
    definitions: loadDefinitions(loadRegistry([defaultRegistryFolder()])).stations.filter(
      ({ id }) => id === 'environment.us_nowcast_pm25',
    ),
    registry: { entities: new Map() } as Partial<Registry> as Registry,
    configuration: '',
    latenessMs: 6 * HOUR_MS,
    idsMax: 1_000,
  } as const satisfies ShardOptions;
  const state = new ShardState(options);
  const stored: StoredSlice[] = [];
  const known = new Map<string, KnownRow>();
  const queue = { flush: () => Promise.resolve(), put: () => Promise.resolve() };
  const ports = {
    rawQueue: queue,
    kpiQueue: queue,
    lateQueue: queue,
    clock: { now: () => 0 },
    store: {
      known: () => Promise.resolve(new Map(known)),
      slices: (_: number, days: ReadonlyMap<string, ReadonlySet<number>>) =>
        Promise.resolve(stored.filter(({ entity, hour }) => days.get(entity)?.has(dayOfHour(hour)))),
      windows: () => Promise.resolve([]),
    },
  } as unknown as ShardPorts;
  return {
    state,
    async say(position, given) {
      const builder = new BatchBuilder('measurement');
      for (const [row, one] of given.entries()) {
        const event = reading(one);
        builder.add(event);
        const key = idKey(event.idHashHigh, event.idHashLow);
        if (known.has(key)) continue;
        known.set(key, { content: event.contentHash, place: placeOf(position, row) });
        const { entity, property, value, eventTime: asOf } = event;
        const slice = emptySlice();
        addToSlice(slice, value, 1, asOf);
        stored.push({ entity, property, hour: Math.floor(asOf / HOUR_MS), ...slice });
      }
      const message = { subsystem: 'environment', kind: 'measurement', position, bytes: builder.finish() };
      await take(state, message as Parameters<typeof take>[1], { ports, options });
    },
    repaired: async () => texts(await repair(state, { ports, options })),
    due: () => texts(duePanes(state, 0)),
  };
}

function texts(panes: readonly ShardPane[]): readonly string[] {
  return panes.map(({ start, status, content }) => {
    return `+${(start - START) / HOUR_MS} ${status} ${content?.samples ?? 'gone'}`;
  });
}

//   hours 0..47 in order ── one message: a late row of hour 0, hour 96, hour 240 (the watermark passes all) ── repair
test('a repair publishes what is due of its entities before memory lets it go', async () => {
  const { say, repaired, due } = shard();
  await say(
    1,
    Array.from({ length: 2 * DAY_HOURS }, (_, hour) => at(hour)),
  );
  due();
  await say(2, [{ ...at(0, 50), eventTime: START + 1 }, at(95), at(96), at(240)]);
  const panes = await repaired();
  assert.ok(panes.includes('+96 final 2'), panes.join());
  assert.deepEqual(due(), [], 'everything was due with the repair');
  const windows = panes.map((text) => text.slice(0, text.indexOf(' ')));
  assert.equal(new Set(windows).size, windows.length, 'no window twice at one position');
});

//   the row of hour 20 again, unknown to memory ── hour 31, due ──▶ withheld ── hour 240 ── 20 was right all along
test('a window withheld because of a suspicion is published when it is cleared, though memory has let it go', async () => {
  const { state, say, repaired, due } = shard();
  await say(
    1,
    Array.from({ length: 30 }, (_, hour) => at(hour)),
  );
  due();
  await say(2, [at(31)]);
  state.fold.markDirty(state.fold.entities.get('tram-a')!, START / HOUR_MS + 20, 'suspected');
  assert.deepEqual(due(), [], 'every due NowCast reads hour 20');
  await say(3, [at(240)]);
  due();
  const panes = await repaired();
  assert.ok(panes.includes('+31 final 11'), panes.join());
  assert.equal(state.fold.dirtyEntities.size, 0);
});
