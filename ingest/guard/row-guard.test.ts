import { strict as assert } from 'node:assert';
import { test } from 'vitest';

import { defaultRegistryFolder, loadRegistry } from '../../pipeline/kpi/registry/load-registry.ts';
import type { CaseEvent, Event, MeasurementEvent, PostEvent } from '../../pipeline/model/event.ts';
import type { FeedConfig } from '../../pipeline/model/registry.ts';
import { lookupsOf, type Lookups } from './lookups.ts';
import { RowGuard } from './row-guard.ts';

const now = Date.UTC(2026, 10, 23, 12);
const lookups: Lookups = {
  ...lookupsOf(loadRegistry([defaultRegistryFolder()])),
  entities: new Map([
    [
      'station-01',
      {
        ...{ id: 'station-01', name: { vi: 'T', en: 'T' }, subsystem: 'environment', area: 'vung-tau' },
        ...{ class: 'standard', cadenceSeconds: 3_600, latitude: null, longitude: null, map: null },
      },
    ],
  ]),
};
const feed: FeedConfig = {
  ...{ id: 'f', title: { vi: 'F', en: 'F' }, subsystem: null, kind: null, area: '' },
  ...{ skewSeconds: 300, hourLabel: 'start', declared: true },
};
const guardOf = (changes: Partial<FeedConfig> = {}): RowGuard =>
  new RowGuard('f', { ...lookups, feeds: new Map([['f', { ...feed, ...changes }]]) });
const guard = guardOf();

const plain = { entity: 'station-01', property: 'pm25', value: 35.2, eventTime: '2026-11-23T06:00:00+07:00' };
const aCase = {
  ...{
    kind: 'case',
    subsystem: 'citizen-reports',
    caseId: 'c1',
    caseType: 'field-report',
    status: 'registered',
  },
  ...{ eventTime: '2026-11-23T06:00:00Z', openedAt: '2026-11-22T06:00:00Z' },
};
const aPost = {
  ...{ kind: 'post', subsystem: 'social-media', platform: 'zalo', postId: 'p1', text: 'Đường ngập' },
  eventTime: '2026-11-23T06:00:00Z',
};
const anAlert = {
  ...{ kind: 'alert', subsystem: 'information-security', category: 'malware', signature: 'x', severity: 3 },
  eventTime: '2026-11-23T06:00:00Z',
};

/** JSON first, as on the wire: 1e400 and 2^53 + 1 cannot be written in TypeScript. */
function check(row: unknown, by: RowGuard = guard): ReturnType<RowGuard['check']> {
  return by.check(typeof row === 'string' ? JSON.parse(row) : JSON.parse(JSON.stringify(row)), now);
}

function accepted<Kind extends Event>(row: unknown, by: RowGuard = guard): Kind {
  const verdict = check(row, by);
  if (verdict.kind !== 'accepted') assert.fail(`${verdict.code}: ${verdict.detail}`);
  return verdict.event as Kind;
}

const withRaw = (field: string, json: string, row: object = plain): string => {
  const text = JSON.stringify({ ...row, [field]: '\u0001' });
  return text.replace('"\\u0001"', json);
};

test('a row with entity, property, value and time is completed from the registries', () => {
  const verdict = check(plain);
  assert.equal(verdict.kind === 'accepted' && verdict.subsystem, 'environment');
  const { area, unit, quality, version, period, extra, idGiven } = accepted<MeasurementEvent>(plain);
  assert.deepEqual(
    { area, unit, quality, version, period, extra, idGiven },
    { area: 'vung-tau', unit: 'ug/m3', quality: 'good', version: 0, period: '', extra: '', idGiven: 0 },
  );
});

