import { BatchBuilder } from '../../../pipeline/model/batch/batch-builder.ts';
import type { MeasurementEvent } from '../../../pipeline/model/event.ts';
import { PROPERTY } from './fold-pack.ts';

/** Rows of one batch. */
export const batchRows = 1_000;

/** The feed that all events come from. */
export const FEED = 'bench';

/** Start of the first window, milliseconds UTC. */
export const START = Date.UTC(2026, 10, 1);

/** What a program has in memory that keeps an object for each event. */
export interface PlainEvent {
  readonly entity: string;
  readonly property: string;
  readonly quality: string;
  readonly time: number;
  readonly value: number;
}

/** Measurements of so many entities in turn, `stepMs` apart. */
export interface InputShape {
  readonly entities: number;
  readonly stepMs: number;
}

/** The batches of a part of the stream as they stand in the log, and the same events as objects. */
export interface FoldInput {
  readonly bytes: readonly Uint8Array[];
  readonly plain: readonly (readonly PlainEvent[])[];
}

/** So many batches of the stream, from one on; the same ones each time. */
export function foldInput(shape: InputShape, from: number, batches: number): FoldInput {
  const bytes: Uint8Array[] = [];
  const plain: PlainEvent[][] = [];
  for (let batch = from; batch < from + batches; batch++) {
    const builder = new BatchBuilder('measurement');
    const events = Array.from({ length: batchRows }, (_, row) => eventAt(batch * batchRows + row, shape));
    for (const event of events) builder.add(event);
    bytes.push(builder.finish());
    plain.push(
      events.map(({ entity, property, quality, eventTime: time, value }) => {
        return { entity, property, quality, time, value };
      }),
    );
  }
  return { bytes, plain };
}

/** The event with this number. */
export function eventAt(index: number, { entities, stepMs }: InputShape): MeasurementEvent {
  const eventTime = START + index * stepMs;
  return {
    // A prime: each turn visits all entities, in an order that is not that of their names.
    ...{
      kind: 'measurement',
      id: `id-${index}`,
      feed: FEED,
      entity: `station-${(index * 7_919) % entities}`,
    },
    ...{ idHashHigh: Math.imul(index, 0x9e3779b1) >>> 0, idHashLow: index, contentHash: index, idGiven: 0 },
    ...{ area: 'vung-tau', eventTime, receivedAt: eventTime + 1_000, latitude: null, longitude: null },
    ...{ extra: '', property: PROPERTY, value: ((index * 37) % 997) / 10, unit: 'ug/m3', quality: 'good' },
    ...{ version: 0, period: '' },
  };
}
