import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { startClickhouse } from '../../../fixtures/servers/clickhouse.ts';
import type { TestClickhouse } from '../../../fixtures/servers/clickhouse.ts';
import { DAY_MS } from '../../model/time.ts';
import { reframe } from '../../model/batch/reframe.ts';
import { EVENT_KINDS } from '../../model/subsystem.ts';
import type { EventKind } from '../../model/subsystem.ts';
import { boundedRows } from '../../store/groups/bounded-rows.ts';
import { insertArrow, selectRows } from '../../store/connect-store.ts';
import { insertColumns, TABLE_OF_KIND } from '../../store/event-tables.ts';
import type { EventTable } from '../../store/event-tables.ts';
import { slicesOfRows, storedGroupSlices } from '../../store/groups/group-slices.ts';
import { migrate } from '../../store/migrate.ts';
import type { Family } from '../../window/group/group-plan.ts';
import { layoutOf } from '../../window/group/slice-table.ts';
import type { GroupKpi } from '../group-kpi.ts';
import type { RecomputeScope } from '../compiled-kpi.ts';
import { drawsOf } from '../rows/rows-testing.ts';
import { compiledGroup, randomDefinition } from './group-definitions-testing.ts';
import { batchOf, boundedEventsOf, evaluateGroups, foldSlices, isRowEvent } from './group-sql-testing.ts';
import { meetingEvents, partialsOf } from './group-sql-testing.ts';
import type { GroupRow, PlacedEvent } from './group-sql-testing.ts';

const eventsPerKind = 600;
const definitionsPerKind = 24;
const VIEWS: Readonly<Record<EventKind, string>> = {
  measurement: 'measurements',
  case: 'cases',
  post: 'posts',
  alert: 'alerts',
};

let engine: TestClickhouse;
const events = new Map<EventKind, PlacedEvent[]>();

beforeAll(async () => {
  engine = await startClickhouse();
  await migrate(engine.client, { durability: 'relaxed', cluster: undefined });
  for (const kind of EVENT_KINDS) {
    const placed = meetingEvents(kind, eventsPerKind, 40 + kind.length);
    events.set(kind, placed);
    for (const position of [1, 2]) {
      const own = placed.filter((one) => one.position === position);
      await store(
        kind,
        TABLE_OF_KIND[kind],
        own.filter(({ event }) => !isRowEvent(event)),
      );
      await store(
        kind,
        'raw_measurement_rows',
        own.filter(({ event }) => isRowEvent(event)),
      );
    }
  }
});
afterAll(async () => {
  await engine.stop();
});

async function store(kind: EventKind, table: EventTable, rows: readonly PlacedEvent[]): Promise<void> {
  const [first] = rows;
  if (first === undefined) return;
  // Rows keep their place in the log, so they are framed from the whole of their batch.
  const whole = events.get(kind)!.filter(({ position }) => position === first.position);
  const batch = batchOf(kind, whole);
  const placed = { batch, subsystem: 'environment', position: first.position };
  const bytes = reframe(kind, [{ ...placed, rows: Uint32Array.from(rows, ({ row }) => row) }]);
  await insertArrow(engine.client, { table, columns: insertColumns(table) }, bytes);
}

