import { describe, expect, it, vi } from 'vitest';
import { parse } from 'yaml';

import { decodeBatch } from '../../model/batch/batch.ts';
import type { Batch } from '../../model/batch/batch.ts';
import { BatchBuilder } from '../../model/batch/batch-builder.ts';
import type { CaseEvent, Event, MeasurementEvent, PostEvent } from '../../model/event.ts';
import type { EventKind } from '../../model/subsystem.ts';
import type { RowNumber, RowTest, RowText } from '../../window/group/row-program.ts';
import { ruleOf } from '../windows/windows-testing.ts';
import { areaText } from './areas.ts';
import { ROW_FIELDS } from './fields.ts';
import { readKey, readText } from './read/read-key.ts';
import { readNumber } from './read/read-number.ts';
import { readTest } from './read/read-test.ts';
import { readTime } from './read/read-time.ts';
import { hintOf, rowScope } from './row-scope.ts';
import type { RowScope } from './row-scope.ts';
import { drawsOf, randomEvents, TEST_REGISTRY } from './rows-testing.ts';
import { periodNests, periodSpan } from './statistic-period.ts';

const T = Date.parse('2026-11-23T07:00:00Z');
const hour = 3_600_000;

const A_CASE: CaseEvent = {
  ...(randomEvents('case', 1, drawsOf(1))[0] as CaseEvent),
  ...{ entity: '', area: 'phuong-1', caseType: 'field-report', status: 'completed', agency: '', channel: '' },
  ...{
    openedAt: T,
    dueAt: T + 4 * hour,
    newDueAt: null,
    respondedAt: T + hour / 2,
    completedAt: T + 5 * hour,
  },
  ...{ closedAt: null, rating: null, attributes: '{"withinJurisdiction":true,"deaths":2,"ward":"5"}' },
};

function batchOf(kind: EventKind, events: readonly Event[]): Batch {
  const builder = new BatchBuilder(kind);
  for (const event of events) builder.add(event);
  return decodeBatch(kind, builder.finish());
}

function scopeOf(kind: EventKind, told: string[] = []): RowScope {
  return rowScope({
    kind,
    registry: TEST_REGISTRY,
    complain: (path, reason, hint) => told.push(`${path.join('.')}: ${reason} (${hint})`),
  });
}

/** Whether a condition, written as in a pack, holds of a case. */
function holds(written: string, changed: Partial<CaseEvent> = {}): boolean {
  const told: string[] = [];
  const test = readTest(parse(written), [], scopeOf('case', told));
  expect(told).toEqual([]);
  return test!.bind(batchOf('case', [{ ...A_CASE, ...changed }]))(0);
}

describe('a condition on a case', () => {
  it.each([
    ['{ caseType: field-report }', true],
    ['{ caseType: [dossier, field-report], status: { not: [refused, withdrawn] } }', true],
    ['{ status: { not: completed } }', false],
    ['{ "attributes.withinJurisdiction": true }', true],
    ['{ "attributes.deaths": { gte: 2, lt: 3 } }', true],
    ['{ "attributes.ward": "5" }', true],
    ['{ "attributes.ward": 5 }', false],
    ['{ "attributes.deaths": "2" }', false],
    ['{ "attributes.none": { exists: false }, "attributes.ward": { exists: true } }', true],
    ['{ completedAt: { lte: dueAt } }', false],
    ['{ completedAt: { lte: { field: dueAt, plus: 1h } } }', true],
    ['{ completedAt: { lt: { earliest: [dueAt, newDueAt] } } }', false],
    ['{ openedAt: { is: "2026-11-23T14:00:00+07:00" } }', true],
    ['{ openedAt: { gt: 2026-11-23T06:59:59.999Z } }', true],
    ['{ "minutesBetween(openedAt, respondedAt)": { lte: 30 } }', true],
    ['{ "minutesBetween(openedAt, respondedAt)": [30, 60] }', true],
    ['{ "hoursBetween(openedAt, completedAt) * 2": { is: 10 } }', true],
    ['{ area: phuong-1, area.district: vung-tau, area.province: ba-ria-vung-tau }', true],
    ['{ caseType: { startsWith: field } }', true],
    ['{ any: [{ agency: x }, { all: [{ caseType: field-report }, { not: { status: refused } }] }] }', true],
  ])('%s is %s', (written, expected) => {
    expect(holds(written)).toBe(expected);
  });

  it.each([
    ['{ agency: { not: x } }', true],
    ['{ agency: { exists: false } }', true],
    ['{ "attributes.none": { not: x } }', true],
    ['{ "attributes.none": { not: 1 } }', false],
    ['{ "attributes.none": { not: true } }', false],
    ['{ rating: { not: 5 } }', false],
    ['{ rating: { not: [4, 5] } }', false],
    ['{ not: { rating: 5 } }', true],
    ['{ closedAt: { not: dueAt } }', false],
    ['{ closedAt: { lte: dueAt } }', false],
    ['{ completedAt: { lte: closedAt } }', false],
    ['{ "hoursBetween(openedAt, closedAt)": { exists: false } }', true],
  ])('of what is absent: %s is %s', (written, expected) => {
    expect(holds(written)).toBe(expected);
  });
});

