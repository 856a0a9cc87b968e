import { strict as assert } from 'node:assert';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'vitest';

import { ConfigurationError } from '../../errors.ts';
import { defaultRegistryFolder, loadRegistry } from './load-registry.ts';

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'haidang-registry-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

const province = `areas:
  - { id: tinh, name: { vi: Tỉnh, en: Province }, level: province, validFrom: '2000-01-01' }
`;
const station = (id: string, area: string, more = ''): string =>
  `  - { id: ${id}, name: { vi: A, en: A }, subsystem: environment, area: ${area}${more} }\n`;

const calendar = (rest: string): string => `calendars:\n  - { id: c, name: { vi: A, en: A }, ${rest} }\n`;

function write(name: string, text: string, into = folder): string {
  mkdirSync(into, { recursive: true });
  writeFileSync(join(into, name), text);
  return into;
}

function refusal(...folders: string[]): string {
  try {
    loadRegistry(folders.length > 0 ? folders : [folder]);
  } catch (error) {
    assert(error instanceof ConfigurationError);
    return error.message.replaceAll(`${folder}/`, '');
  }
  throw new Error('the registry was not refused');
}

test('an entry that says little gets the stated defaults', () => {
  write('areas.yaml', province);
  write('entities.yaml', `entities:\n${station('s1', 'tinh')}`);
  write('feeds.yaml', 'feeds:\n  - { id: f1, title: { vi: F, en: F } }\n');
  const registry = loadRegistry([folder]);
  assert.equal(registry.entities.get('s1')?.class, 'indicative');
  assert.equal(registry.entities.get('s1')?.cadenceSeconds, null);
  assert.deepEqual(registry.feeds.get('f1'), {
    id: 'f1',
    title: { vi: 'F', en: 'F' },
    subsystem: null,
    kind: null,
    area: '',
    skewSeconds: 300,
    hourLabel: 'start',
    declared: true,
  });
});

test('a feed may declare what a number in its times counts', () => {
  write('feeds.yaml', 'feeds:\n  - { id: f1, title: { vi: F, en: F }, timeUnit: ms }\n');
  assert.equal(loadRegistry([folder]).feeds.get('f1')?.timeUnit, 'ms');
});

test('a later folder adds to an earlier one', () => {
  write('areas.yaml', province);
  const second = write('entities.yaml', `entities:\n${station('s1', 'tinh')}`, join(folder, 'more'));
  assert.equal(loadRegistry([folder, second]).entities.size, 1);
});

