import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { NO_REGISTRY } from '../../../pipeline/kpi/definitions/definition-context.ts';
import { loadDefinitions } from '../../../pipeline/kpi/definitions/load-definitions.ts';
import type { GroupKpi } from '../../../pipeline/kpi/group-kpi.ts';

/** The property of the events that are folded; the ten definitions are about it. */
export const PROPERTY = 'pm25';

/** What a value lies above to be one too many. */
export const THRESHOLD = 50;

type Written = readonly [name: string, measures: string, value: string];

/** Ten usual definitions over one property. */
const TEN: readonly Written[] = [
  ['count', '{ n: { count: {} } }', 'n'],
  ['sum', '{ total: { sum: value } }', 'total'],
  ['mean', '{ average: { mean: value } }', 'average'],
  ['min', '{ lowest: { min: value } }', 'lowest'],
  ['max', '{ highest: { max: value } }', 'highest'],
  ['first', '{ opening: { first: value } }', 'opening'],
  ['last', '{ closing: { last: value } }', 'closing'],
  ['range', '{ lowest: { min: value }, highest: { max: value } }', 'highest - lowest'],
  ['share', `{ above: { count: { value: { gt: ${THRESHOLD} } } }, n: { count: {} } }`, '100 * above / n'],
  ['deviation', `{ over: { mean: { of: value - ${THRESHOLD} } } }`, 'over'],
];

/** The ten definitions with this window, read by the language of packs itself. */
export function tenKpis(window: string): readonly GroupKpi[] {
  return tenAmong(window, TEN.length);
}

/** The mean alone. */
export function meanKpi(window: string): readonly GroupKpi[] {
  return tenKpis(window).filter(({ id }) => id.endsWith('.mean'));
}

/**
 * The ten that match and so many others that match no event of the bench: each about a property of its own, or about
 * cases of a type of its own.
 */
export function tenAmong(window: string, all: number): readonly GroupKpi[] {
  const matching = TEN.map((one) => definition(one, window, `property: ${PROPERTY}`));
  const others = Array.from({ length: all - TEN.length }, (_, index) => {
    const [name, measures, value] = TEN[index % TEN.length]!;
    if (index % 4 === 3) return caseDefinition(`cases_${index}`, window, `type-${index}`);
    return definition([`${name}_${index}`, measures, value], window, `property: other_${index}`);
  });
  return compiled([...matching, ...others]);
}

function definition([name, measures, value]: Written, window: string, where: string): string {
  return `- id: environment.${name}
  version: 1
  title: { vi: ${name}, en: ${name} }
  unit: ug/m3
  from: measurement
  where: { ${where} }
  by: [entity]
  window: { ${window}, lateness: 6h }
  measures: ${measures}
  value: ${value}
  fresh: { max: 30m }
  visibility: public
  source: the bench
`;
}

function caseDefinition(name: string, window: string, type: string): string {
  return definition([name, '{ n: { count: {} } }', 'n'], window, `caseType: ${type}`)
    .replace('from: measurement', 'from: case')
    .replace('by: [entity]', 'by: [area]\n  at: openedAt');
}

function compiled(definitions: readonly string[]): readonly GroupKpi[] {
  const folder = mkdtempSync(join(tmpdir(), 'haidang-bench-pack-'));
  try {
    writeFileSync(join(folder, 'bench.yaml'), definitions.join(''));
    return loadDefinitions(NO_REGISTRY, folder).groups;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