async function recomputed(kpi: GroupKpi, scope: RecomputeScope): Promise<GroupRow[]> {
  const rows = await selectRows<unknown[]>(
    engine.client,
    `SELECT area, entity, dims, toUnixTimestamp64Milli(window_start), toUnixTimestamp64Milli(window_end), value, numerator,
      denominator, samples FROM (${kpi.recomputeSql(scope)})`,
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

function definitionsOf(kind: EventKind): GroupKpi[] {
  const draw = drawsOf(kind.length * 7_919);
  return Array.from({ length: definitionsPerKind }, (_, index) => {
    return compiledGroup(randomDefinition(kind, index, draw));
  });
}

describe.each(EVENT_KINDS)('random definitions over rows of the kind %s', (kind) => {
  it('give in JavaScript what their SQL gives over the view, digit for digit', async () => {
    const batch = batchOf(kind, boundedEventsOf(events.get(kind)!, 2));
    let windows = 0;
    for (const kpi of definitionsOf(kind)) {
      const mine = sorted(evaluateGroups(kpi, batch));
      const sql = await recomputed(kpi, { events: VIEWS[kind] });
      expect(sql, kpi.recomputeSql({ events: VIEWS[kind] })).toEqual(mine);
      windows += mine.length;
    }
    expect(windows).toBeGreaterThan(definitionsPerKind * 20);
  });

  it('give the windows of a span and a log position alone when they are asked so', async () => {
    const batch = batchOf(kind, boundedEventsOf(events.get(kind)!, 1));
    const [from, to] = [Date.parse('2026-02-10T05:00:00Z'), Date.parse('2026-03-02T00:00:00Z')];
    const scope = {
      events: boundedRows(kind, { subsystem: 'environment', position: 1 }),
      from: new Date(from).toISOString(),
      to: new Date(to).toISOString(),
    };
    for (const kpi of definitionsOf(kind)) {
      const mine = evaluateGroups(kpi, batch).filter(({ start }) => start >= from && start < to);
      expect(await recomputed(kpi, scope), kpi.id).toEqual(sorted(mine));
    }
  });

  it('have the same slices in memory and in the store, and the store gives those that are wanted', async () => {
    const batch = batchOf(kind, boundedEventsOf(events.get(kind)!, 1));
    const bounds = { subsystem: 'environment', position: 1 };
    for (const kpi of definitionsOf(kind).slice(0, 15)) {
      const family: Family = { ...kpi.plan.family, slots: [...kpi.plan.slots.values()] };
      const layout = layoutOf(family.slots);
      const mine = [...foldSlices(family, batch, layout).values()].map(({ key, slice, state }) => {
        const partials = partialsOf(layout, state);
        return { key, slice, rows: state.cells[0], asOf: state.cells[1], partials };
      });
      const all = await storedGroupSlices(engine.client, family, bounds, { from: -2 * DAY_MS });
      expect(bySlice(all), kpi.id).toEqual(bySlice(mine));
      const wanted = mine.filter((_, index) => index % 7 === 0).slice(0, 50);
      const some = await storedGroupSlices(engine.client, family, bounds, { slices: wanted });
      expect(bySlice(some), kpi.id).toEqual(bySlice(wanted));
    }
  });

  it('touch, by any version of a row, the slices that the store names', async () => {
    const [name, column] = { case: ['caseId', 'case_id'], post: ['postId', 'post_id'] }[kind as string] ?? [
      'id',
      'event_id',
    ];
    const chosen = new Set([1, 5, 8].map((index) => nameOf(events.get(kind)![index]!, name ?? '')));
    const versions = events.get(kind)!.filter((one) => chosen.has(nameOf(one, name ?? '')));
    const condition = `${column ?? ''} IN (${[...chosen].map((id) => `'${id}'`).join()})`;
    for (const kpi of definitionsOf(kind).slice(0, 15)) {
      const family: Family = { ...kpi.plan.family, slots: [] };
      const mine = [...foldSlices(family, batchOf(kind, versions), layoutOf([])).values()];
      const bounds = { subsystem: 'environment', position: 2 };
      const found = await slicesOfRows(engine.client, family, bounds, condition);
      expect(bySlice(found), kpi.id).toEqual(bySlice(mine.map(({ key, slice }) => ({ key, slice }))));
    }
  });
});

function nameOf({ event }: PlacedEvent, name: string): string {
  return String((event as unknown as Readonly<Record<string, unknown>>)[name]);
}

function bySlice<Slice extends { readonly key: readonly string[]; readonly slice: number }>(
  slices: readonly Slice[],
): Slice[] {
  const text = ({ key, slice }: Slice): string => JSON.stringify([key, slice]);
  return [...slices].sort((a, b) => (text(a) < text(b) ? -1 : 1));
}
