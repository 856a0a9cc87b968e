import { strict as assert } from 'node:assert';
import fc from 'fast-check';
import { test } from 'vitest';

import { parseInstant } from './instant.ts';

const offsets = fc
  .tuple(fc.constantFrom('+', '-'), fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }))
  .map(([sign, hours, minutes]) => `${sign}${pad(hours)}:${pad(minutes)}`);

function pad(value: number): string {
  return String(value).padStart(2, '0');
}

test('every moment of the years 0001 to 9999, in any offset, is read as Date.parse reads it', () => {
  const moments = fc.integer({
    min: Date.parse('0001-01-02T00:00:00Z'),
    max: Date.parse('9999-12-30T00:00:00Z'),
  });
  fc.assert(
    fc.property(moments, fc.oneof(offsets, fc.constant('Z')), (ms, offset) => {
      const text = `${new Date(ms).toISOString().slice(0, 23)}${offset}`;
      assert.equal(parseInstant(text), Date.parse(text), text);
    }),
    { seed: 0xda7e, numRuns: 20_000 },
  );
});

// [text, milliseconds]
const read: readonly (readonly [string, number])[] = [
  ['2026-11-23t06:00:00z', Date.UTC(2026, 10, 23, 6)],
  ['2026-11-23T06:00:00.5Z', Date.UTC(2026, 10, 23, 6, 0, 0, 500)],
  ['2026-11-23T06:00:00.123999999+00:00', Date.UTC(2026, 10, 23, 6, 0, 0, 123)],
  ['2016-12-31T23:59:60Z', Date.UTC(2017, 0, 1)],
  ['2024-02-29T00:00:00Z', Date.UTC(2024, 1, 29)],
  ['2000-02-29T00:00:00-00:00', Date.UTC(2000, 1, 29)],
];
for (const [text, ms] of read) {
  test(`${text} is ${ms}`, () => {
    assert.equal(parseInstant(text), ms);
  });
}

const refused = [
  ...['', '2026', '2026-11-23', '2026-11-23T06:00Z', '2026-11-23 06:00:00Z', '2026-11-23T06:00:00'],
  ...[
    '2026-11-23T06:00:00+7:00',
    '2026-11-23T06:00:00+0700',
    '2026-11-23T06:00:00.Z',
    '2026-11-23T06:00:00ZZ',
  ],
  ...['2026-02-29T00:00:00Z', '2100-02-29T00:00:00Z', '2026-13-01T00:00:00Z', '2026-00-01T00:00:00Z'],
  ...['2026-11-00T00:00:00Z', '2026-04-31T00:00:00Z', '2026-11-23T24:00:00Z', '2026-11-23T06:60:00Z'],
  ...[
    '2026-11-23T06:30:60Z',
    '2026-11-23T06:59:61Z',
    '2026-11-23T06:00:00+24:00',
    '2026-11-23T06:00:00+07:60',
  ],
  ...['+026-11-23T06:00:00Z', '２０２６-11-23T06:00:00Z', '23.11.2026 06:00:00 Z', ' 2026-11-23T06:00:00Z'],
];
for (const text of refused) {
  test(`"${text}" is no instant`, () => {
    assert(Number.isNaN(parseInstant(text)));
  });
}
