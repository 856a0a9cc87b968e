import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { startClickhouse, type TestClickhouse } from '../../../fixtures/servers/clickhouse.ts';
import { migrate } from '../../store/migrate.ts';
import { writeRegistries } from '../../store/registry-tables.ts';
import { defaultRegistryFolder, loadRegistry } from '../registry/load-registry.ts';
import { openCalendarBook } from './calendar-book.ts';
import { textOfDay } from './civil-day.ts';
import { CALENDAR_DAYS, CALENDAR_END_MS, CALENDAR_START_MS, FIRST_DAY } from './working-calendar.ts';
import { WORKING_TIME_FUNCTIONS, type WorkingArgumentKind } from './working-time-functions.ts';

const casesPerFunction = 1_000;
const minuteMs = 60_000;
const dayMs = 86_400_000;
const agencies = ['', 'office-hours', 'Sở TN&MT', 'so-y-te', 'ubnd-vung-tau', 'UBND huyện Côn Đảo', 'cong-an-tinh',
  'benh-vien-ba-ria', "an agency's name that nobody listed"]; // prettier-ignore

const registry = loadRegistry([defaultRegistryFolder()]);
const book = openCalendarBook(registry);

let engine: TestClickhouse;
beforeAll(async () => {
  engine = await startClickhouse();
  await migrate(engine.client, { durability: 'relaxed', cluster: undefined });
  await writeRegistries(engine.client, { registry, definitions: [] }, 1);
  // The views show the generation of the definitions; none are needed here.
  await engine.client.command({ query: "INSERT INTO raw_kpis (id, generation) VALUES ('a.kpi', 1)" });
}, 60_000);
afterAll(async () => {
  await engine.stop();
});

/** The minutes around holidays and office hours more often than chance would, and what lies outside. */
const time = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: Date.UTC(2024, 0, 1), max: Date.UTC(2027, 0, 1) }) },
  {
    weight: 4,
    arbitrary: fc
      .tuple(fc.integer({ min: 0, max: 26 * 365 }), fc.constantFrom(0, 450, 690, 810, 1020, 1439, 420, 990))
      .map(([day, minute]) => CALENDAR_START_MS + day * dayMs + minute * minuteMs),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      ...[CALENDAR_START_MS - 1, CALENDAR_START_MS, CALENDAR_END_MS - 1, CALENDAR_END_MS, NaN, 0, 4e12],
      ...[Date.UTC(2024, 1, 29), Date.UTC(2025, 11, 31), Date.UTC(2026, 1, 17)],
    ),
  },
);

/** A start, mostly, and an end near it. */
const times = fc
  .tuple(time, fc.integer({ min: -2 * dayMs, max: 40 * dayMs }), time, fc.integer({ min: 0, max: 5 }))
  .map(([from, span, other, choice]): [number, number] => [from, choice === 0 ? other : from + span]);

interface Case {
  readonly times: readonly [number, number];
  readonly amount: number;
  readonly agency: string;
  readonly pauses: string;
}

const aCase: fc.Arbitrary<Case> = fc
  .record({
    times,
    amount: fc.oneof(
      fc.integer({ min: 0, max: 30 }),
      fc.integer({ min: 0, max: 400 }).map((quarters) => quarters / 4),
      fc.constantFrom(NaN, -1, 1e9, 5_000, 9_496, 0.333),
    ),
    agency: fc.constantFrom(...agencies),
    pauses: fc.array(
      fc.tuple(
        fc.integer({ min: -3 * dayMs, max: 30 * dayMs }),
        fc.integer({ min: 0, max: 9 * dayMs }),
        fc.nat(9),
      ),
      { maxLength: 4 },
    ),
  })
  .map(({ pauses, ...rest }) => ({ ...rest, pauses: pausesText(rest.times[0], pauses) }));

/** The column as ingest writes it; one of ten is open. */
function pausesText(from: number, pauses: readonly (readonly [number, number, number])[]): string {
  if (pauses.length === 0 || Number.isNaN(from)) return '';
  const iso = (ms: number): string => new Date(ms).toISOString();
  return JSON.stringify(
    pauses.map(([start, span, open]) => ({
      from: iso(from + start),
      ...(open === 0 ? {} : { to: iso(from + start + span) }),
      reason: 'chờ bổ sung hồ sơ',
    })),
  );
}

async function select<Row>(query: string): Promise<Row[]> {
  const result = await engine.client.query({ query, format: 'JSONCompactEachRow' });
  return result.json<Row>();
}

