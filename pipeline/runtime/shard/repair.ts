import { strict as assert } from 'node:assert';

import type { Pane } from '../../kpi/pane-book.ts';
import { windowKey, windowsOf } from '../../kpi/pane-book.ts';
import { HOUR_MS } from '../../model/time.ts';
import { dayOfHour, seriesOfSlices, type StoredSlice } from '../../store/slice-query.ts';
import type { EventTable } from '../../store/event-tables.ts';
import { type EntityState, installHour, type Series } from '../../window/entity-state.ts';
import type { Slice } from '../../window/slice.ts';
import type { ShardPane } from './emission.ts';
import { repairGroups } from './groups/group-repair.ts';
import { repairStates } from './groups/state-repair.ts';
import { confirmFacts, markChangedRows, settleGroups } from './groups/group-dirt.ts';
import { openingsOf } from './corrections/check-openings.ts';
import { quarantineConflicts } from './intake.ts';
import type { LateRow, ShardOptions, ShardPorts, ShardState } from './shard-state.ts';
import { type CheckedRow, checkRows, idsOf, type UncheckedRows } from './unchecked-rows.ts';

/** Slices of one repair; the rest waits for the next. */
const SLICES_MAX = 20_000;

interface RepairContext {
  readonly ports: ShardPorts;
  readonly options: ShardOptions;
}

/** Whether there is anything to check or to repair. */
export function needsRepair(state: ShardState): boolean {
  return (
    state.uncheckedRows > 0 ||
    state.fold.dirtyEntities.size > 0 ||
    state.operators.some(
      ({ fold, grid }) => fold.dirtyGroups.size > 0 || fold.waiting || grid?.isDirty === true,
    )
  );
}

/**
 * Checks the waiting rows, stores the new ones, recomputes dirty slices by SQL at the shard's position, installs
 * them, and gives the panes of every window that contains one, behind what else is due of the same entities.
 *
 *     rows up to P stored ──▶ verdicts ──▶ new rows stored ──▶ SQL at P ──▶ slices installed ──▶ panes at P
 */
export async function repair(state: ShardState, context: RepairContext): Promise<ShardPane[]> {
  await context.ports.rawQueue.flush();
  await checkWaiting(state, context);
  await context.ports.rawQueue.flush();
  await markChangedRows(state, context.ports.store);
  const panes: ShardPane[] = await repairStations(state, context);
  const { store, kpiQueue } = context.ports;
  const asked = { store, kpiQueue, position: state.position, now: context.ports.clock.now() };
  const feeds = [...state.fold.feeds.all()];
  const heardUpTo = Math.max(...feeds.map(({ lastReceivedAt }) => lastReceivedAt));
  for (const operator of state.operators) {
    const { grid } = operator;
    const told =
      grid === null
        ? await repairGroups(operator, asked)
        : await repairStates(operator, grid, { ...asked, feeds: feeds.map(({ feed }) => feed), heardUpTo });
    panes.push(...told);
  }
  return panes;
}

async function repairStations(state: ShardState, context: RepairContext): Promise<Pane[]> {
  const chosen = chooseDirty(state);
  if (chosen.size === 0) return [];
  const due = takeDue(state, chosen.keys());
  const slices = await context.ports.store.slices(
    state.position,
    daysNeeded(chosen, lookbackMax(context.options)),
  );
  await notePublished(state, chosen, context);
  return [...due, ...install(state, chosen, slices)];
}

/**
 * Memory lets go of what lies before the hours it keeps, and of what was published of it. What is due and not dirty is
 * therefore taken before the store is asked:
 *
 *     due, from memory ──▶ published, from the store ──▶ repaired, from SQL ──▶ released
 *                                            (no window is in both: the dirty are not due)
 */
function takeDue(state: ShardState, entities: Iterable<EntityState>): Pane[] {
  const due: Pane[] = [];
  for (const entity of entities) {
    if (state.fold.touched.delete(entity)) for (const pane of state.book.due(entity)) due.push(pane);
  }
  return due;
}

