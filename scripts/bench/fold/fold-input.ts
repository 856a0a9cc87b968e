import { aggregateOf } from '../../../pipeline/kpi/aggregates/aggregates.ts';
import { type Batch, decodeBatch, timeAt } from '../../../pipeline/model/batch/batch.ts';
import { BatchBuilder } from '../../../pipeline/model/batch/batch-builder.ts';
import { HOUR_MS } from '../../../pipeline/model/time.ts';
import { FeedRegister } from '../../../pipeline/window/feed-register.ts';
import type { Aggregate } from '../../../pipeline/window/group/aggregate.ts';
import { GroupFold } from '../../../pipeline/window/group/group-fold.ts';
import type { Family, Slot } from '../../../pipeline/window/group/group-plan.ts';
import type { RowNumber, RowTest, RowText } from '../../../pipeline/window/group/row-program.ts';
import { reading } from '../../../fixtures/streams/measurement.ts';

/** Ten measures of one key and window: what ten definitions ask of the same rows. */
export const TEN_AGGREGATES = [
  ...['count', 'sum', 'mean', 'min', 'max', 'first', 'last', 'stddev', 'rateOfChange', 'energyMean'],
] as const;

const START = Date.UTC(2026, 10, 1);

/** Batches of measurements of so many entities, in time order, `stepMs` apart. */
export function batchesOf(shape: {
  readonly batches: number;
  readonly rows: number;
  readonly entities: number;
  readonly stepMs: number;
}): Batch[] {
  let time = START;
  let next = 0;
  return Array.from({ length: shape.batches }, () => {
    const builder = new BatchBuilder('measurement');
    for (let row = 0; row < shape.rows; row++) {
      next += 1;
      const entity = `station-${String((next * 7_919) % shape.entities)}`;
      builder.add(reading({ entity, eventTime: (time += shape.stepMs), value: ((next * 37) % 997) / 10 }));
    }
    return decodeBatch('measurement', builder.finish());
  });
}

const byEntity: RowText = {
  codes: ['entity'],
  sql: 'entity',
  bind: (batch) => {
    const { codes, values } = batch.codes('entity');
    return (row) => values[codes[row]!]!;
  },
};
const isPm25: RowTest = {
  codes: ['property'],
  sql: `property = 'pm25'`,
  bind: (batch) => {
    const { codes, values } = batch.codes('property');
    const passes = values.map((name) => name === 'pm25');
    return (row) => passes[codes[row]!]!;
  },
};
const value: RowNumber = {
  codes: null,
  sql: 'value',
  bind: (batch) => {
    const numbers = batch.numbers('value');
    return (row) => numbers[row]!;
  },
};
const eventTime: RowNumber = {
  codes: null,
  sql: 'toUnixTimestamp64Milli(event_time)',
  bind: (batch) => {
    const times = batch.wide('event_time');
    return (row) => timeAt(times, row);
  },
};

/** A fold of these aggregates of PM2.5 by entity. */
export function foldOf(names: readonly string[], sliceMs = HOUR_MS): GroupFold {
  const slots = names.map((name): Slot => {
    const aggregate = aggregateOf(name) as Aggregate;
    return { text: name, aggregate, test: isPm25, of: aggregate.sample === 'none' ? null : value };
  });
  const by = [{ name: 'entity', value: byEntity, isMany: false }];
  const family: Family = {
    ...{ text: 'bench', kind: 'measurement', test: null, by, at: eventTime },
    ...{ sliceMs, sliceOffsetMs: 0, slots, state: null },
  };
  const latenessMs = 6 * HOUR_MS;
  return new GroupFold(family, {
    feeds: new FeedRegister(latenessMs),
    latenessMs,
    endsOf: (start) => [start + sliceMs],
  });
}
