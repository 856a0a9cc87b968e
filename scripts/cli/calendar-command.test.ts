import { strict as assert } from 'node:assert';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'vitest';

import { loadRegistry } from '../../pipeline/kpi/registry/load-registry.ts';
import { proposalYaml } from './calendar-command.ts';

test('what is proposed is a file that the registry takes', () => {
  const folder = mkdtempSync(join(tmpdir(), 'haidang-proposal-'));
  try {
    writeFileSync(join(folder, 'holidays.yaml'), proposalYaml(2028));
    const { holidays } = loadRegistry([folder]);
    assert.deepEqual(holidays.get('tet-2028')?.days, [
      ...['2028-01-24', '2028-01-25', '2028-01-26', '2028-01-27', '2028-01-28'],
    ]);
    assert.equal(holidays.get('tet-2028')?.proposed, true);
    assert.equal(holidays.get('new-year-2028')?.proposed, false);
    assert.deepEqual(holidays.get('new-year-2028')?.days, ['2028-01-01', '2028-01-03']);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a day between two rests is named as a bridge, not given away', () => {
  assert.match(proposalYaml(2026), /# 2026-08-31 stands alone/);
  assert.doesNotMatch(proposalYaml(2026), /^ +swaps/m);
});
