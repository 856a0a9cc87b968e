import { strict as assert } from 'node:assert';
import { existsSync } from 'node:fs';
import { test } from 'vitest';

import { HOUR_MS } from '../../pipeline/model/time.ts';
import { readRows } from './read-file.ts';
import { newReadCounts, type ReadCounts, type ReplayRow } from './row-source.ts';
import { EmbassyReader } from './us-embassy-csv.ts';

const place = { entity: 'us-embassy', area: 'ha-noi' };

interface SentEvent {
  readonly id: string;
  readonly value: number;
  readonly quality: string;
  readonly eventTime: string;
  readonly area?: string;
}

const eventOf = (row: ReplayRow): SentEvent => JSON.parse(row.text) as SentEvent;

/** Reads lines of `date, raw value, QC`. */
function read(
  lines: readonly (readonly [string, string, string])[],
  counts: ReadCounts = newReadCounts(),
): SentEvent[] {
  const reader = new EmbassyReader(place, counts);
  const rows = lines.flatMap(([date, raw, qc], index) =>
    reader.read({ 'Date (LT)': date, 'Raw Conc.': raw, 'QC Name': qc }, `file:${index + 2}`),
  );
  return [...rows, ...reader.end()].map(eventOf);
}

test('a valid hour becomes a good event that starts at the local hour of the file', () => {
  assert.deepEqual(read([['2016-01-01 12:00 AM', '94.7', 'Valid']]), [
    {
      id: 'us-embassy.pm25.2016-01-01T00:00:00',
      kind: 'measurement',
      subsystem: 'environment',
      entity: 'us-embassy',
      area: 'ha-noi',
      property: 'pm25',
      value: 94.7,
      unit: 'ug/m3',
      quality: 'good',
      eventTime: '2016-01-01T00:00:00+07:00',
    },
  ]);
});

// [raw, QC, quality or undefined where there is no event]
const qualities = [
  ['-1.7', 'Valid', 'good'],
  ['-15.0', 'Invalid', 'bad'],
  ['33', 'Invalid', 'bad'],
  ['33', 'Suspect', 'suspect'],
  ['-999', 'Missing', undefined],
  ['-999.0', 'Invalid', undefined],
] as const;

for (const [raw, qc, quality] of qualities) {
  test(`a raw value of ${raw} with QC ${qc} is ${quality ?? 'no event'}`, () => {
    const [event] = read([['2016-01-01 01:00 PM', raw, qc]]);
    assert.equal(event?.quality, quality);
    assert.equal(event?.eventTime, quality === undefined ? undefined : '2016-01-01T13:00:00+07:00');
  });
}

//   file   01:00   03:00   03:00   04:00
//   sent   01:00   02:00   03:00   04:00
test('of an hour that stands twice after a gap the first is the missing hour', () => {
  const sent = read([
    ['2016-03-13 01:00 AM', '1', 'Valid'],
    ['2016-03-13 03:00 AM', '1.2', 'Valid'],
    ['2016-03-13 03:00 AM', '6.9', 'Valid'],
    ['2016-03-13 04:00 AM', '5', 'Valid'],
  ]);
  assert.deepEqual(
    sent.map(({ eventTime, value }) => `${eventTime.slice(11, 13)} ${value}`),
    ['01 1', '02 1.2', '03 6.9', '04 5'],
  );
  assert.equal(new Set(sent.map(({ id }) => id)).size, 4);
});

test('an hour that stands twice without a gap stays where the file puts it', () => {
  const sent = read([
    ['2016-03-13 02:00 AM', '1', 'Valid'],
    ['2016-03-13 03:00 AM', '2', 'Valid'],
    ['2016-03-13 03:00 AM', '3', 'Valid'],
  ]);
  assert.deepEqual(
    sent.map(({ eventTime }) => eventTime.slice(11, 13)),
    ['02', '03', '03'],
  );
});

test('a line that cannot be read is told with its number and does not stop the others', () => {
  const counts = newReadCounts();
  const sent = read(
    [
      ['13/03/2016', '1', 'Valid'],
      ['2016-03-13 13:00 AM', '1', 'Valid'],
      ['2016-03-13 03:00 AM', 'n/a', 'Valid'],
      ['2016-03-13 04:00 AM', '4', 'Valid'],
    ],
    counts,
  );
  assert.equal(sent.length, 1);
  assert.equal(counts.unreadable, 3);
  assert.match(counts.unreadableTold.join('\n'), /^file:2: "13\/03\/2016" is not a date/);
});

// The recorded files lie beside a checkout of the project where they are present; they are not part of it.
const recorded = (year: number): URL =>
  new URL(`../../../shared/data/air-quality/hanoi_us_embassy_pm25_${year}.csv`, import.meta.url);

// [year, rows of the file, good, bad, missing, local day of the clock fault]
const years = [
  [2016, 8_784, 8_322, 60, 402, '2016-03-13'],
  [2017, 8_760, 8_674, 24, 62, '2017-03-12'],
  [2018, 8_339, 7_998, 196, 145, '2018-03-11'],
] as const;

for (const [year, lines, good, bad, missing, faultDay] of years) {
  const path = recorded(year).pathname;
  if (!existsSync(path)) {
    process.stderr.write(
      `us-embassy-csv.test: the recording of ${year} is not here, its test does not run\n`,
    );
    continue;
  }
  test(`every hour of ${year} is one event, in order, the clock fault of ${faultDay} mended`, async () => {
    const counts = newReadCounts();
    const rows: ReplayRow[] = [];
    for await (const some of readRows(path, place, counts)) rows.push(...some);
    const events = rows.map(eventOf);
    const count = (quality: string): number => events.filter((event) => event.quality === quality).length;
    assert.deepEqual(
      [counts.lines, count('good'), count('bad'), counts.missing],
      [lines, good, bad, missing],
    );
    assert.equal(counts.unreadable, 0);
    assert.equal(new Set(events.map(({ id }) => id)).size, events.length);
    const times = rows.map(({ timeMs }) => timeMs ?? 0);
    times.slice(1).forEach((time, index) => assert(time - (times[index] ?? 0) >= HOUR_MS));
    const night = events.filter(({ eventTime }) => eventTime.startsWith(faultDay)).slice(0, 5);
    assert.deepEqual(
      night.map(({ eventTime }) => eventTime.slice(11, 13)),
      ['00', '01', '02', '03', '04'],
    );
  });
}
