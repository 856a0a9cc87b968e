import { strict as assert } from 'node:assert';
import { test } from 'vitest';

import { aqiBand, aqiMark } from '../environment/aqi-band.ts';
import { numberText } from '../number-text.ts';
import { clockText, momentText, startOfDay } from '../time-text.ts';
import { textsOf } from './texts.ts';

// [index, band]
const bands = [
  [0, 1],
  [50, 1],
  [51, 2],
  [100, 2],
  [101, 3],
  [150, 3],
  [151, 4],
  [200, 4],
  [201, 5],
  [300, 5],
  [301, 6],
  [500, 6],
] as const;
for (const [index, band] of bands) {
  test(`VN_AQI ${index} is in band ${band}, ${textsOf('vi').bands[band]}`, () => {
    assert.equal(aqiBand(index), band);
    assert.equal(aqiMark(band), index > 100 ? 'disc' : 'ring');
  });
}

// [value, digits, Vietnamese, English]
const numbers = [
  [1234.5, 1, '1.234,5', '1,234.5'],
  [99.95, 2, '99,95', '99.95'],
  [-0.12, 2, '\u22120,12', '\u22120.12'],
  [-0.001, 1, '0,0', '0.0'],
  [2802, 0, '2.802', '2,802'],
] as const;
for (const [value, digits, vi, en] of numbers) {
  test(`${value} is written ${vi} in Vietnamese and ${en} in English`, () => {
    assert.deepEqual([numberText(value, digits, 'vi'), numberText(value, digits, 'en')], [vi, en]);
  });
}

const now = Date.UTC(2026, 10, 23, 7, 20);
test('times are those of Việt Nam', () => {
  assert.equal(clockText(now), '14:20');
  assert.equal(startOfDay(now), Date.UTC(2026, 10, 22, 17));
});

// [moment, text at 14:20 on 23/11/2026]
const moments = [
  [Date.UTC(2026, 10, 23, 6), '13:00'],
  [Date.UTC(2026, 10, 22, 16, 50), '23:50'],
  [Date.UTC(2026, 10, 22, 3), '10:00 22/11'],
  [Date.UTC(2026, 9, 1, 3), '01/10'],
  [Date.UTC(2016, 11, 31, 3), '31/12/2016'],
] as const;
for (const [moment, text] of moments) {
  test(`${new Date(moment).toISOString()} is said as ${text}`, () => {
    assert.equal(momentText(moment, now), text);
  });
}