// [what, row as JSON text or value, code]
const rejected: readonly (readonly [string, unknown, string])[] = [
  ['a text', '"x"', 'ROW_TYPE'],
  ['null', 'null', 'ROW_TYPE'],
  ['an array', '[[]]', 'ROW_TYPE'],
  ['an unknown kind', { ...plain, kind: 'thing' }, 'KIND_UNKNOWN'],
  ['a kind that is an inherited name', { ...plain, kind: 'constructor' }, 'KIND_UNKNOWN'],
  ['a kind that is a number', { ...plain, kind: 5 }, 'KIND_UNKNOWN'],
  ['an unknown subsystem', { ...plain, subsystem: 'weather' }, 'SUBSYSTEM_UNKNOWN'],
  ['no subsystem anywhere', { ...plain, entity: 'new' }, 'FIELD_REQUIRED'],
  ['a missing value (B23)', { ...plain, value: undefined }, 'FIELD_REQUIRED'],
  ['a null value', { ...plain, value: null }, 'FIELD_REQUIRED'],
  ['an empty text as value', { ...plain, value: '' }, 'FIELD_TYPE'],
  ['a number as text', { ...plain, value: '35.2' }, 'FIELD_TYPE'],
  ['"inf" (B21)', { ...plain, value: 'inf' }, 'FIELD_TYPE'],
  ['1e400', withRaw('value', '1e400'), 'OUT_OF_RANGE'],
  ['a value above its range', { ...plain, value: 2_001 }, 'OUT_OF_RANGE'],
  ['a value above its range after conversion', { ...plain, value: 2.5, unit: 'mg/m3' }, 'OUT_OF_RANGE'],
  [
    '2^53 + 1 (B19)',
    withRaw('value', '9007199254740993', { ...plain, property: 'money', unit: 'VND' }),
    'PRECISION',
  ],
  [
    'a sum that would not be exact',
    { ...plain, property: 'money', unit: 'VND', value: 9_007_199_255 },
    'PRECISION',
  ],
  ['2^53 + 1 in an unknown field', withRaw('x', '9007199254740993'), 'PRECISION'],
  ['1e400 in an unknown field', withRaw('x', '[1e400]'), 'OUT_OF_RANGE'],
  ['an unknown unit', { ...plain, unit: 'ppb' }, 'UNIT_UNKNOWN'],
  ['a unit with an inherited name', { ...plain, unit: 'constructor' }, 'UNIT_UNKNOWN'],
  ['an unknown property without a unit', { ...plain, property: 'mood' }, 'FIELD_REQUIRED'],
  ['a unit that is an empty text', { ...plain, unit: '' }, 'FIELD_REQUIRED'],
  ['an unknown quality (B26)', { ...plain, quality: 'fine' }, 'QUALITY_UNKNOWN'],
  ['an unknown area', { ...plain, area: 'atlantis' }, 'AREA_UNKNOWN'],
  ['an empty id (B34)', { ...plain, id: '' }, 'ID_INVALID'],
  ['an id of 10 KB', { ...plain, id: 'x'.repeat(10_000) }, 'ID_INVALID'],
  ['an id that is a number', { ...plain, id: 5 }, 'ID_INVALID'],
  ['an id with NUL', { ...plain, id: 'a\u0000b' }, 'ID_INVALID'],
  ['an entity with a line break', { ...plain, entity: 'a\nb' }, 'FIELD_FORMAT'],
  ['an entity of 1 MB (B12)', { ...plain, entity: 'x'.repeat(1_000_000) }, 'FIELD_LENGTH'],
  ['an empty entity', { ...plain, entity: '' }, 'FIELD_REQUIRED'],
  [
    '100,000 unknown fields',
    Object.fromEntries([...Array(100_000).keys()].map((n) => [`k${n}`, 1])),
    'FIELD_REQUIRED',
  ],
  ['257 values in unknown fields', { ...plain, x: Array(257).fill(1) }, 'FIELDS_TOO_MANY'],
  ['an unknown field of 20 KB', { ...plain, x: 'x'.repeat(20_000) }, 'FIELDS_TOO_MANY'],
  ['17 levels', withRaw('x', `${'['.repeat(16)}${']'.repeat(16)}`), 'NESTING_TOO_DEEP'],
  ['a version of 2^53', withRaw('version', '9007199254740992'), 'VERSION_INVALID'],
  ['a version of -1 (B18)', { ...plain, version: -1 }, 'VERSION_INVALID'],
  ['a version of 1.9', { ...plain, version: 1.9 }, 'VERSION_INVALID'],
  ['a period that is none', { ...plain, period: '2026-Q5' }, 'PERIOD_FORMAT'],
  ['a period that is no date', { ...plain, period: '2026-02-30' }, 'PERIOD_FORMAT'],
  ['no time', { ...plain, eventTime: undefined }, 'FIELD_REQUIRED'],
  ['a time without an offset', { ...plain, eventTime: '2026-11-23T06:00:00' }, 'TIME_FORMAT'],
  ['a number without a declared unit (B27)', { ...plain, eventTime: 1_760_000_000 }, 'TIME_FORMAT'],
  ['a time of year 1800 (B30)', { ...plain, eventTime: '1800-01-01T00:00:00Z' }, 'TIME_RANGE'],
  ['time 0', { ...plain, eventTime: '1970-01-01T00:00:00Z' }, 'TIME_RANGE'],
  ['2106-02-08', { ...plain, eventTime: '2106-02-08T00:00:00Z' }, 'TIME_RANGE'],
  ['year 9999', { ...plain, eventTime: '9999-12-31T23:59:59Z' }, 'TIME_RANGE'],
  ['6 minutes ahead (B31)', { ...plain, eventTime: '2026-11-23T12:06:00Z' }, 'FUTURE'],
  ['a year ahead', { ...plain, eventTime: '2027-11-23T12:00:00Z' }, 'FUTURE'],
  ['a latitude of 91', { ...plain, location: { latitude: 91, longitude: 0 } }, 'OUT_OF_RANGE'],
  ['half a location', { ...plain, location: { latitude: 10 } }, 'FIELD_REQUIRED'],
  ['a location in text', { ...plain, location: '10,107' }, 'FIELD_TYPE'],
  ['an unknown status', { ...aCase, status: 'done' }, 'STATUS_UNKNOWN'],
  ['a case without its opening', { ...aCase, openedAt: undefined }, 'FIELD_REQUIRED'],
  ['a due date that is none', { ...aCase, dueAt: 'tomorrow' }, 'TIME_FORMAT'],
  [
    'a pause that ends first',
    { ...aCase, pauses: [{ from: plain.eventTime, to: aCase.openedAt, reason: 'x' }] },
    'TIME_ORDER',
  ],
  ['an attribute beyond 2^53', withRaw('attributes', '{"a":9007199254740993}', aCase), 'PRECISION'],
  ['an attribute that is an object', { ...aCase, attributes: { a: {} } }, 'FIELD_TYPE'],
  ['an unknown action', { ...aPost, action: 'shout' }, 'ACTION_UNKNOWN'],
  ['an author with a name in it', { ...aPost, author: 'Nguyễn Văn A' }, 'FIELD_FORMAT'],
  ['33 topics', { ...aPost, topics: Array(33).fill('x') }, 'FIELD_LENGTH'],
  ['severity 6', { ...anAlert, severity: 6 }, 'OUT_OF_RANGE'],
  ['severity 1.9', { ...anAlert, severity: 1.9 }, 'FIELD_TYPE'],
  ['a count of 2^32 (B17)', { ...anAlert, count: 4_294_967_296 }, 'OUT_OF_RANGE'],
];
for (const [what, row, code] of rejected) {
  test(`${what} is rejected as ${code}`, () => {
    const verdict = check(row);
    assert.equal(
      verdict.kind === 'rejected' ? verdict.code : 'accepted',
      code,
      JSON.stringify(verdict).slice(0, 300),
    );
    assert(verdict.kind !== 'rejected' || verdict.detail.length <= 200);
  });
}

