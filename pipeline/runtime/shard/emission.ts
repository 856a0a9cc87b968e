import type { Pane } from '../../kpi/pane-book.ts';
import type { KpiValue } from '../../model/kpi-value.ts';
import { iso, publish } from './publication.ts';
import type { ShardOptions, ShardPorts, ShardState } from './shard-state.ts';

/** Panes of one emission; what is over waits for the next, a tick later. */
const PANES_MAX = 50_000;

interface EmissionContext {
  readonly ports: ShardPorts;
  readonly options: ShardOptions;
  quarantinedOf(feed: string): number;
}

/** Panes of every touched entity, up to the bound of one emission. */
export function duePanes(state: ShardState): Pane[] {
  const panes: Pane[] = [];
  for (const entity of state.fold.touched) {
    state.fold.touched.delete(entity);
    for (const pane of state.book.due(entity)) panes.push(pane);
    if (panes.length >= PANES_MAX) break;
  }
  return panes;
}

/** Publishes panes at the shard's position, on the wall first and then in the store. */
export async function emit(
  state: ShardState,
  panes: readonly Pane[],
  context: EmissionContext,
): Promise<void> {
  const { ports, options } = context;
  const publication = {
    position: state.position,
    now: ports.clock.now(),
    registry: options.registry,
    latenessMs: options.latenessMs,
    countsOf: (feed: string) => state.fold.feeds.countsOf(feed),
    quarantinedOf: context.quarantinedOf,
  };
  const values: KpiValue[] = panes.map((pane) => publish(pane, publication));
  const watermark = state.fold.feeds.shardWatermark();
  state.heartbeatDue = false;
  state.kpiSequence = await ports.kpis.append({
    subsystem: options.subsystem,
    position: state.position,
    watermark: watermark > 0 ? iso(watermark) : '',
    values,
  });
  if (values.length > 0) await ports.kpiQueue.put(values, values.length);
}
