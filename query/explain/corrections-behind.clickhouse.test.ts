import { strict as assert } from 'node:assert';
import { afterAll, beforeAll, test } from 'vitest';

import { startClickhouse, type TestClickhouse } from '../../fixtures/servers/clickhouse.ts';
import { loadDefinitions } from '../../pipeline/kpi/definitions/load-definitions.ts';
import { defaultRegistryFolder, loadRegistry } from '../../pipeline/kpi/registry/load-registry.ts';
import { insertExclusion } from '../../pipeline/store/corrections/exclusion-table.ts';
import { migrate } from '../../pipeline/store/migrate.ts';
import { packageFile } from '../../pipeline/store/package-file.ts';
import type { LiveValue } from '../protocol/live-value.ts';
import { correctionsBehind } from './corrections-behind.ts';

const registry = loadRegistry([defaultRegistryFolder()]);
const stations = loadDefinitions(registry).all;
const groups = loadDefinitions(registry, packageFile('fixtures/packs')).all;
const START = Date.parse('2026-03-01T00:00:00Z');
const HOUR_MS = 3_600_000;
let engine: TestClickhouse;

beforeAll(async () => {
  engine = await startClickhouse();
  const { client } = engine;
  await migrate(client, { durability: 'relaxed', cluster: undefined });
  const common = `feed, entity, area, event_time, received_at, event_id, id_hash, log_position`;
  const cells = `'f', concat('e', toString(number % 2)), 'vung-tau', toDateTime64(${String(START / 1_000)}, 3, 'UTC') +
    number * 600, now(), toString(number), number, 5`;
  for (const query of [
    `INSERT INTO raw_measurements (${common}, property, value, unit, quality, subsystem)
     SELECT ${cells}, 'pm25', 1, 'ug/m3', 'good', 'environment' FROM numbers(24)`,
    `INSERT INTO raw_alerts (${common}, category, severity, count, subsystem)
     SELECT ${cells}, 'malware', 4, 1, 'information-security' FROM numbers(24)`,
  ])
    await client.command({ query });
  const change = {
    feed: 'f',
    entity: '',
    property: '',
    reason: 'flooded',
    author: 'boss',
    at: START,
    position: 6,
  };
  const hour = (from: number, to: number) => ({ from: START + from * HOUR_MS, to: START + to * HOUR_MS });
  for (const subsystem of ['environment', 'information-security']) {
    await insertExclusion(client, subsystem, { ...change, id: 'all', ...hour(1, 2), isActive: true });
    const one = { ...change, id: 'one', entity: 'e0', property: 'pm25', ...hour(1, 3) };
    await insertExclusion(client, subsystem, { ...one, isActive: true });
    await insertExclusion(client, subsystem, { ...change, id: 'undone', ...hour(0, 4), isActive: true });
    const undone = { ...change, id: 'undone', ...hour(0, 4), isActive: false, position: 7 };
    await insertExclusion(client, subsystem, undone);
  }
});
afterAll(async () => {
  await engine.stop();
});

/** [id, events kept out] of the value of a window. */
async function behind(id: string, place: Partial<LiveValue>, hour: number): Promise<unknown[]> {
  const kpi = [...groups, ...stations].find((one) => one.id === id);
  assert.ok(kpi);
  const iso = (at: number): string => new Date(START + at * HOUR_MS).toISOString();
  const window = { windowStart: iso(hour), windowEnd: iso(hour + 1), area: 'vung-tau', entity: '', dims: {} };
  const found = await correctionsBehind(engine.client, kpi, { ...window, ...place } as LiveValue);
  assert.ok(found.every(({ reason, excludedBy }) => reason === 'flooded' && excludedBy === 'boss'));
  return found.map(({ id: own, events }) => [own, events]).sort();
}

test('a value of a station names the exclusions that keep its readings out, each with how many', async () => {
  const mean = 'environment.pm25_mean_1h';
  assert.deepEqual(await behind(mean, { entity: 'e0' }, 0), []);
  assert.deepEqual(await behind(mean, { entity: 'e0' }, 1), [
    ['all', 3],
    ['one', 3],
  ]);
  assert.deepEqual(await behind(mean, { entity: 'e1' }, 1), [['all', 3]]);
  assert.deepEqual(await behind(mean, { entity: 'e1' }, 2), []);
});

test('a value over alerts names only exclusions of no property', async () => {
  const high = 'information-security.alerts_high';
  assert.deepEqual(await behind(high, { dims: { category: 'malware' } }, 1), [['all', 6]]);
  assert.deepEqual(await behind(high, { dims: { category: 'intrusion' } }, 1), []);
});

test('a state names the exclusions of what happened before its end', async () => {
  const online = 'environment.online';
  assert.deepEqual(await behind(online, {}, 0), []);
  assert.deepEqual(await behind(online, {}, 1), [
    ['all', 6],
    ['one', 3],
  ]);
});
