import { BatchFormatError } from '../../errors.ts';
import type { ControlMessage, LogMessage } from '../../log/event-log.ts';
import { type Batch, decodeBatch, timeAt } from '../../model/batch/batch.ts';
import type { EventKind } from '../../model/subsystem.ts';
import { type EventTable, TABLE_OF_KIND } from '../../store/event-tables.ts';
import { seeEvent } from '../../time/watermark.ts';
import { type FoldOutcome, isRowMeasurement } from '../../window/measurement-fold.ts';
import { takeExclusion } from './corrections/take-exclusion.ts';
import { quarantineRows } from './quarantine-rows.ts';
import type { ShardOptions, ShardPorts, ShardState } from './shard-state.ts';

/** Takes one message of the log into the shard's state. The position moves with it, whatever it held. */
export async function take(
  state: ShardState,
  message: LogMessage,
  context: { readonly ports: ShardPorts; readonly options: ShardOptions },
): Promise<void> {
  if (message.kind === 'control') await takeControl(state, message, context);
  else await takeBatch(state, { ...message, kind: message.kind }, context);
  state.position = message.position;
}

async function takeControl(
  state: ShardState,
  message: LogMessage,
  { ports }: { readonly ports: ShardPorts },
): Promise<void> {
  const control = JSON.parse(new TextDecoder().decode(message.bytes)) as ControlMessage;
  if (control.type === 'time') {
    state.fold.onTime(control.now);
    state.markedAt = Math.max(state.markedAt, control.now);
    for (const { grid } of state.operators) grid?.onTime(control.now);
    passWatermarks(state);
    state.heartbeatDue = true;
  }
  if (control.type === 'exclusion' || control.type === 'inclusion') {
    await takeExclusion(state, control, { ports, position: message.position });
  }
  if (control.type === 'configuration') state.announced = control.hash;
}

async function takeBatch(
  state: ShardState,
  message: LogMessage & { readonly kind: EventKind },
  { ports, options }: { readonly ports: ShardPorts; readonly options: ShardOptions },
): Promise<void> {
  const { kind, bytes, position } = message;
  let batch: Batch;
  try {
    batch = state.exclusions.countedOf(decodeBatch(kind, bytes));
  } catch (error) {
    if (!(error instanceof BatchFormatError)) throw error;
    const payload = Buffer.from(bytes).toString('base64');
    await quarantineRows(ports, position, [
      { feed: '', code: error.code, detail: error.message, payload, row: 0, receivedAt: ports.clock.now() },
    ]);
    return;
  }
  if (kind === 'case' || kind === 'post') {
    see(state, batch);
    waitRows(state, kind);
    wait(state, { table: TABLE_OF_KIND[kind], batch, position, rows: allRows(batch) });
    return;
  }
  const outcome = state.fold.fold(batch);
  const { subsystem } = options;
  if (outcome.late.length > 0) {
    const watermark = state.fold.feeds.shardWatermark();
    const late = outcome.late.map((row) => ({ position, row, subsystem, watermark }));
    await ports.lateQueue.put(late, late.length);
  }
  if (outcome.conflicts.length > 0)
    await quarantineConflicts(ports, batch, { position, rows: outcome.conflicts, reason: 'conflict' });
  if (kind === 'measurement') waitMeasurements(state, batch, { position, rows: outcome.suspects });
  else wait(state, { table: TABLE_OF_KIND[kind], batch, position, rows: outcome.suspects });
  foldGroups(state, batch, outcome);
  state.fold.endBatch();
  passWatermarks(state);
  const placed = { batch, subsystem, position, rows: outcome.fresh };
  await ports.rawQueue.put({ table: TABLE_OF_KIND[kind], placed }, outcome.fresh?.length ?? batch.length);
}

/** Facts go into the slices of every family of their kind; of suspects only the slices are noted. */
function foldGroups(state: ShardState, batch: Batch, outcome: FoldOutcome): void {
  const counted = countedRows(state, batch, outcome.fresh);
  for (const { family, fold } of state.operators) {
    if (family.kind !== batch.kind) continue;
    if (family.state !== null) {
      fold.waiting = true;
      continue;
    }
    fold.fold(batch, counted);
    if (outcome.suspects.length > 0) fold.mark(batch, outcome.suspects, 'suspected');
  }
}

