import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { loadDefinitions, type Definitions } from '../definitions/load-definitions.ts';
import { NO_REGISTRY } from '../definitions/definition-context.ts';

/** Definitions over events that derived ones of tests read: counts of reports and of guests. */
export const BASE_PACK = `
- id: citizen-reports.complaints
  version: 1
  title: { vi: Phản ánh, en: Complaints }
  unit: '1'
  from: case
  by: [area]
  at: openedAt
  window: { calendar: month, lateness: 6h }
  measures: { n: { count: {} } }
  value: n
  fresh: { max: 1d }
  visibility: public
  source: test
- id: tourism.guests
  version: 1
  title: { vi: Khách, en: Guests }
  unit: '1'
  from: measurement
  by: [area]
  window: { calendar: day, lateness: 6h }
  measures: { n: { sum: guests } }
  value: n
  fresh: { max: 1d }
  visibility: public
  source: test
- id: environment.level
  version: 1
  title: { vi: Mực nước, en: Level }
  unit: m
  from: measurement
  by: [entity]
  window: { tumbling: 1h, lateness: 6h }
  measures: { m: { mean: level } }
  value: m
  fresh: { max: 1d }
  visibility: public
  source: test
`;

/** What every derived definition of a test says alike. */
export function derivedYaml(id: string, rest: string): string {
  return `
- id: ${id}
  version: 1
  title: { vi: Thử, en: Test }
  unit: '1'
  from: kpi
  fresh: { max: 1d }
  visibility: public
  source: test
${rest
  .split('\n')
  .map((line) => `  ${line}`)
  .join('\n')}
`;
}

/** Reads the base pack with these derived definitions behind it. */
export function definitionsWith(...derived: readonly string[]): Definitions {
  const folder = mkdtempSync(join(tmpdir(), 'haidang-derived-'));
  try {
    writeFileSync(join(folder, 'test.yaml'), BASE_PACK + derived.join(''));
    return loadDefinitions(NO_REGISTRY, folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
