import { strict as assert } from 'node:assert';
import { test } from 'vitest';

import { reading } from '../../fixtures/streams/measurement.ts';
import { type Batch, decodeBatch } from '../model/batch/batch.ts';
import { BatchBuilder } from '../model/batch/batch-builder.ts';
import type { MeasurementEvent } from '../model/event.ts';
import { type Exclusion, ExclusionBook, type ExclusionMessage } from './exclusions.ts';

const span: Exclusion = {
  ...{ id: 'one', feed: 'test-feed', entity: 'tram-a', property: 'pm25', from: 100, to: 200, reason: 'why' },
};
const made = (of: Partial<Exclusion> = {}): ExclusionMessage => {
  return { type: 'exclusion', ...span, author: 'boss', at: 1, ...of };
};
const undone = (id: string, feed = 'test-feed'): ExclusionMessage => {
  return { type: 'inclusion', id, feed, author: 'other', at: 2 };
};

function batch(...given: readonly Partial<MeasurementEvent>[]): Batch {
  const builder = new BatchBuilder('measurement');
  for (const one of given)
    builder.add(reading({ entity: 'tram-a', eventTime: 150, value: 1, quality: 'suspect', ...one }));
  return decodeBatch('measurement', builder.finish());
}

function qualities(of: Batch): string[] {
  const { codes, values } = of.codes('quality');
  return [...codes].map((code) => values[code]!);
}

test('an id is excluded once, undone once, and stays undone', () => {
  const book = new ExclusionBook();
  assert.equal(book.take(undone('one'), 1), null, 'nothing to undo');
  assert.equal(book.take(made(), 2)?.isActive, true);
  assert.equal(book.take(made({ from: 0 }), 3), null, 'a repetition changes nothing');
  assert.equal(book.take(undone('one', 'another-feed'), 4), null, 'another feed does not undo it');
  const change = book.take(undone('one'), 5);
  assert.deepEqual(change, { ...span, author: 'other', at: 2, isActive: false, position: 5 });
  assert.equal(book.take(made(), 6), null);
  assert.deepEqual(book.active, []);
});

test('of a span only its own feed, entity, property and times are withdrawn, and what was sent can be told again', () => {
  const book = new ExclusionBook();
  book.take(made(), 1);
  const sent = batch(
    {},
    { eventTime: 99 },
    { eventTime: 100 },
    { eventTime: 199 },
    { eventTime: 200 },
    { entity: 'tram-b' },
    { property: 'o3' },
    { feed: 'other' },
  );
  const counted = book.countedOf(sent);
  const [out, kept] = ['withdrawn', 'suspect'];
  assert.deepEqual(qualities(counted), [out, kept, out, out, kept, kept, kept, kept]);
  assert.deepEqual(
    qualities(counted.sent),
    Array.from({ length: 8 }, () => kept),
  );
  book.take(undone('one'), 2);
  assert.equal(book.countedOf(counted), sent, 'undone, the rows count as they were sent');
});

test('a batch of feeds without an exclusion is the same batch', () => {
  const book = new ExclusionBook();
  book.take(made({ feed: 'other' }), 1);
  const sent = batch({});
  assert.equal(book.countedOf(sent), sent);
  assert.equal(book.testOf(sent), null);
});

test('a window meets an exclusion of its feeds and entity that overlaps it by a moment', () => {
  const book = new ExclusionBook();
  book.take(made(), 1);
  const meets = (place: Partial<Parameters<ExclusionBook['meeting']>[0]>): number =>
    book.meeting({ feeds: ['test-feed'], entity: 'tram-a', from: 0, to: 1_000, ...place }).length;
  assert.equal(meets({}), 1);
  assert.equal(meets({ entity: '' }), 1);
  assert.equal(meets({ from: 199 }), 1);
  assert.equal(meets({ to: 101 }), 1);
  assert.equal(meets({ from: 200 }) + meets({ to: 100 }), 0);
  assert.equal(meets({ entity: 'tram-b' }) + meets({ feeds: ['other'] }), 0);
});
