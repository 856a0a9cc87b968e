import type { Logger } from 'pino';

import type { CompiledKpi } from '../../kpi/compiled-kpi.ts';
import type { GroupKpi } from '../../kpi/group-kpi.ts';
import { PaneBook } from '../../kpi/pane-book.ts';
import type { CheckpointStore } from '../../log/checkpoint-store.ts';
import type { EventAppender, EventReader, QuarantineAppender } from '../../log/event-log.ts';
import type { KpiAppender } from '../../log/kpi-log.ts';
import type { KpiValue } from '../../model/kpi-value.ts';
import type { Registry } from '../../model/registry.ts';
import type { Subsystem } from '../../model/subsystem.ts';
import { HOUR_MS } from '../../model/time.ts';
import type { Clock, Timers } from '../../time/clock.ts';
import { ExclusionBook } from '../../window/exclusions.ts';
import { MeasurementFold } from '../../window/measurement-fold.ts';
import type { FlushQueue } from '../flush-queue.ts';
import { Backfills } from './backfill/backfills.ts';
import type { TableRows } from '../raw-writer.ts';
import type { Doubts } from '../verifier/doubts.ts';
import { type GroupOperator, groupOperators } from './groups/group-operator.ts';
import type { ShardStore } from './shard-store.ts';
import type { UncheckedRows } from './unchecked-rows.ts';

/** A row that arrived after its hour: what `late_events` is made of. */
export interface LateRow {
  readonly position: number;
  readonly row: number;
  readonly subsystem: string;
  readonly watermark: number;
}

/** Up to here a subsystem's raw rows and values are stored. */
export interface StoredPosition {
  readonly subsystem: string;
  readonly position: number;
}

/** Everything that a shard reaches the world through. */
export interface ShardPorts {
  readonly reader: EventReader;
  readonly appender: EventAppender;
  readonly quarantine: QuarantineAppender;
  readonly kpis: KpiAppender;
  readonly checkpoints: CheckpointStore;
  readonly store: ShardStore;
  readonly rawQueue: FlushQueue<TableRows>;
  readonly kpiQueue: FlushQueue<readonly KpiValue[]>;
  readonly lateQueue: FlushQueue<readonly LateRow[]>;
  /** Positions up to which everything is stored, for readers of the tables. */
  readonly positionQueue: FlushQueue<StoredPosition>;
  /** What is known against values; left out: nothing. */
  readonly doubts?: Doubts;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
}

/** What one shard computes, and its bounds. */
export interface ShardOptions {
  readonly subsystem: Subsystem;
  readonly definitions: readonly CompiledKpi[];
  readonly groups: readonly GroupKpi[];
  readonly registry: Registry;
  /**
   * Hash of definitions, a colon, hash of the registries. A change computes the history of changed definitions, or of
   * all when the registries changed.
   */
  readonly configuration: string;
  readonly latenessMs: number;
  readonly idsMax: number;
}

/** A definition that values are made with. */
export interface InForce {
  readonly version: number;
  readonly hash: string;
  /** When it took effect, milliseconds UTC. */
  readonly since: number;
}

/** How long after the watermark a slice stays hot. */
export const LATENESS_MS = 6 * HOUR_MS;
/** About 0.4 GB at the bound; beyond, ids go into a filter. */
export const IDS_MAX = 8_000_000;

/** What one shard knows at its position; the shard's steps work on it in turn, never at once. */
export class ShardState {
  readonly fold: MeasurementFold;
  readonly book: PaneBook;
  /** One for each family; replaced when definitions change. */
  operators: readonly GroupOperator[];
  /** The spans that count in no KPI at the position. */
  readonly exclusions = new ExclusionBook();
  /** The last log position that was processed. */
  position = 0;
  /** Up to here everything was published before a restart: fold silently. */
  silentUpTo = 0;
  /** Version of the last checkpoint: what the next one replaces. */
  checkpointVersion = 0;
  savedPosition = 0;
  /** Up to here rows are checked and stored; what lies beyond makes the slices of its rows dirty when it is. */
  checkedUpTo = 0;
  /** Rows that wait to be checked against the raw tables. */
  unchecked: UncheckedRows[] = [];
  uncheckedRows = 0;
  /** Definitions whose history is computed, or being computed: by id. */
  readonly inForce = new Map<string, InForce>();
  readonly backfills = new Backfills();
  /** Hash of the configuration in force; '' before the first. */
  configuration = '';
  /** A configuration that the log has just announced; null: none. */
  announced: string | null = null;
  /** What the log's last time marker said; -Infinity before the first. */
  markedAt = Number.NEGATIVE_INFINITY;
  /** A time marker came: say that the shard is alive even when no value changed. */
  heartbeatDue = false;
  /** Sequence in `KPI` of the last emission. */
  kpiSequence = 0;

  constructor(options: ShardOptions) {
    this.fold = new MeasurementFold({ latenessMs: options.latenessMs, idsMax: options.idsMax });
    this.book = new PaneBook({
      definitions: options.definitions,
      cadenceOf: (entity) => options.registry.entities.get(entity)?.cadenceSeconds ?? null,
      latenessMs: options.latenessMs,
    });
    this.operators = groupOperators(options.groups, {
      feeds: this.fold.feeds,
      latenessMs: options.latenessMs,
    });
  }
}
