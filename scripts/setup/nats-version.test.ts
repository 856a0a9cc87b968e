import { strict as assert } from 'node:assert';
import { test } from 'vitest';

import { decideDurability, isAtLeast, parseVersion, type Version } from './nats-version.ts';

// [text, version]
const texts = [
  ['nats-server: v2.10.27', [2, 10, 27]],
  ['2.9.10-1+b3', [2, 9, 10]],
  ['nats-server: v2.12.0-RC.1', [2, 12, 0]],
  ['(none)', undefined],
] as const;

for (const [text, version] of texts) {
  test(`the version in "${text}" is ${version?.join('.') ?? 'unknown'}`, () => {
    assert.deepEqual(parseVersion(text), version);
  });
}

test('versions compare by number, not by text', () => {
  assert.equal(isAtLeast([2, 9, 10], [2, 10, 0]), false);
  assert.equal(isAtLeast([2, 10, 0], [2, 10, 0]), true);
  assert.equal(isAtLeast([3, 0, 0], [2, 10, 23]), true);
  assert.equal(isAtLeast([2, 10, 9], [2, 10, 23]), false);
});

// version, asked for: what happens, and what the message says
const decisions: readonly [Version, 'strict' | 'relaxed' | undefined, string, RegExp | undefined][] = [
  [[2, 9, 10], undefined, 'relaxed', /2\.9\.10 cannot sync/],
  [[2, 9, 10], 'relaxed', 'relaxed', undefined],
  [[2, 9, 10], 'strict', 'refused', /needs nats-server >= 2\.10, found 2\.9\.10/],
  [[2, 10, 0], undefined, 'strict', />= 2\.10\.23/],
  [[2, 10, 22], 'strict', 'strict', />= 2\.10\.23/],
  [[2, 10, 22], 'relaxed', 'relaxed', />= 2\.10\.23/],
  [[2, 10, 23], undefined, 'strict', undefined],
  [[2, 11, 0], 'relaxed', 'relaxed', undefined],
];

for (const [version, asked, outcome, message] of decisions) {
  test(`nats-server ${version.join('.')} with ${asked ?? 'no mode'} asked for ends ${outcome}`, () => {
    const decision = decideDurability(version, asked);
    const words = decision.kind === 'refused' ? decision.reason : decision.warning;
    assert.equal(decision.kind === 'run' ? decision.durability : decision.kind, outcome);
    if (message === undefined) assert.equal(words, undefined);
    else assert.match(words ?? '', message);
  });
}
