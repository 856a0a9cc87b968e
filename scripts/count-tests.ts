import { existsSync, readFileSync } from 'node:fs';

import { testCounts, type TestReport } from './check/test-counts.ts';

const path = process.argv[2] ?? '';
const report = existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as TestReport) : undefined;
const { passed, failed, skipped } = testCounts(report);
process.stdout.write(`${passed} passed, ${failed} failed, ${skipped} skipped\n`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
