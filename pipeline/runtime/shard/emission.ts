import type { GroupPane } from '../../kpi/group-panes.ts';
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

/** A result of either operator. */
export type ShardPane = Pane | GroupPane;

/** Whether anything has changed since the last emission that may be published. */
export function hasTouched(state: ShardState): boolean {
  return (
    state.fold.touched.size > 0 || state.operators.some(({ fold }) => fold.touched.size > 0 && !fold.waiting)
  );
}

/** Touches what has waited long enough for its next publication. @param now processing time, milliseconds UTC */
export function wakeWaiting(state: ShardState, now: number): void {
  for (const { panes } of state.operators) panes.wake(now);
}

/**
 * Panes of every touched entity and group, up to the bound of one emission.
 *
 * @param now processing time, milliseconds UTC: windows that run and were published a moment ago wait
 */
export function duePanes(state: ShardState, now: number): ShardPane[] {
  const panes: ShardPane[] = [];
  for (const entity of state.fold.touched) {
    state.fold.touched.delete(entity);
    for (const pane of state.book.due(entity)) panes.push(pane);
    if (panes.length >= PANES_MAX) return panes;
  }
  for (const { fold, panes: book } of state.operators) {
    if (fold.waiting) continue;
    for (const group of fold.touched) {
      fold.touched.delete(group);
      for (const pane of book.due(group, now)) panes.push(pane);
      if (panes.length >= PANES_MAX) return panes;
    }
  }
  return panes;
}

/** Publishes panes at the shard's position, on the wall first and then in the store. */
export async function emit(
  state: ShardState,
  panes: readonly ShardPane[],
  context: EmissionContext,
): Promise<void> {
  const { ports, options } = context;
  const publication = {
    position: state.position,
    now: ports.clock.now(),
    registry: options.registry,
    latenessMs: options.latenessMs,
    exclusions: state.exclusions,
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
    // Who watches is told what is known against a value; the views join it, so that it goes when it is known no more.
    values: ports.doubts?.marked(values) ?? values,
  });
  if (values.length > 0) await ports.kpiQueue.put(values, values.length);
}
