import { strict as assert } from 'node:assert';
import { test } from 'vitest';

import type { ShardReport } from '../shard/shard.ts';
import { Metrics } from './metrics.ts';
import { ShardMonitor } from './shard-progress.ts';

const report = (position: number) =>
  ({
    ...{ subsystem: 'environment', position, savedPosition: position - 5, watermark: 0 },
    ...{ entities: 3, unchecked: 2, dirtyEntities: 1, repairs: 0, backfills: [] },
  }) as ShardReport;

test('the lag is the end of the log minus the position, unknown before the end is known', () => {
  const monitor = new ShardMonitor(new Metrics());
  assert.deepEqual([monitor.logEnd, monitor.progressOf([report(7)])[0]?.lag], [null, null]);
  monitor.measure([report(7)], 10);
  assert.deepEqual([monitor.logEnd, monitor.progressOf([report(8)])[0]?.lag], [10, 2]);
});

test('a shard that has read past the end that was asked for is not behind', () => {
  const monitor = new ShardMonitor(new Metrics());
  monitor.measure([report(12)], 10);
  assert.equal(monitor.progressOf([report(12)])[0]?.lag, 0);
});

test('metrics name the end of the log and the lag of each shard', () => {
  const metrics = new Metrics();
  new ShardMonitor(metrics).measure([report(7)], 10);
  const text = metrics.render();
  assert.match(text, /^haidang_log_end_position 10$/m);
  assert.match(text, /^haidang_shard_lag\{subsystem="environment"\} 3$/m);
  assert.match(text, /^haidang_shard_saved_position\{subsystem="environment"\} 2$/m);
});
