import { strict as assert } from 'node:assert';
import { test } from 'vitest';

import { testCounts } from './test-counts.ts';

const file = (status: string, ...results: string[]) => ({
  status,
  assertionResults: results.map((one) => ({ status: one })),
});

test('passed, failed and skipped tests are counted over all files', () => {
  const testResults = [file('passed', 'passed', 'passed', 'pending'), file('failed', 'failed', 'todo')];
  assert.deepEqual(testCounts({ testResults }), { passed: 2, failed: 1, skipped: 2 });
});

test('a file that could not be loaded, or whose hook failed, counts as a failure', () => {
  const testResults = [file('failed'), file('failed', 'passed')];
  assert.deepEqual(testCounts({ testResults }), { passed: 1, failed: 2, skipped: 0 });
});

test('no report counts as a failure', () => {
  assert.deepEqual(testCounts(undefined), { passed: 0, failed: 1, skipped: 0 });
});
