import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { startClickhouse } from '../../../fixtures/servers/clickhouse.ts';
import type { TestClickhouse } from '../../../fixtures/servers/clickhouse.ts';
import { loadDefinitions } from '../../../pipeline/kpi/definitions/load-definitions.ts';
import { eventsViewOf } from '../../../pipeline/kpi/kpi.ts';
import { drawsOf } from '../../../pipeline/kpi/rows/rows-testing.ts';
import { compiledGroup, randomDefinition } from '../../../pipeline/kpi/sql/group-definitions-testing.ts';
import { defaultRegistryFolder, loadRegistry } from '../../../pipeline/kpi/registry/load-registry.ts';
import { EVENT_KINDS } from '../../../pipeline/model/subsystem.ts';
import { engineDoor } from '../run/engine-door.ts';
import { engineParser } from '../run/engine-parser.ts';
import { Guard } from './guard.ts';

const definitionsPerKind = 30;
const VIEWS = { measurement: 'measurements', case: 'cases', post: 'posts', alert: 'alerts' } as const;

let server: TestClickhouse;
let guard: Guard;
beforeAll(async () => {
  server = await startClickhouse();
  guard = new Guard(engineParser(engineDoor(server, 'parse')));
}, 40_000);
afterAll(async () => {
  await server.stop();
});

describe('the SQL that the view kpis shows', () => {
  it.each(EVENT_KINDS)(
    'may be asked by an analyst, of random definitions over rows of the kind %s',
    async (kind) => {
      const draw = drawsOf(kind.length);
      for (let index = 0; index < definitionsPerKind; index++) {
        const sql = compiledGroup(randomDefinition(kind, index, draw)).recomputeSql({ events: VIEWS[kind] });
        await expect(guard.judge(sql, 'internal'), sql).resolves.toMatchObject({
          sql: expect.stringContaining('WITH') as string,
        });
      }
    },
  );

  it('may be asked by an analyst, of every definition of the packs', async () => {
    const { stations, groups } = loadDefinitions(loadRegistry([defaultRegistryFolder()]));
    for (const kpi of [...stations, ...groups]) {
      const sql = kpi.recomputeSql({ events: eventsViewOf(kpi) });
      await expect(guard.judge(sql, 'internal'), kpi.id).resolves.toMatchObject({
        sql: expect.stringContaining('WITH') as string,
      });
    }
  });

  it('may be asked by an analyst, of every derived definition of the packs', async () => {
    const { derived } = loadDefinitions(loadRegistry([defaultRegistryFolder()]));
    expect(derived.length).toBeGreaterThan(5);
    for (const kpi of derived) {
      const sql = kpi.recomputeSql({ events: 'kpi_values' });
      await expect(guard.judge(sql, 'internal'), kpi.id).resolves.toMatchObject({
        sql: expect.stringContaining('SELECT') as string,
      });
    }
  });
});
