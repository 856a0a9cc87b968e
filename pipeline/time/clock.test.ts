import { strict as assert } from 'node:assert';
import { test } from 'vitest';

import { sleep, systemClock, systemTimers } from './clock.ts';
import { SimClock } from './sim-clock.ts';

// 0         10        20        30
// |---------|----a----|b--------|      every 10: at 10, 20, 30
test('timers run in order of their time, and the clock shows that time while they run', () => {
  const clock = new SimClock();
  const seen: string[] = [];
  clock.every(10, () => seen.push(`tick ${clock.now()}`));
  clock.after(21, () => seen.push(`b ${clock.now()}`));
  clock.after(15, () => seen.push(`a ${clock.now()}`));
  clock.advance(30);
  assert.deepEqual(seen, ['tick 10', 'a 15', 'tick 20', 'b 21', 'tick 30']);
  assert.equal(clock.now(), 30);
});

test('a cancelled timer does not run, also when another timer of the same instant cancels it', () => {
  const clock = new SimClock();
  const seen: string[] = [];
  clock.after(5, () => cancel());
  const cancel = clock.after(5, () => seen.push('late'));
  clock.advance(10);
  assert.deepEqual(seen, []);
  assert.equal(clock.pendingCount, 0);
});

test('a step of the wall clock leaves the remaining delay of a timer alone', () => {
  const clock = new SimClock(1_000);
  let runs = 0;
  clock.after(10, () => (runs += 1));
  clock.step(999_000);
  clock.advance(9);
  assert.equal(runs, 0);
  clock.advance(1);
  assert.equal(runs, 1);
});

test('sleep ends when its time is up and earlier when its signal fires', async () => {
  const clock = new SimClock();
  const stop = new AbortController();
  const long = sleep(clock, 1_000_000, stop.signal);
  const short = sleep(clock, 10);
  clock.advance(10);
  await short;
  stop.abort();
  await long;
  await sleep(clock, 10, stop.signal);
  assert.equal(clock.pendingCount, 0);
});

test('the system clock tells milliseconds since 1970 and its timers can be cancelled', async () => {
  assert(systemClock.now() > Date.UTC(2026, 0, 1));
  let cancelledRan = false;
  const cancel = systemTimers.after(1, () => (cancelledRan = true));
  cancel();
  const ticks = await new Promise<number>((resolve) => {
    let count = 0;
    const stop = systemTimers.every(1, () => {
      count += 1;
      if (count < 2) return;
      stop();
      resolve(count);
    });
  });
  assert.deepEqual({ ticks, cancelledRan }, { ticks: 2, cancelledRan: false });
});
