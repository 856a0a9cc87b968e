import { strict as assert } from 'node:assert';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, test } from 'vitest';

import { checkHome } from './preflight.ts';

const folder = mkdtempSync(join(tmpdir(), 'haidang-preflight-'));

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('a state folder is made with its parents, for this user only, and taken as it is the next time', () => {
  const home = join(folder, 'a', 'b');
  assert.equal(checkHome(home, 0), undefined);
  assert.equal(statSync(home).mode & 0o777, 0o700);
  assert.equal(checkHome(home, 0), undefined);
});

test('a state folder that cannot be had is said in words', () => {
  const file = join(folder, 'file');
  writeFileSync(file, '');
  assert.match(checkHome(file, 0) ?? '', /^cannot create the state folder .*EEXIST/);
  assert.match(checkHome(join(file, 'home'), 0) ?? '', /^cannot create the state folder .*ENOTDIR/);
});

// Node's own recursive mkdir never comes back from here.
test.runIf(process.platform === 'linux')('a state folder where none can be made is said in words', () => {
  assert.match(checkHome('/proc/haidang/home', 0) ?? '', /^cannot create the state folder .*ENOENT/);
});
