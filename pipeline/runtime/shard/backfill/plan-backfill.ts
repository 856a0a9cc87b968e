import { DAY_MS, HOUR_MS, LOCAL_OFFSET_MS } from '../../../model/time.ts';
import { dayOfHour } from '../../../store/slice-query.ts';
import { sliceStart, type WindowRule } from '../../../window/group/window-rule.ts';
import type { GroupOperator } from '../groups/group-operator.ts';
import type { ShardStore } from '../shard-store.ts';
import type { ShardKpi } from './backfills.ts';
import type { Bucket } from './chunks.ts';

/** What a state of one instant counts as: a statement of its own, over all rows. */
const STATE_SLICES = 250;

/** Rows in spans of their own: what is cut into steps. */
export async function stationBuckets(
  kpis: readonly ShardKpi[],
  { store, position }: { readonly store: ShardStore; readonly position: number },
): Promise<Bucket[]> {
  const lookback = Math.max(0, ...kpis.map((kpi) => ('lookbackHours' in kpi ? kpi.lookbackHours : 0)));
  const days = new Map<number, number>();
  for (const [, hour] of await store.hours(position)) {
    const day = dayOfHour(hour);
    days.set(day, (days.get(day) ?? 0) + 1);
  }
  return [...days].map(([day, slices]) => {
    const first = day * DAY_MS - LOCAL_OFFSET_MS;
    return { first, last: first + DAY_MS + lookback * HOUR_MS - 1, slices };
  });
}

/**
 * The same of a family of groups. Of states every slice since the earliest change is one.
 *
 * @returns null when that cannot be told yet: no time marker has come
 */
export async function groupBuckets(
  operator: GroupOperator,
  rule: WindowRule,
  { store, position }: { readonly store: ShardStore; readonly position: number },
): Promise<Bucket[] | null> {
  const { family, grid } = operator;
  if (grid !== null) {
    if (!Number.isFinite(grid.running)) return null;
    const time = await store.firstChange(family, { after: 0, position });
    const slices = time === null ? [] : grid.since(time);
    return slices.map((slice) => ({ first: slice, last: slice, slices: STATE_SLICES }));
  }
  const widthMs = Math.max(rule.sliceMs, HOUR_MS);
  const spans = new Map<number, number>();
  for (const { slice } of await store.changedSlices(family, { after: 0, position })) {
    const span = Math.floor(slice / widthMs) * widthMs;
    spans.set(span, (spans.get(span) ?? 0) + 1);
  }
  return [...spans].map(([span, slices]) => {
    const first = rule.windowsOf(sliceStart(rule, span))[0] ?? span;
    const last = rule.windowsOf(sliceStart(rule, span + widthMs - 1)).at(-1) ?? span;
    return { first, last: Math.max(first, last), slices };
  });
}
