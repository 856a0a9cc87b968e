import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';

import { projectRoot } from './project-root.ts';
import { setupNats } from './setup/setup-nats.ts';
import { ensurePrograms } from './setup/system-programs.ts';

/** Where the numbers of the last test run are, for `.ci/run`. */
const resultsPath = join(projectRoot, 'dist', 'test-results.json');

for (const line of [...setupNats(process.env).lines, ...ensurePrograms()]) {
  process.stderr.write(`test: ${line}\n`);
}
rmSync(resultsPath, { force: true });
const vitest = join(projectRoot, 'node_modules', 'vitest', 'vitest.mjs');
const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${resultsPath}`];
const run = spawnSync(process.execPath, [vitest, 'run', ...reporters, ...process.argv.slice(2)], {
  cwd: projectRoot,
  stdio: 'inherit',
});
process.exitCode = run.status ?? 1;
