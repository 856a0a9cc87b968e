import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { checkBannedCalls } from './check/banned-calls.ts';
import { checkDocComments } from './check/doc-comments.ts';
import { checkErrorCodes } from './check/error-codes.ts';
import type { Finding, SourceFile } from './check/finding.ts';
import { checkNames } from './check/names.ts';
import { checkSizes } from './check/sizes.ts';
import { projectRoot } from './project-root.ts';
import { filesBelow, sourceFolders } from './source-files.ts';

/** A step of `npm run check`: its name, and whether it found nothing. */
interface Step {
  readonly name: string;
  readonly run: () => boolean;
}

const presentFolders = sourceFolders.filter((folder) => existsSync(join(projectRoot, folder)));
const hasWebTypes = existsSync(join(projectRoot, 'web-client', 'tsconfig.json'));

const steps: readonly Step[] = [
  { name: 'types', run: () => tool('tsc', ['--noEmit', '-p', '.', '--incremental', 'false']) },
  ...(hasWebTypes
    ? [{ name: 'types of the web client', run: () => tool('tsc', ['--noEmit', '-p', 'web-client']) }]
    : []),
  { name: 'lint', run: () => tool('eslint', ['.']) },
  { name: 'format', run: () => tool('prettier', ['--check', '--log-level', 'warn', '.']) },
  {
    name: 'import direction',
    run: () => tool('depcruise', ['--config', '.dependency-cruiser.cjs', ...presentFolders]),
  },
  { name: 'sizes, calls, names, codes, comments', run: ownChecks },
  { name: 'dead code', run: () => tool('knip', ['--no-progress']) },
];

const failed = steps.filter((step) => !runStep(step)).map(({ name }) => name);
process.stdout.write(failed.length === 0 ? 'check: all good\n' : `check: failed: ${failed.join('; ')}\n`);
process.exitCode = failed.length === 0 ? 0 : 1;

function runStep(step: Step): boolean {
  const startedMs = performance.now();
  const isGood = step.run();
  const seconds = ((performance.now() - startedMs) / 1_000).toFixed(1);
  process.stdout.write(`${isGood ? 'ok    ' : 'FAILED'} ${step.name} (${seconds} s)\n`);
  return isGood;
}

function tool(name: string, args: readonly string[]): boolean {
  const program = join(projectRoot, 'node_modules', '.bin', name);
  return spawnSync(program, args, { cwd: projectRoot, stdio: 'inherit' }).status === 0;
}

function ownChecks(): boolean {
  const files: SourceFile[] = presentFolders
    .flatMap(filesBelow)
    .filter((path) => /\.(tsx?|css|sql)$/.test(path))
    .map((path) => ({ path, content: readFileSync(join(projectRoot, path), 'utf8') }));
  const readmePath = join(projectRoot, 'README.md');
  const readme = existsSync(readmePath) ? readFileSync(readmePath, 'utf8') : '';
  const findings: readonly Finding[] = [
    ...checkSizes(files),
    ...checkBannedCalls(files),
    ...checkNames(files),
    ...checkErrorCodes(files, readme),
    ...checkDocComments(files),
  ];
  for (const { place, text } of findings) process.stdout.write(`${place}: ${text}\n`);
  return findings.length === 0;
}
