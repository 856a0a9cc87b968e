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

test('a unit that every object seems to have is not a unit', () => {
  const pm25 = loadRegistry([defaultRegistryFolder()]).properties.get('pm25');
  assert.equal(pm25?.units['constructor'], undefined);
  assert.equal(pm25?.units['mg/m3'], 1000);
});
