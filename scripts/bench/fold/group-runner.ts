import type { GroupKpi } from '../../../pipeline/kpi/group-kpi.ts';
import type { GroupPane } from '../../../pipeline/kpi/group-panes.ts';
import type { Batch } from '../../../pipeline/model/batch/batch.ts';
import { HOUR_MS } from '../../../pipeline/model/time.ts';
import {
  concernedBy,
  type GroupOperator,
  groupOperators,
} from '../../../pipeline/runtime/shard/groups/group-operator.ts';
import { advanceFeed, advanceSet } from '../../../pipeline/time/watermark.ts';
import { FeedRegister } from '../../../pipeline/window/feed-register.ts';
import { FEED } from './fold-input.ts';

const latenessMs = 6 * HOUR_MS;

/** The operators of a shard with what moves their watermarks, and nothing else. */
export class GroupRunner {
  readonly feeds = new FeedRegister(latenessMs);
  readonly operators: readonly GroupOperator[];

  constructor(kpis: readonly GroupKpi[]) {
    this.operators = groupOperators(kpis, { feeds: this.feeds, latenessMs });
  }

  /** Folds a batch into the families that it may concern, as the shard does. */
  fold(batch: Batch): void {
    for (const { fold } of concernedBy(batch, this.operators)) fold.fold(batch, null);
  }

  /** Moves the watermark as far as events up to this time move it. @returns the watermark */
  advance(newest: number): number {
    const clock = this.feeds.clockOf(FEED);
    clock.maxEventTime = Math.max(clock.maxEventTime, newest);
    advanceFeed(clock);
    for (const set of this.feeds.sets()) advanceSet(set, latenessMs);
    for (const { fold } of this.operators) fold.passWatermarks();
    return clock.watermark;
  }

  /** Everything that is due of every touched group, as a tick of the shard asks for it. */
  emit(give: (pane: GroupPane) => void): void {
    for (const { fold, panes } of this.operators) {
      for (const group of fold.touched) {
        fold.touched.delete(group);
        for (const pane of panes.due(group)) give(pane);
      }
    }
  }
}