// [what, row, expected fields of the event]
const kept: readonly (readonly [string, unknown, Partial<MeasurementEvent>])[] = [
  ['-0 is 0', withRaw('value', '-0'), { value: 0 }],
  ['1e-400 is 0', withRaw('value', '1e-400'), { value: 0 }],
  [
    'an alias and a unit are resolved',
    { ...plain, property: 'PM2.5', unit: 'mg/m3', value: 0.035 },
    { property: 'pm25', unit: 'ug/m3', value: 35 },
  ],
  [
    "a known property without a unit is in the property's own",
    { ...plain, unit: undefined },
    { property: 'pm25', unit: 'ug/m3', value: plain.value },
  ],
  [
    "an alias without a unit is in the property's own too",
    { ...plain, property: 'PM2.5', unit: null },
    { property: 'pm25', unit: 'ug/m3', value: plain.value },
  ],
  [
    'an unknown property keeps its own unit',
    { ...plain, property: 'mood', unit: '1' },
    { property: 'mood', unit: '1' },
  ],
  [
    'null optional fields are left out',
    {
      ...plain,
      id: null,
      area: null,
      unit: null,
      quality: null,
      version: null,
      period: null,
      location: null,
    },
    { area: 'vung-tau', unit: 'ug/m3', idGiven: 0, latitude: null },
  ],
  [
    '5 minutes ahead is within the skew',
    { ...plain, eventTime: '2026-11-23T12:05:00Z' },
    { eventTime: now + 300_000 },
  ],
  [
    'a period without a time starts where it starts in Vũng Tàu',
    { ...plain, eventTime: undefined, period: '2026-Q3' },
    { eventTime: Date.UTC(2026, 5, 30, 17), period: '2026-Q3' },
  ],
  [
    'unknown fields are kept (B24)',
    { ...plain, battery: 3.7, tags: ['a'] },
    { extra: '{"battery":3.7,"tags":["a"]}' },
  ],
  [
    '__proto__ is data like any other (B10)',
    '{"__proto__":{"polluted":1},"entity":"station-01","property":"pm25","value":1,"eventTime":"2026-11-23T06:00:00Z"}',
    { extra: '{"__proto__":{"polluted":1}}' },
  ],
  [
    'an entity in Vietnamese',
    { ...plain, entity: 'Trạm Bãi Trước', subsystem: 'environment' },
    { entity: 'Trạm Bãi Trước', area: 'ba-ria-vung-tau' },
  ],
  [
    'a location',
    { ...plain, location: { latitude: 10.35, longitude: 107.08 } },
    { latitude: 10.35, longitude: 107.08 },
  ],
];
for (const [what, row, expected] of kept) {
  test(what, () => {
    const event = accepted<MeasurementEvent>(row);
    for (const [field, value] of Object.entries(expected)) {
      assert.deepEqual(event[field as keyof MeasurementEvent], value, field);
      assert(!Object.is(event[field as keyof MeasurementEvent], -0), `${field} is -0`);
    }
    assert.equal(({} as { polluted?: number }).polluted, undefined);
  });
}

