import { strict as assert } from 'node:assert';
import { createHash } from 'node:crypto';
import { test } from 'vitest';

import type { KpiValue } from '../../pipeline/model/kpi-value.ts';
import { clientFrame, serverFrame } from './frames.ts';
import type { LiveValue } from './live-value.ts';
import { PROTOCOL_VERSION } from './protocol-version.ts';

const withoutProse = (name: string, value: unknown): unknown => (name === 'description' ? undefined : value);

test('a change of any message schema raises PROTOCOL_VERSION', () => {
  const text = JSON.stringify([clientFrame, serverFrame], withoutProse);
  const digest = createHash('sha256').update(text).digest('hex').slice(0, 12);
  assert.deepEqual({ PROTOCOL_VERSION, digest }, { PROTOCOL_VERSION: 1, digest: '2c70c2d55547' });
});

test("a live value and the pipeline's value are one type", () => {
  const there = (value: LiveValue): KpiValue => value;
  const back = (value: KpiValue): LiveValue => ({
    ...value,
    dims: { ...value.dims },
    attributes: { ...value.attributes },
  });
  assert.equal(typeof there, typeof back);
});