describe('a mistake in a condition', () => {
  it.each([
    ['{ casType: dossier }', 'casType: "casType" is no field of a case (did you mean caseType?)'],
    ['{ case_type: dossier }', 'case_type: "case_type" is no field of a case (did you mean caseType?)'],
    ['{ status: complete }', 'status: "complete" is no value of status (did you mean completed?)'],
    ['{ status: [completed, refusd] }', 'status.1: "refusd" is no value of status (did you mean refused?)'],
    ['{ caseType: 5 }', 'caseType: caseType is a text (write it in quotes: "5")'],
    ['{ caseType: { nott: x } }', 'caseType.nott: "nott" cannot be said of caseType (did you mean not?)'],
    [
      '{ caseType: { lt: x } }',
      'caseType.lt: "lt" cannot be said of caseType (one of is, not, startsWith, exists)',
    ],
    [
      '{ agency: "" }',
      'agency: a text is empty or holds control characters (exists: false finds absent texts)',
    ],
    ['{ agency: { exists: yes } }', 'agency.exists: exists is true or false (exists: true)'],
    ['{ agency: [] }', 'agency: a list has 1 to 500 values (such as [refused, withdrawn])'],
    ['{ rating: { gte: [4, 5] } }', 'rating.gte: gte takes one value (gte: 4)'],
    ['{ rating: { gte: dueAt } }', 'rating.gte: "dueAt" is a time where a number is needed'],
    ['{ dueAt: { lte: rating } }', 'dueAt.lte: "rating" is a number where a time is needed'],
    ['{ dueAt: { lte: 2026-02-30T00:00:00Z } }', 'dueAt.lte: "2026-02-30T00:00:00Z" is no instant'],
    [
      '{ dueAt: { lte: 2026-02-03T00:00:00 } }',
      'dueAt.lte: "2026-02-03T00:00:00" is no instant (RFC 3339 with an',
    ],
    ['{ dueAt: { lte: { field: openedAt, plus: 4 } } }', 'dueAt.lte.plus: "4" is no duration (such as 30s'],
    [
      '{ dueAt: { lte: { field: openedAt, pluss: 4h } } }',
      'dueAt.lte.pluss: "pluss" has no meaning here (did you',
    ],
    ['{ dueAt: { lte: { earliest: [] } } }', 'dueAt.lte.earliest: earliest chooses from 1 to 10 times'],
    ['{ area: vung-tua }', 'area: "vung-tua" is no value of area (did you mean vung-tau?)'],
    [
      '{ area.distrct: vung-tau }',
      'area.distrct: "area.distrct" is no level of areas (did you mean area.district?)',
    ],
    [
      '{ area.district: phuong-1 }',
      'area.district: "phuong-1" is no value of area.district (one of vung-tau,',
    ],
    ['{ any: {} }', 'any: any needs a list of conditions (any: [{ … }, { … }])'],
    ['{ any: [{}] }', 'any.0: the condition is empty (take it out)'],
    ['{ caseType: {} }', 'caseType: nothing is said of caseType (such as { not: refused })'],
    ['[caseType]', ': a mapping of fields is needed (such as { caseType: field-report })'],
    [
      '{ "hoursBetwen(openedAt, dueAt)": 1 }',
      '"hoursBetwen" is no function of a row (did you mean hoursBetween?)',
    ],
    ['{ "hoursBetween(openedAt)": 1 }', 'hoursBetween() takes 2 arguments (hoursBetween(time, time))'],
    ['{ "hoursBetween(openedAt, rating)": 1 }', 'hoursBetween() is given a number where a time is needed'],
    ['{ "dueAt - openedAt": 1 }', 'times stand on a side of "-" (minutesBetween(from, to)'],
  ])('%s is told', (written, expected) => {
    const told: string[] = [];
    readTest(parse(written), [], scopeOf('case', told));
    expect(told).toHaveLength(1);
    expect(told[0]).toContain(expected);
  });

  it('of nesting without end is told', () => {
    const told: string[] = [];
    let yaml: unknown = { rating: 5 };
    for (let depth = 0; depth < 12; depth++) yaml = { not: yaml };
    readTest(yaml, [], scopeOf('case', told));
    expect(told.join()).toContain('a condition is too deep or too long');
  });

  it('that asks for nothing is none', () => {
    expect(readTest({}, [], scopeOf('case'))).toBeNull();
  });
});