async function checkWaiting(state: ShardState, { ports, options }: RepairContext): Promise<void> {
  const waiting = state.unchecked;
  state.unchecked = [];
  state.uncheckedRows = 0;
  for (const tables of TABLE_GROUPS) {
    const mine = waiting.filter(({ table }) => tables.includes(table));
    if (mine.length === 0) continue;
    const known = await ports.store.known(tables, idsOf(mine));
    const moves = tables.includes('raw_cases') ? await openingsOf(mine, ports.store) : undefined;
    const checked = checkRows(mine, known, moves);
    await storeNew(checked, mine, { ports, options });
    confirmFacts(state, checked);
    const late = checked
      .filter((row) => settle(state, row) === 'late')
      .map((row) => lateRow(state, row, options));
    if (late.length > 0) await ports.lateQueue.put(late, late.length);
  }
  clearSuspicion(state);
  settleGroups(state);
}

/** Facts and rows of measurements share their ids; all facts of a feed do. */
const TABLE_GROUPS: readonly (readonly EventTable[])[] = [
  ['raw_measurements', 'raw_measurement_rows', 'raw_alerts'],
  ['raw_cases'],
  ['raw_posts'],
];

async function storeNew(
  checked: readonly CheckedRow[],
  waiting: readonly UncheckedRows[],
  { ports, options }: RepairContext,
): Promise<void> {
  const byBatch = byUnchecked(checked);
  for (const unchecked of waiting) {
    const { batch, position, table } = unchecked;
    const mine = byBatch.get(unchecked) ?? [];
    const fresh = mine.filter(({ verdict }) => verdict === 'new').map(({ row }) => row);
    for (const reason of ['conflict', 'moved'] as const) {
      const rows = mine.filter(({ verdict }) => verdict === reason).map(({ row }) => row);
      if (rows.length > 0) await quarantineConflicts(ports, batch, { position, rows, reason });
    }
    const placed = { batch, subsystem: options.subsystem, position, rows: Uint32Array.from(fresh) };
    if (fresh.length > 0) await ports.rawQueue.put({ table, placed }, fresh.length);
  }
}

function byUnchecked(checked: readonly CheckedRow[]): Map<UncheckedRows, CheckedRow[]> {
  const groups = new Map<UncheckedRows, CheckedRow[]>();
  for (const row of checked) {
    const group = groups.get(row.unchecked);
    if (group === undefined) groups.set(row.unchecked, [row]);
    else group.push(row);
  }
  return groups;
}

/** Brings the state in line with a verdict. @returns whether the row is new and arrived after its hour was over. */
function settle(state: ShardState, { verdict, unchecked, feed, entity, id }: CheckedRow): 'late' | 'in-time' {
  const counts = state.fold.feeds.countsOf(feed);
  if (verdict === 'duplicate') counts.duplicates += 1;
  if (verdict === 'conflict' || verdict === 'moved') counts.conflicts += 1;
  if (unchecked.batch.kind === 'case' || unchecked.batch.kind === 'post') {
    if (verdict === 'new') counts.events += 1;
    return 'in-time';
  }
  if (verdict !== 'new') counts.events -= 1;
  const held = state.fold.entities.get(entity);
  assert(held !== undefined, 'the fold knows the entity of every row that it sent here');
  state.fold.admit(held, feed, id);
  if (verdict !== 'new') return 'in-time';
  if (unchecked.batch.kind === 'measurement') state.fold.markDirty(held, id.hour, 'confirmed');
  if ((id.hour + 1) * HOUR_MS > held.set.watermark) return 'in-time';
  counts.late += 1;
  return 'late';
}

function lateRow(state: ShardState, { unchecked, row, entity }: CheckedRow, options: ShardOptions): LateRow {
  const watermark = state.fold.entities.get(entity)?.set.watermark ?? 0;
  return { position: unchecked.position, row, subsystem: options.subsystem, watermark };
}

/**
 * Hours whose waiting rows all proved known were right all along; their windows may be published again. Where one was
 * held back and memory may have let slices of them go, only SQL can still say it.
 */
