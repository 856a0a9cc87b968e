import { strict as assert } from 'node:assert';
import { test } from 'vitest';

import { hourValue } from '../../../fixtures/live/kpi-values.ts';
import { Doubts, unmarked } from './doubts.ts';

const value = hourValue({ windowStart: '2026-03-01T00:00:00.000Z', entity: 'tram', grade: 'B' });
const window = {
  kpi: value.kpi,
  place: 'e:tram',
  dims: JSON.stringify(value.dims),
  start: Date.parse(value.windowStart),
};

test('a value against which something is known has grade D, and is stored without the mark', () => {
  const doubts = new Doubts();
  assert.deepEqual(doubts.marked([value]), [value]);
  doubts.break(window, 'b');
  doubts.break(window, 'a');
  const [marked] = doubts.marked([value]);
  assert.equal(marked?.grade, 'D');
  assert.equal(marked?.attributes['identity'], 'a, b');
  assert.deepEqual(unmarked(marked!), value);
  doubts.mend(window, 'a');
  assert.equal(doubts.marked([value])[0]?.attributes['identity'], 'b');
  doubts.mend(window, 'b');
  assert.equal(doubts.brokenWindows, 0);
  assert.deepEqual(doubts.marked([value]), [value]);
});

test('a definition in doubt marks every value of it and none of another', () => {
  const doubts = new Doubts();
  doubts.doubt('environment.other');
  assert.deepEqual(doubts.marked([value]), [value]);
  doubts.doubt(value.kpi);
  const [marked] = doubts.marked([value]);
  assert.deepEqual([marked?.grade, marked?.attributes['identity']], ['D', undefined]);
  doubts.clear(value.kpi);
  assert.deepEqual(doubts.marked([value]), [value]);
});