describe('texts of a row', () => {
  it('that say something of a person are counted, and no key', () => {
    const told: string[] = [];
    expect(readKey('author', ['by'], scopeOf('post', told))).toBeNull();
    expect(told).toEqual(['by: "author" says something of a person (it may be counted, never shown)']);
    expect(readText('author', ['by'], scopeOf('post'))?.sql).toBe('author');
  });

  it('of a list stand once each, in the order of their bytes', () => {
    const post = {
      ...randomEvents('post', 1, drawsOf(1))[0],
      topics: '["z","😀","\uFB03","a","z"]',
    } as PostEvent;
    const key = readKey('topics', [], scopeOf('post'))!;
    expect([key.isMany, key.value.bind(batchOf('post', [post]))(0)]).toEqual([
      true,
      ['a', 'z', '\uFB03', '😀'],
    ]);
  });

  it('keep a byte order mark, as the store does', () => {
    const agency = '\uFEFFSở Y tế';
    const batch = batchOf('case', [{ ...A_CASE, agency, caseId: agency }]);
    const texts = ['agency', 'caseId'].map((name) => readText(name, [], scopeOf('case'))!.bind(batch)(0));
    expect(texts).toEqual([agency, agency]);
  });
});

describe('the area of a row', () => {
  it.each([
    ['', 'phuong-1', ['phuong-1', 'phuong-1', 'vung-tau', 'ba-ria-vung-tau']],
    ['', '', ['ba-ria-vung-tau', '', '', 'ba-ria-vung-tau']],
    ['', 'elsewhere', ['elsewhere', '', '', '']],
    ['', 'loop', ['loop', 'loop', '', '']],
    ['e1', "d'2", ['phuong-1', 'phuong-1', 'vung-tau', 'ba-ria-vung-tau']],
    ['e3', 'phuong-1', ['ba-ria-vung-tau', '', '', 'ba-ria-vung-tau']],
    ['nobody', "d'2", ["d'2", '', "d'2", 'ba-ria-vung-tau']],
  ])('of entity "%s" with area "%s" is %j by level', (entity, area, expected) => {
    const batch = batchOf('case', [{ ...A_CASE, entity, area }]);
    const levels = [null, 'commune', 'district', 'province'] as const;
    expect(levels.map((level) => areaText(TEST_REGISTRY, level).bind(batch)(0))).toEqual(expected);
  });
});

describe('the period of a statistic', () => {
  const nests = (period: string, yaml: unknown): boolean => {
    const row = { ...randomEvents('measurement', 1, drawsOf(1))[0], period } as MeasurementEvent;
    return periodNests(ruleOf(yaml)).bind(batchOf('measurement', [row]))(0);
  };

  it.each([
    ['2026-11', '2026-10-31T17:00:00.000Z', '2026-11-30T16:59:59.999Z'],
    ['2026-Q4', '2026-09-30T17:00:00.000Z', '2026-12-31T16:59:59.999Z'],
    ['2024', '2023-12-31T17:00:00.000Z', '2024-12-31T16:59:59.999Z'],
    ['2024-02-29', '2024-02-28T17:00:00.000Z', '2024-02-29T16:59:59.999Z'],
  ])('%s lasts from %s to %s', (period, first, last) => {
    expect(periodSpan(period)?.map((ms) => new Date(ms).toISOString())).toEqual([first, last]);
  });

  it.each([
    ['2026-11', { calendar: 'month' }, true],
    ['2026-11', { calendar: 'quarter' }, true],
    ['2026-11', { calendar: 'week' }, false],
    ['2026-Q4', { calendar: 'month' }, false],
    ['2026-11', { calendar: 'yearToDate' }, true],
    ['2026-11-23', { hopping: { size: '7d', advance: '1d' } }, true],
    ['2026-11-23', { calendar: 'hour' }, false],
    ['2026-11', { period: 'report-month' }, false],
    ['', { calendar: 'hour' }, true],
  ])('%s in windows of %j: nested is %s', (period, yaml, expected) => {
    expect(nests(period, yaml)).toBe(expected);
  });
});

