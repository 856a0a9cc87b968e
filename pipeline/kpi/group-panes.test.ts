import { strict as assert } from 'node:assert';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'vitest';

import { reading } from '../../fixtures/streams/measurement.ts';
import { decodeBatch } from '../model/batch/batch.ts';
import { BatchBuilder } from '../model/batch/batch-builder.ts';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../model/time.ts';
import { FeedRegister } from '../window/feed-register.ts';
import { GroupFold } from '../window/group/group-fold.ts';
import { NO_REGISTRY } from './definitions/definition-context.ts';
import { familiesOf } from './definitions/families.ts';
import { loadDefinitions } from './definitions/load-definitions.ts';
import { GroupPanes } from './group-panes.ts';

const START = Date.parse('2024-03-01T10:00:00Z');
const LATENESS_MS = 6 * HOUR_MS;
const PACK = `- id: environment.readings
  version: 1
  title: { vi: Số đo, en: Readings }
  unit: '1'
  from: measurement
  by: [area]
  window: { tumbling: 1h, emit: 10s, lateness: 6h }
  measures:
    readings: { count: {} }
  value: readings
  fresh: { max: 15m }
  visibility: public
  source: a test
`;

/** A fold of one definition, and what is published of it at a time of the clock, seconds. */
function operator() {
  const folder = mkdtempSync(join(tmpdir(), 'haidang-panes-'));
  writeFileSync(join(folder, 'pack.yaml'), PACK);
  const { groups } = loadDefinitions(NO_REGISTRY, folder);
  rmSync(folder, { recursive: true });
  const [family] = familiesOf(groups);
  const { rule } = groups[0]!.plan;
  const feeds = new FeedRegister(LATENESS_MS);
  const endsOf = (slice: number): number[] => rule.windowsOf(slice).map((start) => rule.endOf(start));
  const fold = new GroupFold(family!, { feeds, latenessMs: LATENESS_MS, endsOf });
  const panes = new GroupPanes(fold, groups, LATENESS_MS);
  return {
    read(minute: number): void {
      const builder = new BatchBuilder('measurement');
      builder.add(
        reading({ entity: 'tram-a', area: 'vung-tau', eventTime: START + minute * MINUTE_MS, value: 1 }),
      );
      fold.fold(decodeBatch('measurement', builder.finish()), null);
    },
    pass(minute: number): void {
      for (const set of feeds.sets()) set.watermark = START + minute * MINUTE_MS;
      fold.passWatermarks();
    },
    at(second: number): string {
      const now = second * SECOND_MS;
      panes.wake(now);
      const found = [...fold.touched].flatMap((group) => {
        fold.touched.delete(group);
        return panes.due(group, now);
      });
      return found.map(({ content, status }) => `${status} ${String(content?.value)}`).join();
    },
  };
}

test('a window that runs is published once in its emit, with all that came meanwhile', () => {
  const { read, at } = operator();
  read(1);
  assert.equal(at(100), 'provisional 1');
  read(2);
  assert.equal(at(103), '');
  read(3);
  assert.equal(at(108), '');
  assert.equal(at(110), 'provisional 3');
  assert.equal(at(120), '');
});

test('a window that is over does not wait', () => {
  const { read, pass, at } = operator();
  read(1);
  assert.equal(at(100), 'provisional 1');
  read(2);
  assert.equal(at(101), '');
  pass(61);
  assert.equal(at(102), 'final 2');
  assert.equal(at(120), '');
});
