import type { Logger } from 'pino';

import type { CheckpointStore } from '../../log/checkpoint-store.ts';
import type { KpiAppender, KpiReader } from '../../log/kpi-log.ts';
import type { KpiValue } from '../../model/kpi-value.ts';
import type { Clock, Timers } from '../../time/clock.ts';
import type { FlushQueue } from '../flush-queue.ts';
import type { Doubts } from '../verifier/doubts.ts';
import type { StoredPosition } from '../shard/shard-state.ts';
import type { DerivedStore } from './derived-store.ts';

/** Everything that the runner of derived definitions reaches the world through. */
export interface DerivedPorts {
  readonly reader: KpiReader;
  readonly appender: KpiAppender;
  readonly checkpoints: CheckpointStore;
  readonly store: DerivedStore;
  readonly kpiQueue: FlushQueue<readonly KpiValue[]>;
  readonly positionQueue: FlushQueue<StoredPosition>;
  readonly doubts: Doubts;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
}