describe('programs', () => {
  it('parse the JSON of a row once, however many of them ask', () => {
    const batch = batchOf('case', [A_CASE, A_CASE, { ...A_CASE, attributes: '{"broken' }]);
    const parseJson = vi.spyOn(JSON, 'parse');
    const counts = ['deaths', 'ward', 'none'].map((name) => {
      const of = readNumber(`attributes.${name}`, [], scopeOf('case'))!.bind(batch);
      return [of(0), of(1), of(2), of(0)];
    });
    expect(parseJson).toHaveBeenCalledTimes(3);
    parseJson.mockRestore();
    expect(counts).toEqual([[2, 2, NaN, 2], new Array(4).fill(NaN), new Array(4).fill(NaN)]);
  });

  it('say truly which codes they depend on', () => {
    const batch = batchOf('case', randomEvents('case', 400, drawsOf(7)));
    const scope = scopeOf('case');
    const programs: (RowNumber | RowTest | RowText)[] = [
      readTest({ status: 'completed', caseType: { not: 'a' } }, [], scope)!,
      readTest({ any: [{ 'area.district': 'vung-tau' }, { channel: { exists: true } }] }, [], scope)!,
      areaText(TEST_REGISTRY, 'commune'),
      readNumber(5, [], scope)!,
    ];
    expect(programs.map(({ codes }) => codes)).toEqual([
      ['case_type', 'status'],
      ['area', 'channel', 'entity'],
      ['entity', 'area'],
      [],
    ]);
    for (const { codes, bind } of programs) {
      const of = bind(batch);
      const seen = new Map<string, unknown>();
      for (let row = 0; row < batch.length; row++) {
        const key = JSON.stringify(codes!.map((name) => batch.codes(name).codes[row]));
        if (!seen.has(key)) seen.set(key, of(row));
        expect(of(row)).toBe(seen.get(key));
      }
    }
    for (const yaml of [{ rating: 5 }, { id: 'a' }, { status: 'completed', openedAt: { lt: 'dueAt' } }]) {
      expect(readTest(yaml, [], scope)!.codes).toBeNull();
    }
  });

  it('tell which fields they were made of', () => {
    const scope = scopeOf('measurement');
    readTest({ quality: 'good', not: { 'area.district': 'vung-tau' } }, [], scope);
    expect([...scope.used]).toEqual(['quality', 'area.district']);
  });

  it('take a function that is added to their table', () => {
    const noon = { name: 'noonAfter', args: ['time', 'text'], result: 'time', revision: 1 } as const;
    const scope = rowScope({
      ...scopeOf('case'),
      functions: new Map([[noon.name, { ...noon, build: ([time]) => time! }]]),
    });
    const time = readTime({ latest: ['noonAfter(openedAt, agency)', 'closedAt'] }, [], scope)!;
    expect(time.bind(batchOf('case', [A_CASE]))(0)).toBe(T);
    const told: string[] = [];
    readTime('noonAfter(openedAt, rating)', ['at'], { ...scope, complain: (_, reason) => told.push(reason) });
    expect(told).toEqual(['noonAfter() needs the name of a text field']);
  });

  it('know the fields of a kind as senders write them', () => {
    expect([...ROW_FIELDS.alert.keys()].join(' ')).toBe(
      'id feed entity area eventTime receivedAt latitude longitude category signature severity source target count',
    );
    expect(ROW_FIELDS.case.get('newDueAt')).toMatchObject({ type: 'time', column: { name: 'new_due_at' } });
  });
});

describe('a hint', () => {
  it.each([
    ['opendAt', 'did you mean openedAt?'],
    ['opened_at', 'did you mean openedAt?'],
    ['zzz', 'one of openedAt, dueAt'],
  ])('for %s is: %s', (name, expected) => {
    expect(hintOf(name, ['openedAt', 'dueAt'])).toBe(expected);
  });
});