// [unit, number, ms] (B27, B28)
const numeric = [
  ['s', 1_760_000_000.5, 1_760_000_000_500],
  ['s', 1_760_000_000.123, 1_760_000_000_123],
  ['ms', 1_760_000_000_123, 1_760_000_000_123],
  ['us', 1_760_000_000_123_999, 1_760_000_000_123],
  ['ns', 1_760_000_000_123_000_000, 1_760_000_000_123],
] as const;
for (const [timeUnit, number, ms] of numeric) {
  test(`${number} is ${ms} ms in a feed that counts ${timeUnit}`, () => {
    assert.equal(accepted({ ...plain, eventTime: number }, guardOf({ timeUnit })).eventTime, ms);
  });
}

test('a feed says which subsystem, kind and area its rows have, and that its hours are named by their end', () => {
  const by = guardOf({ subsystem: 'health', kind: 'measurement', area: 'ba-ria', hourLabel: 'end' });
  const verdict = check({ ...plain, entity: 'new' }, by);
  assert(verdict.kind === 'accepted');
  assert.deepEqual([verdict.subsystem, verdict.event.area], ['health', 'ba-ria']);
  assert.equal(verdict.event.eventTime, Date.parse(plain.eventTime) - 3_600_000);
});

test('the default id depends on what was sent, not on the order of keys, whitespace or configuration', () => {
  const base = accepted(plain);
  const same = [
    JSON.stringify(Object.fromEntries(Object.entries(plain).reverse()), null, 3),
    withRaw('value', '35.20'),
    withRaw('value', '352e-1'),
  ];
  for (const row of same) {
    const event = accepted(row);
    assert.deepEqual(
      [event.id, event.contentHash, event.idHashHigh],
      [base.id, base.contentHash, base.idHashHigh],
    );
  }
  assert.equal(accepted(plain, guardOf({ area: 'ba-ria', hourLabel: 'end' })).id, base.id);
  assert.match(base.id, /^[A-Za-z0-9_-]{22}$/);
  for (const other of [
    { ...plain, value: 35.3 },
    { ...plain, extra: 1 },
    { ...plain, area: 'vung-tau' },
  ]) {
    assert.notEqual(accepted(other).id, base.id);
  }
});

test('a given id is kept; its content hash tells what was sent under it', () => {
  const one = accepted({ ...plain, id: 'Số 1' });
  const other = accepted({ ...plain, id: 'Số 1', value: 1 });
  assert.deepEqual([one.id, one.idGiven, one.idHashLow === other.idHashLow], ['Số 1', 1, true]);
  assert.notEqual(one.contentHash, other.contentHash);
});

test('a case carries its whole state; without a version the time of the state is its version', () => {
  const event = accepted<CaseEvent>({
    ...aCase,
    dueAt: '2026-11-25T17:00:00+07:00',
    pauses: [{ from: '2026-11-23T08:00:00+07:00', reason: 'chờ bổ sung' }],
    attributes: { withinJurisdiction: true, phường: 'Thắng Tam' },
    rating: 4,
  });
  assert.deepEqual(
    [event.version, event.dueAt, event.closedAt, event.pauses, event.attributes, event.rating],
    [
      event.eventTime,
      Date.UTC(2026, 10, 25, 10),
      null,
      '[{"from":"2026-11-23T01:00:00.000Z","reason":"chờ bổ sung"}]',
      '{"withinJurisdiction":true,"phường":"Thắng Tam"}',
      4,
    ],
  );
});

test('a post and an alert have their defaults', () => {
  const post = accepted<PostEvent>({ ...aPost, topics: ['giao thông'] });
  assert.deepEqual(
    [post.action, post.topics, post.sentiment, post.author],
    ['create', '["giao thông"]', null, ''],
  );
  const alert = accepted(anAlert);
  assert(alert.kind === 'alert');
  assert.deepEqual([alert.count, alert.source, alert.severity], [1, '', 3]);
});