function clearSuspicion(state: ShardState): void {
  for (const entity of state.fold.dirtyEntities) {
    for (const [hour, dirt] of entity.dirty) {
      if (dirt === 'confirmed') continue;
      const kept = hour >= state.book.hourWhole(entity);
      if (dirt === 'withholding' && !kept) {
        state.fold.markDirty(entity, hour, 'confirmed');
        continue;
      }
      entity.dirty.delete(hour);
      if (!kept) continue;
      entity.changed.add(hour);
      state.fold.touched.add(entity);
    }
    if (entity.dirty.size === 0) state.fold.dirtyEntities.delete(entity);
  }
}

/** Dirty hours of this repair, entity by entity in time order: neighbours repaired together are published once. */
function chooseDirty(state: ShardState): Map<EntityState, number[]> {
  const chosen = new Map<EntityState, number[]>();
  let left = SLICES_MAX;
  for (const entity of state.fold.dirtyEntities) {
    if (left <= 0) break;
    const hours = [...entity.dirty.keys()].sort((a, b) => a - b).slice(0, left);
    left -= hours.length;
    chosen.set(entity, hours);
  }
  return chosen;
}

function lookbackMax(options: ShardOptions): number {
  return Math.max(0, ...options.definitions.map((kpi) => kpi.lookbackHours));
}

function daysNeeded(
  chosen: ReadonlyMap<EntityState, readonly number[]>,
  lookback: number,
): Map<string, Set<number>> {
  const days = new Map<string, Set<number>>();
  for (const [entity, hours] of chosen) {
    const set = new Set<number>();
    for (const hour of hours) {
      // The day of the hour may look back into the day before, wherever in it the hour lies.
      const dayBefore = lookback > 0 ? hour - 24 : hour;
      for (const h of [dayBefore, hour - lookback, hour, hour + lookback]) set.add(dayOfHour(h));
    }
    days.set(entity.id, set);
  }
  return days;
}

/** Windows that memory does not cover: what the store holds of them decides whether they are new or revised. */
async function notePublished(
  state: ShardState,
  chosen: ReadonlyMap<EntityState, readonly number[]>,
  { ports, options }: RepairContext,
): Promise<void> {
  let from = Number.POSITIVE_INFINITY;
  let to = Number.NEGATIVE_INFINITY;
  const entities = new Map<string, EntityState>();
  for (const [entity, hours] of chosen) {
    for (const kpi of options.definitions) {
      for (const start of windowsOf(kpi, hours)) {
        if (state.book.knows(entity, windowKey(kpi, start))) continue;
        from = Math.min(from, start);
        to = Math.max(to, start + 1);
        entities.set(entity.id, entity);
      }
    }
  }
  if (entities.size === 0) return;
  await ports.kpiQueue.flush();
  const kpis = options.definitions;
  for (const window of await ports.store.windows({ kpis, entities: [...entities.keys()], from, to })) {
    const key = windowKey({ id: window.kpi }, window.start);
    const entity = entities.get(window.entity)!;
    if (!state.book.knows(entity, key)) state.book.notePublished(entity, key, window);
  }
}

/** Puts the repaired hours into memory and gives the panes of their windows. */
function install(
  state: ShardState,
  chosen: ReadonlyMap<EntityState, readonly number[]>,
  slices: readonly StoredSlice[],
): Pane[] {
  const read = seriesOfSlices(slices);
  const panes: Pane[] = [];
  for (const [entity, hours] of chosen) {
    const series = read.get(entity.id) ?? new Map<string, Series>();
    const kept = state.book.hourKept(entity);
    for (const hour of hours) {
      entity.dirty.delete(hour);
      if (hour >= kept) installHour(entity, hour, sliceAt(series, hour));
    }
    if (entity.dirty.size === 0) state.fold.dirtyEntities.delete(entity);
    for (const pane of state.book.repaired(entity, hours, series)) panes.push(pane);
    state.book.release(entity);
  }
  return panes;
}

function sliceAt(series: ReadonlyMap<string, Series>, hour: number): Map<string, Slice> {
  const found = new Map<string, Slice>();
  for (const [property, { slices }] of series) {
    const slice = slices.get(hour);
    if (slice !== undefined) found.set(property, slice);
  }
  return found;
}