/** Of alerts those that no exclusion leaves out; a measurement says so by its quality. */
function countedRows(state: ShardState, batch: Batch, fresh: Uint32Array | null): Uint32Array | null {
  const isExcluded = batch.kind === 'alert' ? state.exclusions.testOf(batch) : null;
  if (isExcluded === null) return fresh;
  return (fresh ?? Uint32Array.from(allRows(batch))).filter((row) => !isExcluded(row));
}

/** Values over rows wait until these are checked and stored: only SQL knows what they replace. */
function waitRows(state: ShardState, kind: EventKind): void {
  for (const { family, fold } of state.operators) if (family.kind === kind) fold.waiting = true;
}

function passWatermarks(state: ShardState): void {
  for (const { fold, grid } of state.operators) {
    fold.passWatermarks();
    if (grid === null) continue;
    // A state speaks of all feeds of the shard.
    grid.onWatermark(state.fold.feeds.watermarkOfAll());
    fold.touched.clear();
  }
}

/** Rows still move the watermarks of their feeds. */
function see(state: ShardState, batch: Batch): void {
  const feeds = batch.codes('feed');
  const clocks = feeds.values.map((feed) => state.fold.feeds.touch(feed));
  const times = batch.wide('event_time');
  const receipts = batch.wide('received_at');
  for (let row = 0; row < batch.length; row++) {
    seeEvent(clocks[feeds.codes[row]!]!, timeAt(times, row), timeAt(receipts, row));
  }
  state.fold.endBatch();
  passWatermarks(state);
}

/** Facts and rows have tables of their own. */
function waitMeasurements(
  state: ShardState,
  batch: Batch,
  { position, rows }: { readonly position: number; readonly rows: readonly number[] },
): void {
  if (rows.length === 0) return;
  const versions = batch.wide('version');
  const periods = batch.codes('period');
  const isRow = (row: number): boolean =>
    isRowMeasurement(versions, row, periods.values[periods.codes[row]!]!);
  wait(state, { table: 'raw_measurements', batch, position, rows: rows.filter((row) => !isRow(row)) });
  const replacing = rows.filter(isRow);
  if (replacing.length > 0) waitRows(state, 'measurement');
  wait(state, { table: 'raw_measurement_rows', batch, position, rows: replacing });
}

function wait(
  state: ShardState,
  waiting: { table: EventTable; batch: Batch; position: number; rows: readonly number[] },
): void {
  if (waiting.rows.length === 0) return;
  state.unchecked.push(waiting);
  state.uncheckedRows += waiting.rows.length;
}

/** Quarantines rows that contradict what stands in the log. */
export async function quarantineConflicts(
  ports: ShardPorts,
  batch: Batch,
  {
    position,
    rows,
    reason,
  }: { readonly position: number; readonly rows: readonly number[]; readonly reason: 'conflict' | 'moved' },
): Promise<void> {
  const feeds = batch.codes('feed');
  await quarantineRows(
    ports,
    position,
    rows.map((row) => ({
      feed: feeds.values[feeds.codes[row]!]!,
      code: 'CONFLICT',
      detail:
        reason === 'moved'
          ? `openedAt of case ${batch.text('case_id', row)} is another than its first version said; it never changes`
          : `the id ${batch.text('event_id', row)} is known with other content; the first is kept`,
      payload: rowText(batch, row),
      row,
      receivedAt: ports.clock.now(),
    })),
  );
}

function rowText(batch: Batch, row: number): string {
  const cells = batch.record.get(row)?.toJSON() ?? {};
  return JSON.stringify(cells, (_, cell: unknown) => (typeof cell === 'bigint' ? String(cell) : cell));
}

function allRows(batch: Batch): number[] {
  return Array.from({ length: batch.length }, (_, row) => row);
}
