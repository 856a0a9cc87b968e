import { strict as assert } from 'node:assert';
import { test } from 'vitest';

import type { Kpi } from '../../kpi/kpi.ts';
import { definitionChanges, type KnownVersion } from './definitions-diff.ts';

const kpi = (version: number, hash: string, unit = '1'): Kpi =>
  ({ id: 'a.b', version, hash, unit }) as Partial<Kpi> as Kpi;

// [case, what runs, what is asked for, what ran last, what becomes of it]
const cases = [
  ['never seen', null, kpi(1, 'x'), null, 'new'],
  ['the same', kpi(1, 'x'), kpi(1, 'x'), { version: 1, hash: 'x' }, 'unchanged'],
  ['another unit', kpi(1, 'x'), kpi(1, 'x', '%'), { version: 1, hash: 'x' }, 'retold'],
  ['another value', kpi(1, 'x'), kpi(1, 'y'), { version: 1, hash: 'x' }, 'refused'],
  ['another value, a new version', kpi(1, 'x'), kpi(2, 'y'), { version: 1, hash: 'x' }, 'changed'],
  ['an older version', kpi(3, 'x'), kpi(2, 'y'), { version: 3, hash: 'x' }, 'refused'],
  ['gone', kpi(1, 'x'), null, { version: 1, hash: 'x' }, 'dropped'],
  ['dropped, comes back', null, kpi(1, 'x'), { version: 1, hash: 'x' }, 'new'],
  ['dropped, comes back with another value', null, kpi(1, 'y'), { version: 1, hash: 'x' }, 'refused'],
  ['dropped, comes back with a new version', null, kpi(2, 'y'), { version: 1, hash: 'x' }, 'new'],
] as const satisfies readonly (readonly [string, Kpi | null, Kpi | null, KnownVersion | null, string])[];

for (const [name, running, wanted, known, kind] of cases) {
  test(`a definition that is ${name}: ${kind}`, () => {
    const list = (one: Kpi | null): readonly Kpi[] => (one === null ? [] : [one]);
    const versions = new Map(known === null ? [] : [['a.b', known] as const]);
    const changes = definitionChanges(list(running), list(wanted), versions);
    assert.deepEqual(
      changes.map((change) => change.kind),
      [kind],
    );
    assert.equal(changes[0]?.hint !== '', kind === 'refused');
  });
}
