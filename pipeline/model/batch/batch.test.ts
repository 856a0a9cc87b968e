import { strict as assert } from 'node:assert';
import { tableFromIPC } from 'apache-arrow';
import { test } from 'vitest';

import { reading } from '../../../fixtures/streams/measurement.ts';
import { BatchFormatError } from '../../errors.ts';
import type { CaseEvent } from '../event.ts';
import { decodeBatch, timeAt } from './batch.ts';
import { BatchBuilder } from './batch-builder.ts';
import { reframe } from './reframe.ts';

const T = Date.parse('2024-03-01T00:00:00Z');

function batchOf(count: number, from = 0) {
  const builder = new BatchBuilder('measurement');
  for (let index = from; index < from + count; index++) {
    builder.add(
      reading({
        entity: `trạm-${index % 7}`,
        eventTime: T + index,
        value: index / 3,
        latitude: index % 2 ? 10.5 : null,
      }),
    );
  }
  return decodeBatch('measurement', builder.finish());
}

test('what goes into a batch comes out of it, row by row', () => {
  const batch = batchOf(500);
  const entities = batch.codes('entity');
  for (const row of [0, 1, 63, 64, 65, 499]) {
    assert.deepEqual(
      {
        entity: entities.values[entities.codes[row]!],
        value: batch.numbers('value')[row],
        time: timeAt(batch.wide('event_time'), row),
        id: batch.text('event_id', row),
        latitude: batch.record.get(row)?.toJSON().latitude,
      },
      {
        entity: `trạm-${row % 7}`,
        value: row / 3,
        time: T + row,
        id: reading({ entity: `trạm-${row % 7}`, eventTime: T + row, value: row / 3 }).id,
        latitude: row % 2 ? 10.5 : null,
      },
    );
  }
});

test('optional times of a case are null where the sender gave none', () => {
  const { id, idHashHigh, idHashLow, contentHash, feed, area, receivedAt } = reading({
    entity: 'x',
    eventTime: T,
    value: 1,
  });
  const event: CaseEvent = {
    ...{ id, idHashHigh, idHashLow, contentHash, feed, area, receivedAt },
    ...{ kind: 'case', idGiven: 0, entity: '', eventTime: T, latitude: null, longitude: null, extra: '' },
    ...{
      caseId: 'PA-1',
      caseType: 'field-report',
      status: 'registered',
      openedAt: T,
      dueAt: T + 5,
      newDueAt: null,
    },
    ...{ respondedAt: null, completedAt: null, closedAt: null, pauses: '', channel: '', agency: 'Sở TN&MT' },
    ...{ procedure: '', rating: null, attributes: '{"a":1}', version: 1_700_000_000_123 },
  };
  const builder = new BatchBuilder('case');
  builder.add(event);
  const row = tableFromIPC(builder.finish()).get(0)?.toJSON() ?? {};
  assert.deepEqual(
    { agency: row.agency, due: row.due_at, newDue: row.new_due_at, version: row.version, rating: row.rating },
    { agency: 'Sở TN&MT', due: T + 5, newDue: null, version: 1_700_000_000_123n, rating: null },
  );
});

test('a frame holds the chosen rows of many batches, each with its own dictionary and place', () => {
  const placed = [
    { batch: batchOf(10), subsystem: 'environment', position: 41, rows: null },
    { batch: batchOf(10, 100), subsystem: 'environment', position: 42, rows: Uint32Array.from([3, 9]) },
  ];
  const table = tableFromIPC(reframe('measurement', placed));
  const rows = table.toArray().map((row) => row.toJSON());
  assert.equal(rows.length, 12);
  assert.deepEqual(
    rows.slice(9).map((row) => [row.entity, row.log_position, row.log_row, row.value, row.subsystem]),
    [
      ['trạm-2', 41n, 9, 3, 'environment'],
      ['trạm-5', 42n, 3, 103 / 3, 'environment'],
      ['trạm-4', 42n, 9, 109 / 3, 'environment'],
    ],
  );
});

test('the size estimate is not below the true size', () => {
  const builder = new BatchBuilder('measurement');
  for (let index = 0; index < 3_000; index++)
    builder.add(reading({ entity: `e${index}`, eventTime: T, value: index }));
  const estimate = builder.bytes;
  const size = builder.finish().length;
  assert.ok(estimate >= size, `${estimate} was estimated, ${size} written`);
});

test('bytes that are no batch of the kind are refused', () => {
  assert.throws(() => decodeBatch('measurement', new Uint8Array([1, 2, 3])), BatchFormatError);
  const builder = new BatchBuilder('measurement');
  builder.add(reading({ entity: 'x', eventTime: T, value: 1 }));
  assert.throws(() => decodeBatch('alert', builder.finish()), /columns/);
});
