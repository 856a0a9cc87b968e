import { type Data, RecordBatch, RecordBatchStreamWriter, Struct, makeData } from 'apache-arrow';
import { strict as assert } from 'node:assert';

import { COLUMNS } from '../columns.ts';
import type { Event } from '../event.ts';
import type { EventKind } from '../subsystem.ts';
import { BATCH_SCHEMAS } from './arrow-schema.ts';
import { ColumnBuffers, type TextMeter } from './column-buffers.ts';
import { writeEvent } from './write-event.ts';

/** Fixed bytes of a row: two times, three hashes, eight codes and numbers. An estimate, on the high side. */
const ROW_BYTES = 96;

/**
 * Gathers normalised events of one kind into one Arrow IPC stream: the unit of the log.
 *
 * A builder is used once: `finish` hands its memory to the batch.
 */
export class BatchBuilder {
  readonly kind: EventKind;
  readonly #columns: readonly ColumnBuffers[];
  readonly #meter: TextMeter = { bytes: 0 };
  #rows = 0;

  constructor(kind: EventKind) {
    this.kind = kind;
    this.#columns = COLUMNS[kind].map((column, index) => new ColumnBuffers(column, index, this.#meter));
  }

  get rows(): number {
    return this.#rows;
  }

  /** Estimate of the finished batch's size, bytes; at or above the true size but for the schema's 3.5 KB. */
  get bytes(): number {
    return this.#rows * ROW_BYTES + this.#meter.bytes + 4_096;
  }

  add(event: Event): void {
    assert(event.kind === this.kind, 'an event goes into a batch of its own kind');
    writeEvent(this.#columns, this.#rows, event);
    this.#rows += 1;
  }

  /** The batch as an Arrow IPC stream of one record batch. */
  finish(): Uint8Array {
    const children = this.#columns.map((column) => column.finish(this.#rows));
    return streamOf([recordBatch(this.kind, children, this.#rows)]);
  }
}

function recordBatch(kind: EventKind, children: Data[], length: number): RecordBatch {
  const schema = BATCH_SCHEMAS[kind];
  return new RecordBatch(schema, makeData({ type: new Struct(schema.fields), length, children }));
}

/** One IPC stream of record batches that share a schema; a dictionary may differ from batch to batch. */
export function streamOf(batches: readonly RecordBatch[]): Uint8Array {
  const writer = new RecordBatchStreamWriter({ autoDestroy: true });
  for (const batch of batches) writer.write(batch);
  writer.finish();
  return writer.toUint8Array(true);
}
