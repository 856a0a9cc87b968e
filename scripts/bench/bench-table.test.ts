import { strict as assert } from 'node:assert';
import { test } from 'vitest';

import { aimVerdict, formatFigures, type Figure } from './bench-table.ts';

const rate: Figure = {
  name: 'stored',
  value: 50_000,
  unit: 'events/s',
  beside: { name: 'log alone', value: 200_000 },
};
const time: Figure = { name: 'p99', value: 40, unit: 'ms', beside: { name: 'bounds', value: 55 } };

// [figure, verdict]
const cases = [
  [rate, ''],
  [{ ...rate, aim: { of: 'value', bound: 50_000 } }, 'reached'],
  [{ ...rate, aim: { of: 'value', bound: 50_001 } }, 'missed'],
  [{ ...rate, aim: { of: 'ratio', bound: 0.25 } }, 'reached'],
  [{ ...rate, aim: { of: 'ratio', bound: 0.33 } }, 'missed'],
  [{ ...time, aim: { of: 'value', bound: 41 } }, 'reached'],
  [{ ...time, aim: { of: 'value', bound: 40 } }, 'missed'],
  [{ ...time, value: Number.NaN, aim: { of: 'value', bound: 40 } }, 'missed'],
] as const;

for (const [figure, verdict] of cases) {
  const aim = 'aim' in figure ? `${figure.aim.of} ${figure.aim.bound}` : 'none';
  test(`${figure.value} ${figure.unit} with the aim ${aim} is ${verdict || 'not judged'}`, () => {
    assert.equal(aimVerdict(figure), verdict);
  });
}

test('a line holds the figure, its peer, their ratio and the aim', () => {
  const [head, line] = formatFigures([{ ...rate, aim: { of: 'value', bound: 100_000 } }]).split('\n');
  assert.equal(head, 'figure  measured         beside     measured          ratio  aim');
  assert.equal(
    line,
    'stored  50,000 events/s  log alone  200,000 events/s  0.25   >= 100,000 events/s  missed',
  );
});

test('what could not be measured is a dash', () => {
  assert.match(formatFigures([{ ...time, value: Number.NaN }]), /p99\s+- ms/);
});