describe.each([...WORKING_TIME_FUNCTIONS.values()])('$name in JavaScript and SQL', (entry) => {
  it('gives the same bits for random cases', async () => {
    const cases = fc.sample(aCase, { numRuns: casesPerFunction, seed: 2026 });
    await engine.client.command({
      query: `CREATE OR REPLACE TABLE cases_of_test (n UInt32, from Nullable(Int64), to Nullable(Int64),
        amount Nullable(Float64), agency String, pauses String) ENGINE = Memory`,
    });
    const orNull = (value: number): number | null => (Number.isNaN(value) ? null : value);
    await engine.client.insert({
      table: 'cases_of_test',
      format: 'JSONEachRow',
      values: cases.map(({ times: [from, to], amount, agency, pauses }, n) => ({
        ...{ n, from: orNull(from), to: orNull(to), amount: orNull(amount), agency, pauses },
      })),
    });
    const columns = columnsOf(entry.kinds);
    const statement = `SELECT ${entry.sql(book, columns)} AS result FROM cases_of_test ORDER BY n`;
    const rows = await select<[number | string | null]>(statement);
    const different = cases.flatMap((given, n) => {
      const ours = entry.compute(
        book,
        columns.map((column) => argument(given, column)),
      );
      const theirs = rows[n]?.[0] ?? NaN;
      return Object.is(ours, Number(theirs)) ? [] : [{ given, ours, theirs }];
    });
    expect(different.slice(0, 3)).toEqual([]);
    // What is compared is not all of one kind.
    const known = rows.filter(([value]) => value !== null).length;
    expect(known).toBeGreaterThan(casesPerFunction / 3);
    expect(new Set(rows.map(([value]) => value)).size).toBeGreaterThan(1);
    expect(known).toBeLessThan(casesPerFunction);
    expect(statement.length).toBeLessThan(60_000);
  }, 60_000);
});

function columnsOf(kinds: readonly WorkingArgumentKind[]): string[] {
  const timeColumns = ['from', 'to'];
  return kinds.map((kind) => {
    if (kind === 'time') return timeColumns.shift() ?? '';
    return kind === 'number' ? 'amount' : kind;
  });
}

function argument({ times: [from, to], amount, agency, pauses }: Case, column: string): number | string {
  return { from, to, amount, agency, pauses }[column] ?? NaN;
}

describe('the views', () => {
  it('show every day of every calendar as it is laid out', async () => {
    const rows = await select<[string, string, boolean | number, number, number]>(
      `SELECT calendar, toString(local_date), toUInt8(is_working_day), working_minutes, toFloat64(working_ms_before)
       FROM calendar ORDER BY calendar, local_date`,
    );
    expect(rows.length).toBe(book.calendars.length * CALENDAR_DAYS);
    const expected = book.calendars.flatMap(({ id, closing, before }) =>
      Array.from({ length: CALENDAR_DAYS }, (_, day) => [
        id,
        textOfDay(FIRST_DAY + day),
        Number((closing[day] ?? -1) >= 0),
        ((before[day + 1] ?? 0) - (before[day] ?? 0)) / minuteMs,
        before[day],
      ]),
    );
    expect(rows.filter((row, index) => JSON.stringify(row) !== JSON.stringify(expected[index]))).toEqual([]);
  });

  it('say why a day is not like its weekday, and which days nobody decided', async () => {
    const rows = await select(
      `SELECT toString(local_date), note_vi, is_proposed, office_hours_ms FROM calendar WHERE calendar = 'office-hours'
       AND local_date IN ('2024-04-29', '2024-05-04', '2026-02-17', '2027-02-08', '2026-11-23') ORDER BY local_date`,
    );
    const day = [[27_000_000, 41_400_000], [48_600_000, 61_200_000]]; // prettier-ignore
    expect(rows).toEqual([
      ['2024-04-29', 'Ngày Chiến thắng và Quốc tế Lao động (hoán đổi)', 0, []],
      ['2024-05-04', 'Làm bù cho ngày 2024-04-29', 0, day],
      ['2026-02-17', 'Tết Nguyên đán Bính Ngọ', 0, []],
      ['2026-11-23', '', 0, day],
      ['2027-02-08', 'Tết Nguyên đán Đinh Mùi', 1, []],
    ]);
  });

  it('show the agencies', async () => {
    const rows = await select(
      `SELECT id, name_vi, calendar, aliases FROM agencies WHERE id = 'ubnd-con-dao'`,
    );
    const aliases = ['UBND huyện Côn Đảo'];
    expect(rows).toEqual([['ubnd-con-dao', 'Ủy ban nhân dân huyện Côn Đảo', 'one-stop', aliases]]);
  });
});
