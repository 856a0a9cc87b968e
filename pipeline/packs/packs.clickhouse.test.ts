import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { startClickhouse, type TestClickhouse } from '../../fixtures/servers/clickhouse.ts';
import { loadDefinitions, packsFolder } from '../kpi/definitions/load-definitions.ts';
import type { GroupKpi } from '../kpi/group-kpi.ts';
import { eventsViewOf, type Kpi } from '../kpi/kpi.ts';
import { defaultRegistryFolder, loadRegistry } from '../kpi/registry/load-registry.ts';
import { drawsOf } from '../kpi/rows/rows-testing.ts';
import { batchOf, evaluateGroups, isRowEvent, type PlacedEvent } from '../kpi/sql/group-sql-testing.ts';
import { boundedEventsOf, type GroupRow } from '../kpi/sql/group-sql-testing.ts';
import { reframe } from '../model/batch/reframe.ts';
import type { Property } from '../model/registry.ts';
import { EVENT_KINDS, SUBSYSTEMS, type EventKind, type Subsystem } from '../model/subsystem.ts';
import { insertArrow, selectRows } from '../store/connect-store.ts';
import { insertColumns, TABLE_OF_KIND, type EventTable } from '../store/event-tables.ts';
import { migrate } from '../store/migrate.ts';
import { writeRegistries } from '../store/registry-tables.ts';
import { plausibleEvents } from './packs-testing.ts';

const rowsPerKind = 1_000;

const registry = loadRegistry([defaultRegistryFolder()]);
const definitions = loadDefinitions(registry);
const folded = definitions.groups.filter(({ plan }) => plan.family.state === null);
const states = definitions.groups.filter(({ plan }) => plan.family.state !== null);
const sent = new Map<string, PlacedEvent[]>();

let empty: TestClickhouse;
let filled: TestClickhouse;
beforeAll(async () => {
  [empty, filled] = [await startClickhouse(), await startClickhouse()];
  for (const engine of [empty, filled]) {
    await migrate(engine.client, { durability: 'relaxed', cluster: undefined });
    await writeRegistries(engine.client, { registry, definitions: definitions.all }, 1);
  }
  for (const [index, subsystem] of SUBSYSTEMS.entries()) {
    for (const kind of EVENT_KINDS) {
      const draw = drawsOf(index * 10 + kind.length);
      const events = plausibleEvents(kind, subsystem, {
        count: rowsPerKind,
        draw,
        properties: propertiesOf(subsystem),
      });
      sent.set(`${subsystem} ${kind}`, events);
      await store(kind, subsystem, events);
    }
  }
}, 120_000);
afterAll(async () => {
  await empty.stop();
  await filled.stop();
});

async function store(kind: EventKind, subsystem: Subsystem, events: readonly PlacedEvent[]): Promise<void> {
  const batch = batchOf(kind, events);
  const into = async (table: EventTable, own: readonly PlacedEvent[]): Promise<void> => {
    if (own.length === 0) return;
    const rows = Uint32Array.from(own, ({ row }) => row);
    const bytes = reframe(kind, [{ batch, subsystem, position: 1, rows }]);
    await insertArrow(filled.client, { table, columns: insertColumns(table) }, bytes);
  };
  await into(
    TABLE_OF_KIND[kind],
    events.filter(({ event }) => !isRowEvent(event)),
  );
  await into(
    'raw_measurement_rows',
    events.filter(({ event }) => isRowEvent(event)),
  );
}

async function recomputed(engine: TestClickhouse, kpi: Kpi): Promise<GroupRow[]> {
  const rows = await selectRows<unknown[]>(
    engine.client,
    `SELECT area, entity, dims, toUnixTimestamp64Milli(window_start), toUnixTimestamp64Milli(window_end), value, numerator,
      denominator, samples FROM (${kpi.recomputeSql({ events: eventsViewOf(kpi) })})`,
  );
  return sorted(
    rows.map(([area, entity, dims, start, end, value, numerator, denominator, samples]) => {
      return { area, entity, dims, start, end, value, numerator, denominator, samples } as GroupRow;
    }),
  );
}

function sorted(rows: readonly GroupRow[]): GroupRow[] {
  const nameOf = ({ area, entity, dims, start }: GroupRow): string =>
    JSON.stringify([area, entity, Object.entries(dims).sort(), start]);
  return [...rows].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
}

function evaluated(kpi: GroupKpi): GroupRow[] {
  const { kind } = kpi.plan.family;
  return sorted(
    evaluateGroups(kpi, batchOf(kind, boundedEventsOf(sent.get(`${kpi.subsystem} ${kind}`) ?? [], 1))),
  );
}

/** Those that the pack of a subsystem names. */
function propertiesOf(subsystem: Subsystem): Property[] {
  const text = readFileSync(join(packsFolder(), `${subsystem}.yaml`), 'utf8');
  const named = [...registry.properties.values()].filter(({ id }) => new RegExp(`\\b${id}\\b`).test(text));
  return named.length === 0 ? [...registry.properties.values()] : named;
}

describe('the SQL of the packs', () => {
  const windows = new Map<string, number>();
  it.each(SUBSYSTEMS)('gives what the operators give, digit for digit: %s', async (subsystem) => {
    for (const kpi of folded.filter((one) => one.subsystem === subsystem)) {
      const mine = evaluated(kpi);
      expect(await recomputed(filled, kpi), kpi.id).toEqual(mine);
      windows.set(kpi.id, mine.length);
    }
  });

  it('was compared over windows with content for every definition', () => {
    expect([...windows].filter(([, count]) => count === 0)).toEqual([]);
    expect(windows.size).toBe(folded.length);
  });

  it('tells states, and nothing where there are no rows', async () => {
    for (const kpi of states) {
      expect((await recomputed(filled, kpi)).length, kpi.id).toBeGreaterThan(0);
      expect(await recomputed(empty, kpi), kpi.id).toEqual([]);
    }
  });

  it('derives nothing without inputs', async () => {
    for (const kpi of definitions.derived) expect(await recomputed(empty, kpi), kpi.id).toEqual([]);
  });
});
