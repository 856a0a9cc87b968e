import type { ShardReport } from '../shard/shard.ts';
import type { Metrics } from './metrics.ts';

/** What a shard says of itself, and how far it is behind the log. */
export interface ShardProgress extends ShardReport {
  /**
   * Messages between the shard's position and the log's end; null while the end is not known. Those of other subsystems
   * count too, so a shard without events of its own is behind by what came since the last time marker (10 s).
   */
  readonly lag: number | null;
}

/** How far every shard has come, for `/healthz` and `/metrics`. */
export class ShardMonitor {
  readonly #set: (progress: readonly ShardProgress[], logEnd: number) => void;
  readonly #running = new Map<string, ShardReport['backfills']>();
  readonly #slices = new Map<string, number>();
  #logEnd: number | null = null;

  constructor(metrics: Metrics) {
    const gauge = (name: string, help: string) => metrics.gauge(name, help);
    const end = gauge('haidang_log_end_position', 'Position of the last message in EVENTS');
    const lag = gauge('haidang_shard_lag', 'Messages between the position of a shard and the end of the log');
    const position = gauge('haidang_shard_position', 'Log position that a shard has processed');
    const saved = gauge('haidang_shard_saved_position', 'Log position of the last checkpoint');
    const unchecked = gauge(
      'haidang_shard_unchecked_rows',
      'Rows that wait to be checked against the raw tables',
    );
    const dirty = gauge('haidang_shard_dirty_entities', 'Entities with slices to repair');
    const doneSlices = gauge(
      'haidang_backfill_done_slices',
      'Slices of a running backfill that are computed',
    );
    const allSlices = gauge(
      'haidang_backfill_slices',
      'Slices of a running backfill; both stay as they were at its end',
    );
    this.#set = (progress, logEnd) => {
      end.set(logEnd);
      for (const shard of progress) {
        const labels = { subsystem: shard.subsystem };
        lag.set(shard.lag ?? 0, labels);
        position.set(shard.position, labels);
        saved.set(shard.savedPosition, labels);
        unchecked.set(shard.unchecked, labels);
        dirty.set(shard.dirtyEntities, labels);
        for (const { kpi } of this.#running.get(shard.subsystem) ?? []) {
          // A backfill that ended since the last time is done.
          if (shard.backfills.every((one) => one.kpi !== kpi))
            doneSlices.set(this.#slices.get(kpi) ?? 0, { kpi });
        }
        this.#running.set(shard.subsystem, shard.backfills);
        for (const { kpi, done, total } of shard.backfills) {
          this.#slices.set(kpi, total);
          doneSlices.set(done, { kpi });
          allSlices.set(total, { kpi });
        }
      }
    };
  }

  /** Position of the log's last message, null before it was first known; the last known one while the broker is away. */
  get logEnd(): number | null {
    return this.#logEnd;
  }

  /** Brings the gauges up to date. */
  measure(reports: readonly ShardReport[], logEnd: number): void {
    this.#logEnd = logEnd;
    this.#set(this.progressOf(reports), logEnd);
  }

  /** Adds the lag to each report. A shard may have read what came after the end was asked for. */
  progressOf(reports: readonly ShardReport[]): readonly ShardProgress[] {
    const end = this.#logEnd;
    return reports.map((report) => ({
      ...report,
      lag: end === null ? null : Math.max(0, end - report.position),
    }));
  }
}
