import type { CompiledKpi } from '../../../kpi/compiled-kpi.ts';
import { type Pane, type PaneBook, windowKey, windowsOf } from '../../../kpi/pane-book.ts';
import { DAY_MS, HOUR_MS } from '../../../model/time.ts';
import { dayOfHour, seriesOfSlices } from '../../../store/slice-query.ts';
import type { EntityState, Series } from '../../../window/entity-state.ts';
import type { FlushQueue } from '../../flush-queue.ts';
import type { ShardStore } from '../shard-store.ts';
import type { Chunk } from './chunks.ts';

/** What a backfill of stations works on. */
export interface StationContext {
  readonly entities: ReadonlyMap<string, EntityState>;
  readonly book: PaneBook;
  readonly store: ShardStore;
  readonly kpiQueue: Pick<FlushQueue<unknown>, 'flush'>;
  readonly position: number;
}

/**
 * Panes of the windows of some definitions that start in a chunk, by SQL at the position. Everything up to the position
 * is checked and stored.
 */
export async function backfillStations(
  kpis: readonly CompiledKpi[],
  chunk: Chunk,
  context: StationContext,
): Promise<Pane[]> {
  const { entities, book, store, position } = context;
  const [slices, starts] = await Promise.all([
    store.slices(position, daysOf(kpis, chunk, [...entities.keys()])),
    storedStarts(kpis, chunk, context),
  ]);
  const read = seriesOfSlices(slices);
  const found: Pane[] = [];
  for (const [id, entity] of entities) {
    const series = read.get(id) ?? NO_SERIES;
    const hours = new Set([...series.values()].flatMap(({ slices }) => [...slices.keys()]));
    for (const kpi of kpis) {
      const mine = new Set(starts.get(`${id} ${kpi.id}`));
      for (const start of windowsOf(kpi, hours)) {
        if (start >= chunk.from && start < chunk.to) mine.add(start);
      }
      for (const pane of book.backfilled(entity, kpi, { starts: mine, series })) found.push(pane);
    }
    book.release(entity);
  }
  return found;
}

const NO_SERIES: ReadonlyMap<string, Series> = new Map();

/** Local days that the windows of a chunk look at: their own, the lookback's, and those that they end in. */
function daysOf(
  kpis: readonly CompiledKpi[],
  { from, to }: Chunk,
  entities: readonly string[],
): Map<string, Set<number>> {
  const lookback = Math.max(0, ...kpis.map(({ lookbackHours }) => lookbackHours));
  const first = dayOfHour(Math.floor(from / HOUR_MS) - lookback);
  const last = dayOfHour(Math.floor((to - 1 + DAY_MS) / HOUR_MS));
  const days = new Set(Array.from({ length: last - first + 1 }, (_, index) => first + index));
  return new Map(entities.map((id) => [id, days]));
}

/** Windows that the store holds, by entity and KPI; the book hears of those that it does not know. */
async function storedStarts(
  kpis: readonly CompiledKpi[],
  { from, to }: Chunk,
  { entities, book, store, kpiQueue }: StationContext,
): Promise<Map<string, number[]>> {
  await kpiQueue.flush();
  const starts = new Map<string, number[]>();
  const wanted = { kpis, entities: null, from: Math.max(0, from), to };
  for (const window of await store.windows(wanted)) {
    const entity = entities.get(window.entity);
    if (entity === undefined) continue;
    const name = `${window.entity} ${window.kpi}`;
    const mine = starts.get(name);
    if (mine === undefined) starts.set(name, [window.start]);
    else mine.push(window.start);
    const key = windowKey({ id: window.kpi }, window.start);
    if (!book.knows(entity, key)) book.notePublished(entity, key, window);
  }
  return starts;
}
