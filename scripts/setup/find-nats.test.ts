import { strict as assert } from 'node:assert';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'vitest';

import { findNatsServer } from './find-nats.ts';
import { howToInstallNats } from './how-to-install.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'haidang-find-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A program that only knows its version, in `bin` or in the cache folder of a version. */
function place(where: string, version: string): void {
  mkdirSync(join(folder, where), { recursive: true });
  const path = join(folder, where, 'nats-server');
  writeFileSync(path, `#!/bin/sh\necho "nats-server: v${version}"\n`);
  chmodSync(path, 0o755);
}

function found(): string | undefined {
  const options = { programFolders: [join(folder, 'bin')], cacheFolder: join(folder, 'cache') };
  return findNatsServer(options)?.version.join('.');
}

// [on the PATH, in the cache, what is taken]
const cases = [
  ['2.10.1', ['2.11.0'], '2.10.1'],
  ['2.9.10', ['2.10.27'], '2.10.27'],
  ['2.9.10', ['2.9.2'], '2.9.10'],
  ['2.9.10', [], '2.9.10'],
] as const;

for (const [onPath, cached, taken] of cases) {
  test(`with ${onPath} on the PATH and ${cached.join() || 'nothing'} fetched, ${taken} is taken`, () => {
    place('bin', onPath);
    for (const version of cached) place(`cache/${version}`, version);
    assert.equal(found(), taken);
  });
}

test('of several fetched versions the newest is taken', () => {
  for (const version of ['2.10.9', '2.10.27', '2.10.3']) place(`cache/${version}`, version);
  const cacheFolder = join(folder, 'cache');
  assert.deepEqual(findNatsServer({ programFolders: [], cacheFolder })?.version, [2, 10, 27]);
});

test('a program that does not run is passed over, and without any there is none', () => {
  place('cache/2.10.1', '2.10.1');
  writeFileSync(join(folder, 'cache/2.10.1/nats-server'), '#!/bin/sh\nexit 1\n');
  assert.equal(findNatsServer({ programFolders: [], cacheFolder: join(folder, 'cache') }), undefined);
});

test('the command to install a nats-server is that of the system', () => {
  assert.equal(
    howToInstallNats('darwin', () => false),
    'brew install nats-server',
  );
  assert.match(
    howToInstallNats('linux', (name) => name === 'dnf'),
    /^sudo dnf/,
  );
  assert.match(
    howToInstallNats('linux', () => false),
    /PATH/,
  );
});
