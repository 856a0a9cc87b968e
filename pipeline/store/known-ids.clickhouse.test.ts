import { strict as assert } from 'node:assert';
import { afterAll, beforeAll, test } from 'vitest';

import { startClickhouse, type TestClickhouse } from '../../fixtures/servers/clickhouse.ts';
import { idKey, knownIds, placeOf } from './known-ids.ts';
import { migrate } from './migrate.ts';

let clickhouse: TestClickhouse;

beforeAll(async () => {
  clickhouse = await startClickhouse();
  await migrate(clickhouse.client, { durability: 'strict', cluster: undefined });
}, 60_000);

afterAll(() => clickhouse.stop());

// Halves that a text of UTF-16 units might not carry: nothing, a byte order mark, lone surrogates, all bits.
const words = [0, 1, 0xfeff, 0xd800_dfff, 0xdc00_d800, 0xffff_ffff];
const pairs = words.flatMap((high) => words.map((low) => [high, low] as const));

function row(high: number, low: number, rest: { content_hash: number; log_position: number }) {
  const id_hash = String((BigInt(high) << 32n) | BigInt(low));
  return { ...rest, id_hash, log_row: 7, event_id: `${id_hash} ${rest.log_position}`, event_time: 86_400 };
}

test('an id is known by its first row in the log, whichever table holds it, and no other id is', async () => {
  const [known, unknown] = [pairs.slice(0, 20), pairs.slice(20)];
  const facts = known.map(([high, low]) => row(high, low, { content_hash: 5, log_position: 3 }));
  const again = known.slice(0, 10).map(([high, low]) => row(high, low, { content_hash: 6, log_position: 2 }));
  await clickhouse.client.insert({ table: 'raw_measurements', values: facts, format: 'JSONEachRow' });
  await clickhouse.client.insert({ table: 'raw_measurement_rows', values: again, format: 'JSONEachRow' });
  // Few ids are looked up by the table's index, many by reading the column.
  const many = Array.from({ length: 2_000 }, (_, index) => idKey(77, index));
  for (const more of [[], many]) {
    const asked = [...[...known, ...unknown].map(([high, low]) => idKey(high, low)), ...more];
    const found = await knownIds(clickhouse.client, ['raw_measurements', 'raw_measurement_rows'], asked);
    assert.equal(found.size, known.length);
    known.forEach(([high, low], index) => {
      const first = index < 10 ? { content: 6, place: placeOf(2, 7) } : { content: 5, place: placeOf(3, 7) };
      assert.deepEqual(found.get(idKey(high, low)), first);
    });
  }
});
