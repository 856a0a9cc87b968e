import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConfigurationError } from '../../../errors.ts';
import { NOW_SQL } from '../../../window/group/group-plan.ts';
import type { GroupKpi, GroupWindow } from '../../group-kpi.ts';
import { defaultRegistryFolder, loadRegistry } from '../../registry/load-registry.ts';
import { NO_REGISTRY } from '../definition-context.ts';
import type { DefinitionRegistry } from '../definition-context.ts';
import { familiesOf } from '../families.ts';
import { targetOf } from '../kpi-facts.ts';
import { loadDefinitions } from '../load-definitions.ts';
import type { Definitions } from '../load-definitions.ts';

/** The example of the design, section 7. */
const ON_TIME = `- id: citizen-reports.on_time_rate
  version: 1
  title: { vi: Tỷ lệ phản ánh xử lý đúng hạn, en: Reports handled on time }
  unit: "%"
  from: case
  where: { caseType: field-report, attributes.withinJurisdiction: true, status: { not: [refused, withdrawn] } }
  by: [area]
  at: { earliest: [completedAt, dueAt] }
  window: { calendar: month, emit: 10s, lateness: 7d }
  measures:
    due:    { count: {} }
    onTime: { count: { completedAt: { lte: dueAt } } }
  value: 100 * onTime / due
  minDenominator: 10
  fresh: { max: 15m, during: office-hours }
  bands: [{ below: 80, state: bad }, { below: 95, state: watch }, { state: good }]
  targets: [{ value: 90 }, { value: 95, area: vung-tau }, { value: 97, area: vung-tau, year: 2026 }]
  visibility: public
  source: the province's own rule
`;

