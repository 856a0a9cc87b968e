import { isGroup } from '../../../kpi/kpi.ts';
import type { CompiledKpi } from '../../../kpi/compiled-kpi.ts';
import type { GroupKpi } from '../../../kpi/group-kpi.ts';
import { DAY_MS } from '../../../model/time.ts';
import type { ShardPane } from '../emission.ts';
import type { GroupOperator } from '../groups/group-operator.ts';
import type { ShardPorts, ShardState } from '../shard-state.ts';
import type { Backfill, ShardKpi } from './backfills.ts';
import { type Bucket, type Chunk, chunksOf, slicesOf, takeChunks } from './chunks.ts';
import { backfillGroups } from './group-backfill.ts';
import { groupBuckets, stationBuckets } from './plan-backfill.ts';
import { backfillStations } from './station-backfill.ts';

/** Spans without rows that one step may reach over: a month, for windows of months stand that far apart. */
const GAP_MS_MAX = 32 * DAY_MS;

/**
 * Counts what a backfill has to do. Runs beside the shard's loop: what changes meanwhile is published or repaired on
 * its own.
 */
export async function planBackfill(job: Backfill, state: ShardState, ports: ShardPorts): Promise<void> {
  if (job.isPlanning || job.chunks !== null) return;
  job.isPlanning = true;
  try {
    const buckets = await bucketsOf(job, state, ports);
    if (buckets === null) return;
    const before = job.total;
    job.chunks = chunksOf(buckets, job);
    // What was done before a restart counts as done.
    job.total = Math.max(before ?? 0, slicesOf(job.chunks));
  } finally {
    job.isPlanning = false;
  }
}

/** Computes the newest windows of a backfill that are not done yet, at most so many slices of them. */
export async function stepBackfill(
  job: Backfill,
  slicesMax: number,
  { state, ports }: { readonly state: ShardState; readonly ports: ShardPorts },
): Promise<ShardPane[]> {
  if (job.chunks === null || job.chunks.length === 0) return [];
  const chunk = takeChunks(job.chunks, { slicesMax, gapMsMax: GAP_MS_MAX });
  const panes = await panesOf(job.kpis, chunk, { state, ports });
  job.to = chunk.from;
  return panes;
}

async function panesOf(
  kpis: readonly ShardKpi[],
  chunk: Chunk,
  { state, ports }: { readonly state: ShardState; readonly ports: ShardPorts },
): Promise<ShardPane[]> {
  const { store, kpiQueue } = ports;
  const { position, fold, book } = state;
  const groups = kpis.filter(isGroup);
  const first = groups[0];
  if (first === undefined) {
    const stations = kpis.filter((kpi): kpi is CompiledKpi => !isGroup(kpi));
    return backfillStations(stations, chunk, { entities: fold.entities, book, store, kpiQueue, position });
  }
  const operator = operatorOf(state, first);
  if (operator === undefined) return [];
  const feeds = [...fold.feeds.all()];
  return backfillGroups(
    operator,
    { kpis: groups, chunk },
    {
      ...{ store, kpiQueue, position, feeds: feeds.map(({ feed }) => feed) },
      heardUpTo: Math.max(...feeds.map(({ lastReceivedAt }) => lastReceivedAt)),
    },
  );
}

async function bucketsOf(
  { kpis }: Backfill,
  state: ShardState,
  { store }: ShardPorts,
): Promise<Bucket[] | null> {
  const at = { store, position: state.position };
  const [first] = kpis;
  if (first === undefined) return [];
  if (!isGroup(first)) return stationBuckets(kpis, at);
  const operator = operatorOf(state, first);
  return operator === undefined ? [] : groupBuckets(operator, first.plan.rule, at);
}

function operatorOf(state: ShardState, kpi: GroupKpi): GroupOperator | undefined {
  return state.operators.find(({ family }) => family.text === kpi.plan.family.text);
}
