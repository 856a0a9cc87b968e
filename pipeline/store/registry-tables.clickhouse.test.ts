import { strict as assert } from 'node:assert';
import { afterAll, beforeAll, test } from 'vitest';

import { provinceRegistryFolder } from '../../fixtures/province/province-registry.ts';
import { startClickhouse, type TestClickhouse } from '../../fixtures/servers/clickhouse.ts';
import { ConfigurationError } from '../errors.ts';
import { loadDefinitions } from '../kpi/definitions/load-definitions.ts';
import { defaultRegistryFolder, loadRegistry } from '../kpi/registry/load-registry.ts';
import { migrate } from './migrate.ts';
import { refuseSilentChange, writeRegistries } from './registry-tables.ts';

let clickhouse: TestClickhouse;
const definitions = loadDefinitions(loadRegistry([defaultRegistryFolder()])).stations;

beforeAll(async () => {
  clickhouse = await startClickhouse();
}, 60_000);

afterAll(() => clickhouse.stop());

async function count(view: string): Promise<number> {
  const query = `SELECT count() AS n FROM ${view}`;
  const result = await clickhouse.client.query({ query, format: 'JSONEachRow' });
  return Number((await result.json<{ n: number }>())[0]?.n);
}

test('two processes may migrate at once, and a second run applies nothing', async () => {
  const options = { durability: 'strict', cluster: undefined } as const;
  await Promise.all([migrate(clickhouse.client, options), migrate(clickhouse.client, options)]);
  assert.deepEqual(await migrate(clickhouse.client, options), []);
});

test('the views show the registries of the last start only', async () => {
  const demo = loadRegistry([defaultRegistryFolder(), provinceRegistryFolder()]);
  await writeRegistries(clickhouse.client, { registry: demo, definitions }, 1);
  assert.equal(await count('entities'), demo.entities.size);
  assert.equal(await count('areas'), demo.areas.size);
  const bare = loadRegistry([defaultRegistryFolder()]);
  await writeRegistries(clickhouse.client, { registry: bare, definitions }, 2);
  assert.equal(await count('entities'), 0);
  assert.equal(await count('kpis'), definitions.length);
});

test('a definition that changed under the same version is refused by name', async () => {
  await refuseSilentChange(clickhouse.client, definitions);
  const changed = definitions.map((kpi, index) => (index === 0 ? { ...kpi, hash: 'other' } : kpi));
  await assert.rejects(refuseSilentChange(clickhouse.client, changed), (error) => {
    assert.ok(error instanceof ConfigurationError);
    assert.match(error.message, new RegExp(`${definitions[0]!.id} \\(version 1\\).*raise`));
    return true;
  });
  await refuseSilentChange(
    clickhouse.client,
    changed.map((kpi) => ({ ...kpi, version: 2 })),
  );
});
