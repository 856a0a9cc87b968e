import { strict as assert } from 'node:assert';
import { test } from 'vitest';

import { checkBannedCalls } from './banned-calls.ts';
import { checkDocComments } from './doc-comments.ts';
import { checkErrorCodes } from './error-codes.ts';
import { checkNames } from './names.ts';
import { checkSizes, fileLinesMax, folderFilesMax } from './sizes.ts';

const lines = (count: number): string => 'x\n'.repeat(count);

test('a file may have as many lines as the bound and not one more', () => {
  const at = { path: 'query/a.ts', content: lines(fileLinesMax) };
  const beyond = { path: 'query/b.test.ts', content: lines(fileLinesMax + 1) };
  assert.deepEqual(
    checkSizes([at, beyond]).map(({ place }) => place),
    ['query/b.test.ts'],
  );
});

test('a folder may hold as many source files as the bound, tests not counted', () => {
  const files = Array.from({ length: folderFilesMax }, (_, index) => ({
    path: `query/f${index}.ts`,
    content: '',
  }));
  const tests = [{ path: 'query/f.test.ts', content: '' }];
  assert.deepEqual(checkSizes([...files, ...tests]), []);
  const one = { path: 'query/more.ts', content: '' };
  assert.equal(checkSizes([...files, one])[0]?.place, 'query/');
});

// [path, line, findings]
const calls = [
  ['query/live.ts', 'const t = Date.now();', 1],
  ['query/live.ts', 'const t = new Date();', 1],
  ['query/live.ts', 'const t = new Date(0);', 0],
  ['query/live.ts', 'setTimeout(run, 5);', 1],
  ['query/live.ts', 'timers.setTimeout(run, 5);', 0],
  ['query/live.ts', '// Date.now() is banned', 0],
  ['query/live.ts', 'Math.random();', 1],
  ['query/live.test.ts', 'Date.now();', 0],
  ['query/main.ts', 'Date.now();', 0],
  ['pipeline/time/clock.ts', 'Date.now();', 0],
] as const;

for (const [path, content, expected] of calls) {
  test(`"${content}" in ${path} is ${expected === 0 ? 'allowed' : 'banned'}`, () => {
    assert.equal(checkBannedCalls([{ path, content }]).length, expected);
  });
}

test('a code of an errors file must stand in a table of the README', () => {
  const content = "readonly code = 'LOG_FULL';\nreadonly code: string = 'FENCED';";
  const files = ['query/errors.ts', 'pipeline/runtime/settings-errors.ts'].map((path) => ({ path, content }));
  const readme = '`FENCED` in prose does not count\n| `LOG_FULL` | wait |\n';
  const texts = checkErrorCodes(files, readme).map(({ text }) => text);
  assert.deepEqual(new Set(texts), new Set(["FENCED is not in README.md's error table"]));
});

// [path, findings]
const names = [
  ['query/utils/a.ts', 1],
  ['query/sql-helpers.ts', 1],
  ['query/liveClient.ts', 1],
  ['query/live-client.browser.test.ts', 0],
  ['pipeline/database.ts', 0],
] as const;

for (const [path, expected] of names) {
  test(`the name ${path} is ${expected === 0 ? 'allowed' : 'refused'}`, () => {
    assert.equal(checkNames([{ path, content: '' }]).length, expected);
  });
}

test('an export needs a doc comment right above it', () => {
  const good =
    '/** One. */\nexport const one = 1;\n\n/** Two. */\nexport function two(): void;\nexport function two() {}';
  const bad = 'const x = 1;\n\nexport interface Three {}\n// not a doc comment\nexport class Four {}';
  const findings = checkDocComments([
    { path: 'query/good.ts', content: good },
    { path: 'query/bad.ts', content: bad },
  ]);
  assert.deepEqual(
    findings.map(({ place }) => place),
    ['query/bad.ts:3', 'query/bad.ts:5'],
  );
});
