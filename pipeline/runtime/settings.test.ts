import { strict as assert } from 'node:assert';
import { test } from 'vitest';

import { readLocalSettings, readSettings } from './settings.ts';
import { SettingInvalidError } from './settings-errors.ts';

const servers = { NATS_URL: 'nats://x@127.0.0.1:4222', CLICKHOUSE_URL: 'http://127.0.0.1:8123' };

test('an empty environment gives the documented ports, host and demo', () => {
  const { home, ...rest } = readLocalSettings({});
  assert.match(home, /^\/.*\/var$/);
  assert.deepEqual(rest, {
    host: '127.0.0.1',
    queryPort: 8080,
    ingestPort: 8081,
    mqttPort: 1883,
    pipelinePort: 8082,
    demo: 'on',
    logLevel: 'info',
  });
});

test('a role reads its servers, its mode and its registry folders', () => {
  const settings = readSettings({
    ...servers,
    HAIDANG_DURABILITY: 'relaxed',
    HAIDANG_REGISTRY: '/a:/b',
    HAIDANG_AUTO_FEEDS: 'on',
    CLICKHOUSE_PASSWORD: 'secret',
  });
  assert.deepEqual(settings.registryFolders, ['/a', '/b']);
  assert.equal(settings.durability, 'relaxed');
  assert.equal(settings.autoFeeds, 'on');
  assert.deepEqual(settings.clickhouse, {
    url: servers.CLICKHOUSE_URL,
    user: 'haidang',
    password: 'secret',
    database: 'haidang',
    cluster: undefined,
  });
});

// [variable, value that is refused]
const refused = [
  ['HAIDANG_PORT', '0'],
  ['HAIDANG_PORT', '65536'],
  ['HAIDANG_INGEST_PORT', 'eighty'],
  ['HAIDANG_MQTT_PORT', '18.83'],
  ['HAIDANG_DEMO', 'yes'],
  ['HAIDANG_DURABILITY', 'fast'],
  ['LOG_LEVEL', 'loud'],
  ['NATS_URL', ''],
  ['CLICKHOUSE_URL', ' '],
] as const;

for (const [variable, value] of refused) {
  test(`${variable}="${value}" is refused by name`, () => {
    assert.throws(
      () => readSettings({ ...servers, [variable]: value }),
      (error) => error instanceof SettingInvalidError && error.variable === variable,
    );
  });
}
