import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConfigurationError } from '../../errors.ts';
import type { CompiledKpi } from '../compiled-kpi.ts';
import { NO_REGISTRY } from './definition-context.ts';
import { loadDefinitions } from './load-definitions.ts';
import { defaultRegistryFolder, loadRegistry } from '../registry/load-registry.ts';

const GOOD = `- id: environment.mean
  version: 1
  title: { vi: Trung bình, en: Mean }
  unit: ug/m3
  from: measurement
  by: [entity]
  window: { tumbling: 1h, lateness: 6h }
  measures:
    average: { mean: pm25 }
    readings: { count: pm25 }
  value: average
  samples: readings
  fresh: { max: 30m }
  visibility: public
  source: a test
`;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'haidang-packs-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function load(text: string): readonly CompiledKpi[] {
  writeFileSync(join(folder, 'pack.yaml'), text);
  return loadDefinitions(NO_REGISTRY, folder).stations;
}

function refusal(text: string): string {
  try {
    load(text);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message.replaceAll(`${folder}/`, '');
    throw error;
  }
  throw new Error('it was accepted');
}

const mistakes: readonly (readonly [string, string, string, string])[] = [
  ['an unknown field', 'unit: ug/m3', 'units: ug/m3', 'pack.yaml:4:3: "units" is not known here'],
  ['a missing field', '  unit: ug/m3\n', '', 'pack.yaml:1:3: unit must be given'],
  ['an unknown subsystem', 'environment.mean', 'weather.mean', 'pack.yaml:1:3: "weather" is no subsystem'],
  ['an unknown measure', 'value: average', 'value: avg', 'pack.yaml:11:3: "avg" is no measure'],
  ['no expression', 'value: average', 'value: average +', 'pack.yaml:11:3: "average +": it ends too early'],
  [
    'two kinds of window',
    'tumbling: 1h',
    'tumbling: 1h, calendar: day',
    'pack.yaml:7:3: give either tumbling',
  ],
  ['no window', 'tumbling: 1h, ', '', 'pack.yaml:7:3: give one of tumbling, hopping, calendar, period'],
  [
    'a lookback without hours',
    '1h, lateness',
    '1h, lookback: 3h, lateness',
    'pack.yaml:7:27: only hours measures',
  ],
  ['mixed measures', '{ count: pm25 }', '{ hours: pm25 }', 'pack.yaml:8:3: hours cannot stand beside'],
  [
    'a property in two hours measures',
    'average: { mean: pm25 }\n    readings: { count: pm25 }',
    'average: { hours: pm25 }\n    readings: { ownHours: pm25 }',
    'pack.yaml:8:3: a property stands in two hours measures',
  ],
  ['a reserved name', 'readings: {', 'window: {', 'pack.yaml:10:5: window has a meaning already'],
  [
    'no samples of a station',
    'readings: { count: pm25 }\n  value: average\n  samples: readings\n',
    "readings: { expected: '*' }\n  value: average\n",
    'pack.yaml:1:3: samples must be given',
  ],
  [
    'value and parts',
    'value: average',
    'value: average\n  parts: { a: average }',
    'give either value or parts',
  ],
  [
    'falling bands',
    'unit:',
    'bands: [{ state: bad }, { state: good }]\n  unit:',
    'pack.yaml:4:3: bounds must rise',
  ],
  ['broken YAML', 'by: [entity]', 'by: [entity', 'this is not valid YAML'],
];

describe('loadDefinitions', () => {
  it('reads the packs of the product: the six KPIs of the environment', () => {
    expect(
      loadDefinitions(loadRegistry([defaultRegistryFolder()])).stations.map(
        (kpi) => `${kpi.id} ${kpi.window} ${String(kpi.lookbackHours)} ${kpi.visibility}`,
      ),
    ).toMatchInlineSnapshot(`
      [
        "environment.pm25_mean_1h hour 0 public",
        "environment.us_nowcast_pm25 hour 11 internal",
        "environment.us_aqi_pm25 hour 11 internal",
        "environment.vn_aqi_hour hour 11 public",
        "environment.vn_aqi_day day 7 public",
        "environment.data_availability day 0 public",
      ]
    `);
  });

  it.each(mistakes)('refuses %s, with the line', (_, before, after, expected) => {
    expect(GOOD).toContain(before);
    expect(refusal(GOOD.replace(before, after))).toContain(expected);
  });

  it('refuses an id that stands twice, even in two files', () => {
    writeFileSync(join(folder, 'a.yaml'), GOOD);
    expect(refusal(GOOD)).toContain('pack.yaml:1:3: "environment.mean" is there already');
  });

  it('gives a hash that follows what changes a value and nothing else', () => {
    const hash = (text: string): string => load(text)[0]?.hash ?? '';
    const first = hash(GOOD);
    for (const [before, after] of [
      ['en: Mean', 'en: Average'],
      ['max: 30m', 'max: 2h'],
      ['visibility: public', 'visibility: internal'],
      ['source: a test', 'source: another test\n  bands: [{ state: good }]'],
    ] as const) {
      expect(hash(GOOD.replace(before, after)), after).toBe(first);
    }
    for (const [before, after] of [
      ['mean: pm25', 'mean: pm10'],
      ['value: average', 'value: average * 2'],
      ['lateness: 6h', 'lateness: 7h'],
      ['version: 1', 'version: 2'],
    ] as const) {
      expect(hash(GOOD.replace(before, after)), after).not.toBe(first);
    }
  });
});
