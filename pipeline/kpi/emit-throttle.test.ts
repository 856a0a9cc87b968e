import { strict as assert } from 'node:assert';
import { test } from 'vitest';

import type { GroupState } from '../window/group/group-state.ts';
import { EmitThrottle } from './emit-throttle.ts';
import type { GroupKpi } from './group-kpi.ts';

const kpi = { id: 'environment.means', emitSeconds: 10 } as GroupKpi;
const group = { number: 0, key: ['vung-tau'] } as unknown as GroupState;
const window = { kpi, start: 60_000, name: '60000 environment.means', isOver: false };

function woken(throttle: EmitThrottle, now: number): number[] {
  return throttle.wake(now).flatMap(([, starts]) => [...starts]);
}

test('a window waits until its turn since the last publication, and is woken then, once', () => {
  const throttle = new EmitThrottle();
  assert.equal(throttle.holds(group, window, 1_000), false);
  throttle.note(group, window, 1_000);
  assert.equal(throttle.holds(group, window, 4_000), true);
  assert.equal(throttle.holds(group, window, 8_000), true);
  assert.deepEqual(woken(throttle, 10_999), []);
  assert.deepEqual(woken(throttle, 11_000), [60_000]);
  assert.deepEqual(woken(throttle, 20_000), []);
  assert.equal(throttle.holds(group, window, 11_000), false);
});

test('without emit nothing waits, nor does a clock that was set back hold anything', () => {
  const throttle = new EmitThrottle();
  const plain = { ...window, kpi: { ...kpi, emitSeconds: 0 } };
  throttle.note(group, plain, 1_000);
  assert.equal(throttle.holds(group, plain, 1_001), false);
  throttle.note(group, window, 50_000);
  assert.equal(throttle.holds(group, window, 40_000), false);
});

test('a window that is over is forgotten', () => {
  const throttle = new EmitThrottle();
  throttle.note(group, window, 1_000);
  throttle.note(group, { ...window, isOver: true }, 2_000);
  assert.equal(throttle.holds(group, window, 3_000), false);
});
