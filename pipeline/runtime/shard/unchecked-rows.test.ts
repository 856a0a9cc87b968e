import { strict as assert } from 'node:assert';
import { test } from 'vitest';

import { type GivenReading, reading } from '../../../fixtures/streams/measurement.ts';
import { decodeBatch } from '../../model/batch/batch.ts';
import { BatchBuilder } from '../../model/batch/batch-builder.ts';
import { idKey, placeOf } from '../../store/known-ids.ts';
import { checkRows, idsOf, type UncheckedRows } from './unchecked-rows.ts';

const T = Date.parse('2024-03-01T00:00:00Z');

function waiting(position: number, given: readonly GivenReading[]): UncheckedRows {
  const builder = new BatchBuilder('measurement');
  for (const one of given) builder.add(reading(one));
  const batch = decodeBatch('measurement', builder.finish());
  return { table: 'raw_measurements', batch, position, rows: given.map((_, row) => row) };
}

const say = (id: string, value: number): GivenReading => ({ entity: 'tram', eventTime: T, value, id });

test('the first of an id is kept, the same again is a duplicate, other content a conflict, across batches', () => {
  const rows = [waiting(1, [say('a', 1), say('b', 1), say('a', 1)]), waiting(2, [say('a', 2), say('b', 1)])];
  const verdicts = checkRows(rows, new Map()).map(({ verdict }) => verdict);
  assert.deepEqual(verdicts, ['new', 'new', 'duplicate', 'conflict', 'duplicate']);
});

test('what the raw table holds came first', () => {
  const known = reading(say('a', 1));
  const held = new Map([
    [idKey(known.idHashHigh, known.idHashLow), { content: known.contentHash, place: placeOf(2, 0) }],
  ]);
  const verdicts = checkRows([waiting(3, [say('a', 1), say('a', 2)])], held).map(({ verdict }) => verdict);
  assert.deepEqual(verdicts, ['duplicate', 'conflict']);
});

test('each id is asked for once', () => {
  assert.equal(idsOf([waiting(1, [say('a', 1), say('a', 2)]), waiting(2, [say('b', 1)])]).length, 2);
});

// Stored at (3, 0) ── kill -9 before the checkpoint ──▶ read again at (3, 0): the slice in memory lacks it.
test('a row that was stored before a crash at its own place is new, and its repetition is not', () => {
  const row = reading(say('a', 1));
  const held = new Map([
    [idKey(row.idHashHigh, row.idHashLow), { content: row.contentHash, place: placeOf(3, 0) }],
  ]);
  const verdicts = checkRows([waiting(3, [say('a', 1), say('a', 1)])], held).map(({ verdict }) => verdict);
  assert.deepEqual(verdicts, ['new', 'duplicate']);
});