/** A definition over measurements, with what differs put in. */
const MEANS = `- id: environment.means
  version: 1
  title: { vi: Trung bình, en: Means }
  unit: ug/m3
  from: measurement
  by: [area.district]
  window: { hopping: { size: 24h, advance: 10m }, lateness: 6h }
  measures:
    average: { mean: pm25 }
  value: average
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

function load(text: string, registry: DefinitionRegistry = NO_REGISTRY): Definitions {
  writeFileSync(join(folder, 'pack.yaml'), text);
  return loadDefinitions(registry, folder);
}

function groupOf(text: string, registry?: DefinitionRegistry): GroupKpi {
  const [kpi] = load(text, registry).groups;
  if (kpi === undefined) throw new Error('no definition over groups');
  return kpi;
}

function refusal(text: string, registry?: DefinitionRegistry): string {
  try {
    load(text, registry);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message.replaceAll(`${folder}/`, '');
    throw error;
  }
  throw new Error('it was accepted');
}

function windowOf(measures: Readonly<Record<string, number>>, rows = 1): GroupWindow {
  const measure = (name: string): number => measures[name] ?? NaN;
  return { measure, rows, asOf: 5, start: 0, end: 10, complete: true };
}

describe('a definition over groups', () => {
  it('is read as the design writes it', () => {
    const kpi = groupOf(ON_TIME);
    const { family, rule, slots } = kpi.plan;
    expect([family.kind, family.by.map(({ name }) => name), rule.text]).toEqual([
      'case',
      ['area'],
      'calendar month',
    ]);
    expect([...slots.keys()]).toEqual(['due', 'onTime']);
    expect([kpi.latenessSeconds, kpi.emitSeconds, kpi.freshSeconds]).toEqual([604_800, 10, 900]);
    expect([kpi.freshDuring, kpi.formula]).toEqual(['office-hours', '100 * onTime / due']);
    expect(family.at.sql).toContain('completed_at');
  });

  it('has a numerator and a denominator where its value is a share', () => {
    const kpi = groupOf(ON_TIME);
    expect(kpi.evaluate(windowOf({ due: 40, onTime: 30 }, 40))).toEqual({
      ...{ value: 75, numerator: 30, denominator: 40, samples: 40, asOf: 5, attributes: {} },
    });
  });

  it('says that there is no value below the smallest denominator, and no row without rows', () => {
    const kpi = groupOf(ON_TIME);
    const few = kpi.evaluate(windowOf({ due: 9, onTime: 3 }, 9));
    expect([few?.value, few?.numerator, few?.denominator, few?.samples]).toEqual([null, 3, 9, 9]);
    expect(kpi.evaluate(windowOf({ due: 0, onTime: 0 }, 2))?.value).toBeNull();
    expect(kpi.evaluate(windowOf({ due: 0, onTime: 0 }, 0))).toBeNull();
  });

  it('takes the target that names most', () => {
    const { targets } = groupOf(ON_TIME);
    const of = (area: string, year: number): number | null => targetOf(targets, { area, year, agency: '' });
    expect([of('ba-ria', 2026), of('vung-tau', 2025), of('vung-tau', 2026)]).toEqual([90, 95, 97]);
    expect(targetOf([], { area: '', agency: '', year: 2026 })).toBeNull();
  });

  it.each([
    ['value: 100 * onTime / due', ['onTime', 'due']],
    ['value: onTime / due', ['onTime', 'due']],
    ['value: 100 * (onTime / due)', ['onTime', 'due']],
    ['value: (onTime + 1) / (due + 1)', ['binary', 'binary']],
    ['value: onTime / 60\n  minDenominator: 1', null],
    ['value: onTime - due\n  minDenominator: 1', null],
  ])('finds the two sides of %s, or says that there are none', (value, sides) => {
    const text = ON_TIME.replace('value: 100 * onTime / due\n  minDenominator: 10', value);
    if (sides === null) return expect(refusal(text)).toContain('there is no denominator');
    const content = groupOf(text).evaluate(windowOf({ due: 4, onTime: 3 }));
    const expected = sides[0] === 'binary' ? [4, 5] : [3, 4];
    expect([content?.numerator, content?.denominator]).toEqual(expected);
  });

  it('counts good plain readings of its properties only, and any quality where it says so', () => {
    expect(groupOf(MEANS).plan.family.test?.sql).toMatch(/quality = 'good'.*property = 'pm25'|period = ''/);
    const both = groupOf(
      MEANS.replace('average: { mean: pm25 }', "average: { mean: pm25 }\n    all: { received: '*' }"),
    );
    expect(both.plan.family.test?.sql).not.toContain('quality');
    expect(both.plan.slots.get('average')?.test?.sql).toContain(`quality = 'good'`);
    expect(both.plan.slots.get('all')?.test).toBeNull();
    const named = groupOf(MEANS.replace('by:', 'where: { quality: [good, suspect] }\n  by:'));
    expect(named.plan.family.test?.sql).not.toContain(`quality = 'good'`);
  });

  it.each([
    ['mean: pm25', 'mean: { of: pm25, where: { value: { gt: 3 } } }', `value > 3`],
    ['mean: pm25', 'quantile: { of: pm25, p: 0.9 }', ''],
    ['mean: pm25', 'topk: { of: entity, k: 3 }', ''],
    ['mean: pm25', 'distinct: entity', ''],
    ['mean: pm25', 'rateOfChange: pm25', ''],
    ['mean: pm25', 'count: pm25', ''],
    ['mean: pm25', "count: '*'", ''],
    ['mean: pm25', 'sum: value * 2', ''],
  ])('reads %s as %s', (before, after, test) => {
    const kpi = groupOf(MEANS.replace(before, after));
    expect(kpi.plan.slots.get('average')?.test?.sql ?? '').toContain(test);
    expect(kpi.itemsOf).toBe(after.startsWith('topk') ? 'average' : null);
  });

  it('takes statistics of one length, at the end of their period, in windows that hold them whole', () => {
    const monthly = MEANS.replace(
      'window: { hopping: { size: 24h, advance: 10m }',
      'statistics: month\n  window: { calendar: quarter',
    );
    expect(groupOf(monthly).plan.family.at.codes).toEqual(['period']);
    for (const window of ['calendar: week', 'calendar: day', 'period: report-month', 'tumbling: 30d']) {
      expect(refusal(monthly.replace('calendar: quarter', window)), window).toContain(
        'pack.yaml:7:3: a month does not lie whole in every window of',
      );
    }
  });

  it('tells states on a grid, of which now is the instant', () => {
    const open = ON_TIME.replace('  at: { earliest: [completedAt, dueAt] }\n', '')
      .replace('calendar: month, emit: 10s', 'every: 1h')
      .replace('completedAt: { lte: dueAt }', 'dueAt: { lt: now }');
    const { plan } = groupOf(open);
    expect([plan.family.state, plan.rule.text, plan.rule.sliceMs]).toEqual([
      { withinMs: 0 },
      'every 1h',
      3_600_000,
    ]);
    expect(plan.slots.get('onTime')?.test?.sql).toContain(NOW_SQL);
    const online = MEANS.replace('hopping: { size: 24h, advance: 10m }', 'every: 15m, within: 10m');
    expect(groupOf(online).plan.family.state).toEqual({ withinMs: 600_000 });
    for (const [text, expected] of [
      [ON_TIME.replace('calendar: month', 'every: 1h'), 'states have no at'],
      [ON_TIME.replace('lte: dueAt', 'lte: now'), '"now" is no field of a case'],
      [open.replace('every: 1h', 'every: 90m'), 'a grid of states divides an hour'],
      [open.replace('every: 1h', 'every: 1h, calendar: day'), 'every stands beside calendar'],
      [open.replace('every: 1h', 'every: 1h, within: 5m'), 'a state of rows lasts until their next version'],
      [online.replace(', within: 10m', ''), 'within must be given'],
      [MEANS.replace('lateness', 'within: 10m, lateness'), 'only states look back'],
    ] as const) {
      expect(refusal(text), text).toContain(expected);
    }
  });

  it('counts registered entities beside states of measurements, by area or entity', () => {
    const share = MEANS.replace('hopping: { size: 24h, advance: 10m }', 'every: 15m, within: 10m')
      .replace(
        'average: { mean: pm25 }',
        'alive: { count: pm25 }\n    known: { entities: { class: standard } }',
      )
      .replace('value: average', 'value: 100 * alive / known');
    const { slots } = groupOf(share).plan;
    expect(slots.get('known')?.entities).toBe(`subsystem = 'environment' AND class = 'standard'`);
    for (const [text, expected] of [
      [share.replace('every: 15m, within: 10m', 'tumbling: 15m'), 'beside states of measurements'],
      [share.replace('area.district', 'property'), 'the registry knows areas and entities only'],
      [share.replace('class: standard', 'class: gold'), 'class must be'],
    ] as const) {
      expect(refusal(text), text).toContain(expected);
    }
  });

  it('shares a family with definitions over the same rows, and a slot with equal measures', () => {
    const two = `${ON_TIME}${ON_TIME.replace('on_time_rate', 'late_share')
      .replace('100 * onTime / due', '100 * (due - onTime) / due')
      .replace('calendar: month', 'calendar: quarter')}`;
    const families = familiesOf(load(two).groups);
    expect(families.map(({ slots }) => slots.length)).toEqual([2]);
  });

  it('has a hash that follows what changes a value and nothing else', () => {
    const hash = (text: string): string => groupOf(text).hash;
    const first = hash(ON_TIME);
    for (const [before, after] of [
      ['en: Reports', 'en: Cases'],
      ['max: 15m, during: office-hours', 'max: 2h'],
      ['value: 90', 'value: 91'],
      ['emit: 10s', 'emit: 20s'],
      ['below: 80', 'below: 81'],
      [
        'caseType: field-report, attributes.withinJurisdiction: true',
        'attributes.withinJurisdiction: true, caseType: field-report',
      ],
    ] as const) {
      expect(hash(ON_TIME.replace(before, after)), after).toBe(first);
    }
    for (const [before, after] of [
      ['version: 1', 'version: 2'],
      ['[refused, withdrawn]', '[refused]'],
      ['by: [area]', 'by: [agency]'],
      ['earliest', 'latest'],
      ['calendar: month', 'calendar: quarter'],
      ['lte: dueAt', 'lt: dueAt'],
      ['100 *', '10 *'],
      ['minDenominator: 10', 'minDenominator: 9'],
      ['lateness: 7d', 'lateness: 6d'],
    ] as const) {
      expect(hash(ON_TIME.replace(before, after)), after).not.toBe(first);
    }
  });
});

const mistakes: readonly (readonly [string, string, string, string])[] = [
  [
    'a field that is none',
    'caseType: field',
    'caseTyp: field',
    `pack.yaml:6:12: "caseTyp" is no field of a case (did you mean caseType?)`,
  ],
  [
    'a status that is none',
    '[refused,',
    '[refusd,',
    `"refusd" is no value of status (did you mean refused?)`,
  ],
  [
    'a key that is none',
    'by: [area]',
    'by: [agncy]',
    `pack.yaml:7:8: "agncy" is no field of a case (did you mean agency?)`,
  ],
  ['a level that is none', 'by: [area]', 'by: [area.distrct]', `"area.distrct" is no level of areas`],
  [
    'an aggregate that is none',
    'due:    { count: {} }',
    'due:    { cuont: {} }',
    `pack.yaml:11:15: "cuont" is not known here (did you mean count?)`,
  ],
  [
    'a measure that is none',
    '100 * onTime / due',
    '100 * onTme / due',
    `"onTme" is no measure of this definition (did you mean onTime?)`,
  ],
  [
    'a function that is none',
    '100 * onTime / due',
    'largr(onTime, due)',
    `"largr" is no function (did you mean larger?)`,
  ],
  [
    'a window that is none',
    'calendar: month',
    'calendar: mnth',
    `"mnth" is no window of the calendar (did you mean month?)`,
  ],
  ['no time for a case', '  at: { earliest: [completedAt, dueAt] }\n', '', `pack.yaml:1:3: at must be given`],
  [
    'a quantile without a share',
    '{ count: {} }',
    '{ quantile: { of: rating } }',
    `quantile needs p: a share`,
  ],
  ['a share of a mean', '{ count: {} }', '{ mean: { of: rating, p: 0.5 } }', `mean takes no p`],
  ['a mean of nothing', '{ count: {} }', '{ mean: {} }', `mean of what?`],
  ['a mean of a text', '{ count: {} }', '{ mean: agency }', `"agency" is no number`],
  ['an entity and its area', 'by: [area]', 'by: [entity, area]', `an entity has its area already`],
  ['a field twice', 'by: [area]', 'by: [area, area.district]', `a field stands twice`],
  ['a word of SQL', 'due:    { count: {} }', 'rows:   { count: {} }', `rows has a meaning already`],
  ['periods of cases', 'by: [area]', 'by: [area]\n  statistics: month', `only measurements carry a period`],
  ['a field of stations', 'by: [area]', 'by: [area]\n  completeness: 75', `stations`],
];

describe('a mistake in a definition over groups', () => {
  it.each(mistakes)('is told with line, column and a hint: %s', (_, before, after, expected) => {
    expect(ON_TIME).toContain(before);
    expect(refusal(ON_TIME.replace(before, after))).toContain(expected);
  });

  it('is told of a property that no registry knows', () => {
    const registry = loadRegistry([defaultRegistryFolder()]);
    expect(groupOf(MEANS, registry).id).toBe('environment.means');
    expect(refusal(MEANS.replace('pm25', 'mp25'), registry)).toContain(
      `pack.yaml:9:16: "mp25" is no property (did you mean pm25?)`,
    );
  });

  it('is told of a person as a key', () => {
    const posts = MEANS.replace('from: measurement', 'from: post').replace('mean: pm25', 'count: {}');
    expect(refusal(posts.replace('area.district', 'author'))).toContain(
      '"author" says something of a person',
    );
    expect(groupOf(posts.replace('count: {}', 'distinct: author')).plan.slots.size).toBe(1);
    expect(refusal(posts.replace('count: {}', 'topk: { of: author, k: 3 }'))).toContain(
      'says something of a person',
    );
  });
});

describe('an identity', () => {
  const pack = (identity: string): string => {
    const one = (name: string): string => ON_TIME.replace('on_time_rate', name).replaceAll(/^(?=.)/gm, '  ');
    return `kpis:\n${one('early')}${one('on_time')}${one('done')}identities:\n  - ${identity}\n`;
  };

  it('is read over ids of KPIs', () => {
    const { identities } = load(
      pack(
        '{ id: citizen-reports.sum, left: citizen-reports.early+citizen-reports.on_time, right: citizen-reports.done, tolerance: 0.5 }',
      ),
    );
    expect(identities[0]?.kpis).toEqual([
      'citizen-reports.early',
      'citizen-reports.on_time',
      'citizen-reports.done',
    ]);
    expect(identities[0]?.left).toMatchObject({
      kind: 'binary',
      operator: '+',
      right: { name: 'citizen-reports.on_time' },
    });
    expect(identities[0]?.tolerance).toBe(0.5);
  });

  it.each([
    ['citizen-reports.ealy', `"citizen-reports.ealy" is no KPI (did you mean citizen-reports.early?)`],
    ['citizen-reports.early +', 'it ends too early'],
    ['early', `"early" is no id of a KPI`],
  ])('is refused when it says %s', (left, expected) => {
    const text = pack(`{ id: citizen-reports.sum, left: ${left}, right: citizen-reports.done }`);
    expect(refusal(text)).toMatch(/^pack\.yaml:\d+:\d+: /);
    expect(refusal(text)).toContain(expected);
  });

  it('is refused over KPIs of other windows', () => {
    const text = pack(
      '{ id: citizen-reports.sum, left: citizen-reports.early, right: citizen-reports.done }',
    );
    expect(refusal(text.replace('calendar: month', 'calendar: day'))).toContain('differ in window or key');
  });
});