test('the same id in two folders is refused with both places', () => {
  write('areas.yaml', province);
  const second = write('areas.yaml', province, join(folder, 'more'));
  assert.match(
    refusal(folder, second),
    /^more\/areas\.yaml:2:7: "tinh" is there already \(see areas\.yaml:2;/,
  );
});

test('a folder that does not exist is refused by name', () => {
  assert.match(refusal(join(folder, 'nowhere')), /no such registry folder: nowhere/);
});

// [what is wrong, file, text, the start of the refusal]
const refused = [
  ['text that is no YAML', 'areas.yaml', 'areas:\n  - { id: a\n', /^areas\.yaml:3:1: .*not valid YAML/],
  ['a key twice', 'areas.yaml', 'areas: []\nareas: []\n', /^areas\.yaml:2:1: .*unique/],
  [
    'an unknown field',
    'areas.yaml',
    province.replace('level', 'lvel'),
    /areas\.yaml:2:51: "lvel" is not known here/,
  ],
  [
    'a missing field',
    'areas.yaml',
    province.replace(", validFrom: '2000-01-01'", ''),
    /:2:5: validFrom must be given/,
  ],
  [
    'an unknown level',
    'areas.yaml',
    province.replace('level: province', 'level: moon'),
    /one of province, district/,
  ],
  [
    'a level without a parent',
    'areas.yaml',
    province.replace('province,', 'district,'),
    /:2:7: "tinh" has no parent/,
  ],
  [
    'a parent that is no area',
    'areas.yaml',
    province.replace('level', 'parent: x, level'),
    /:2:51: "x" is not an area/,
  ],
  [
    'an area below itself',
    'areas.yaml',
    province.replace('level', 'parent: tinh, level'),
    /:2:51: "tinh" lies below/,
  ],
  [
    'a day that does not exist',
    'areas.yaml',
    province.replace('01-01', '02-30'),
    /"2000-02-30" is not a date/,
  ],
  [
    'an end before the start',
    'areas.yaml',
    province.replace(' }\n', ", validTo: '1999-01-01' }\n"),
    /validTo is not after/,
  ],
  [
    'an entity in no area',
    'entities.yaml',
    `entities:\n${station('s1', 'y')}`,
    /^entities\.yaml:2:63: "y" is not an area/,
  ],
  [
    'an entity with half a place',
    'entities.yaml',
    `entities:\n${station('s1', 'tinh', ', latitude: 10')}`,
    /only one coordinate/,
  ],
  ['the whole file in another shape', 'feeds.yaml', '- 1\n', /^feeds\.yaml:1:1: the file must be object/],
  [
    'a name of two properties',
    'properties.yaml',
    `properties:
  - { id: pm25, title: { vi: A, en: A }, unit: ug/m3, min: 0, max: 1, aliases: [Dust] }
  - { id: dust, title: { vi: A, en: A }, unit: ug/m3, min: 0, max: 1 }
`,
    /^properties\.yaml:3:7: "dust" already names "pm25"/,
  ],
  [
    'a factor of the own unit that is not 1',
    'properties.yaml',
    'properties:\n  - { id: p, title: { vi: A, en: A }, unit: m, units: { m: 2 }, min: 0, max: 1 }\n',
    /^properties\.yaml:2:48: the factor of "m" must be 1/,
  ],
  [
    'office hours out of order',
    'calendars.yaml',
    calendar("hours: { mon: ['13:00-17:00', '07:00-11:00'] }, holidays: []"),
    /^calendars\.yaml:2:\d+: spans overlap, touch or are out of order/,
  ],
  [
    'office hours that are no times',
    'calendars.yaml',
    calendar("hours: { mon: ['7:00-11:00'] }, holidays: []"),
    /^calendars\.yaml:2:\d+: 0 must match pattern/,
  ],
  [
    'an office that opens for a moment',
    'calendars.yaml',
    calendar("hours: { mon: ['07:00-07:30'] }, holidays: []"),
    /open for less than an hour/,
  ],
  [
    'a working day without hours',
    'calendars.yaml',
    calendar("hours: { mon: ['07:00-11:00'] }, holidays: [], workingDays: [mon, tue]"),
    /tue counts as a working day and has no office hours/,
  ],
  [
    'a set of holidays that nobody declares',
    'calendars.yaml',
    calendar("hours: { mon: ['07:00-11:00'] }"),
    /no holiday belongs to the set "national"/,
  ],
  [
    'a holiday that does not exist',
    'holidays.yaml',
    "holidays:\n  - { id: h, name: { vi: A, en: A }, days: ['2025-02-29'] }\n",
    /^holidays\.yaml:2:\d+: "2025-02-29" is not a date/,
  ],
  [
    'a swap of a day that is off anyway',
    'holidays.yaml',
    `holidays:
  - { id: h, name: { vi: A, en: A }, days: ['2024-04-30'], swaps: [{ off: '2024-04-30', work: '2024-05-04' }] }
`,
    /2024-04-30 is a day off or swapped already/,
  ],
  [
    'an agency with no calendar',
    'agencies.yaml',
    "agencies:\n  - { id: a, name: { vi: A, en: A }, area: tinh, validFrom: '2000-01-01' }\n",
    /^agencies\.yaml:2:\d+: "office-hours" is not a calendar/,
  ],
  [
    'spans of a period that overlap',
    'periods.yaml',
    `periods:
  - id: p
    name: { vi: A, en: A }
    spans:
      - { id: a, name: { vi: A, en: A }, from: '2024-01-01', through: '2024-01-31' }
      - { id: b, name: { vi: A, en: A }, from: '2024-01-31', through: '2024-02-28' }
`,
    /^periods\.yaml:6:\d+: overlaps the span before/,
  ],
  [
    'a period without days',
    'periods.yaml',
    'periods:\n  - { id: p, name: { vi: A, en: A } }\n',
    /^periods\.yaml:2:7: "p" has no days/,
  ],
] as const;

for (const [wrong, file, text, expected] of refused) {
  test(`refuses ${wrong}, with file, line and column`, () => {
    write('areas.yaml', province);
    write(file, text);
    assert.match(refusal(), expected);
  });
}

test('a hundred mistakes are told as twenty and a count', () => {
  write('areas.yaml', province);
  const many = Array.from({ length: 100 }, (_, index) => station(`s${index}`, 'nowhere')).join('');
  write('entities.yaml', `entities:\n${many}`);
  assert.match(refusal(), /:21:\d+: "nowhere" is not an area .*\nand 80 more$/);
});

test('the hash changes with a cadence and not with a name', () => {
  const hashOf = (entity: string): string => {
    write('areas.yaml', province);
    write('entities.yaml', `entities:\n${entity}`);
    return loadRegistry([folder]).hash;
  };
  const first = hashOf(station('s1', 'tinh', ', cadenceSeconds: 60'));
  assert.match(first, /^[0-9a-f]{64}$/);
  assert.equal(hashOf(station('s1', 'tinh', ', cadenceSeconds: 60').replace('vi: A', 'vi: B')), first);
  assert.notEqual(hashOf(station('s1', 'tinh', ', cadenceSeconds: 30')), first);
});

test('the hash changes with a holiday declared late and not with its name', () => {
  const hashOf = (holiday: string): string => {
    write('holidays.yaml', `holidays:\n  - ${holiday}\n`);
    return loadRegistry([folder]).hash;
  };
  const first = hashOf("{ id: h, name: { vi: A, en: A }, days: ['2026-09-09'] }");
  assert.equal(hashOf("{ id: h, name: { vi: B, en: B }, days: ['2026-09-09'] }"), first);
  assert.notEqual(hashOf("{ id: h, name: { vi: A, en: A }, days: ['2026-09-09', '2026-09-10'] }"), first);
});

test('a unit that every object seems to have is not a unit', () => {
  const pm25 = loadRegistry([defaultRegistryFolder()]).properties.get('pm25');
  assert.equal(pm25?.units['constructor'], undefined);
  assert.equal(pm25?.units['mg/m3'], 1000);
});
