import { strict as assert } from 'node:assert';
import { test } from 'vitest';

import { BatchSender } from './batch-sender.ts';
import { emptyReceipt, type Receipt } from './push-batch.ts';

/** A push that is answered by hand. */
function byHand(): {
  push: (rows: readonly string[]) => Promise<Receipt>;
  answers: ((ok: boolean) => void)[];
} {
  const answers: ((ok: boolean) => void)[] = [];
  const push = (rows: readonly string[]): Promise<Receipt> =>
    new Promise((resolve, reject) => {
      answers.push((ok) =>
        ok ? resolve({ ...emptyReceipt, accepted: rows.length }) : reject(new Error('refused')),
      );
    });
  return { push, answers };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('rows behind a gap are not acknowledged', async () => {
  const { push, answers } = byHand();
  const sender = new BatchSender(push, 3, 100);
  for (const rows of [['a', 'b'], ['c'], ['d', 'e', 'f']]) await sender.send(rows);
  answers[2]?.(true);
  answers[1]?.(true);
  await settled();
  assert.equal(sender.acknowledgedRows, 100);
  answers[0]?.(true);
  await sender.drain();
  assert.equal(sender.acknowledgedRows, 106);
  assert.equal(sender.receipt.accepted, 6);
});

test('no more batches are in flight than allowed', async () => {
  const { push, answers } = byHand();
  const sender = new BatchSender(push, 2, 0);
  await sender.send(['a']);
  await sender.send(['b']);
  const third = sender.send(['c']);
  await settled();
  assert.equal(answers.length, 2);
  answers[0]?.(true);
  await third;
  assert.equal(answers.length, 3);
  answers.forEach((answer) => answer(true));
  await sender.drain();
});

test('a refused batch stops the next one and keeps the position before it', async () => {
  const { push, answers } = byHand();
  const sender = new BatchSender(push, 2, 0);
  await sender.send(['a']);
  await sender.send(['b']);
  answers[1]?.(false);
  answers[0]?.(true);
  await settled();
  await assert.rejects(sender.send(['c']), /refused/);
  assert.equal(sender.acknowledgedRows, 1);
});
