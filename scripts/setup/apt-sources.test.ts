import { strict as assert } from 'node:assert';
import { test } from 'vitest';

import { nextSuiteSources } from './apt-sources.ts';

const deb822 = `# comment
Types: deb
# http://snapshot.invalid/archive
URIs: http://mirror.invalid/debian
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By: /usr/share/keyrings/archive.gpg

Types: deb
URIs: http://mirror.invalid/debian-security
Suites: bookworm-security
Components: main
Signed-By: /usr/share/keyrings/archive.gpg
`;

test('of deb822 sources only the main entry of the suite is taken, with its mirror and its keys', () => {
  const files = nextSuiteSources([{ name: 'debian.sources', content: deb822 }], 'bookworm', 'trixie');
  assert.deepEqual(files, [
    {
      name: 'next-0.sources',
      content: `Types: deb
URIs: http://mirror.invalid/debian
Suites: trixie
Components: main
Signed-By: /usr/share/keyrings/archive.gpg
`,
    },
  ]);
});

test('of a one-line list only the main entry of the suite is taken, with its options', () => {
  const content = `# deb http://off.invalid/debian bookworm main
deb [arch=amd64 signed-by=/k.gpg] http://mirror.invalid/debian bookworm main contrib # ours
deb-src http://mirror.invalid/debian bookworm main
deb http://mirror.invalid/debian bookworm-updates main
deb http://other.invalid/apt stable main
`;
  assert.deepEqual(nextSuiteSources([{ name: 'sources.list', content }], 'bookworm', 'trixie'), [
    {
      name: 'next-0.list',
      content: 'deb [arch=amd64 signed-by=/k.gpg] http://mirror.invalid/debian trixie main\n',
    },
  ]);
});

test('a key written into the entry goes with it', () => {
  const content = `Types: deb
URIs: http://mirror.invalid/debian
Suites: bookworm
Components: main
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 abc
 -----END PGP PUBLIC KEY BLOCK-----
`;
  const [file] = nextSuiteSources([{ name: 'debian.sources', content }], 'bookworm', 'trixie');
  assert.match(file?.content ?? '', /Signed-By:\n -----BEGIN[^]*abc\n -----END/);
});

for (const [what, content] of [
  ['disabled', 'Enabled: no\nTypes: deb\nURIs: http://m.invalid\nSuites: bookworm\nComponents: main\n'],
  ['for sources only', 'Types: deb-src\nURIs: http://m.invalid\nSuites: bookworm\nComponents: main\n'],
  ['of another suite', 'Types: deb\nURIs: http://m.invalid\nSuites: nodistro\nComponents: main\n'],
] as const) {
  test(`an entry that is ${what} is left out`, () => {
    assert.deepEqual(nextSuiteSources([{ name: 'x.sources', content }], 'bookworm', 'trixie'), []);
  });
}
