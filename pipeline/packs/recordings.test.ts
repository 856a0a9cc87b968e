import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';

import { loadDefinitions } from '../kpi/definitions/load-definitions.ts';
import type { GroupKpi } from '../kpi/group-kpi.ts';
import { defaultRegistryFolder, loadRegistry } from '../kpi/registry/load-registry.ts';
import { batchOf, evaluateGroups, type GroupRow } from '../kpi/sql/group-sql-testing.ts';
import type { CaseEvent } from '../model/event.ts';
import { caseEvent, localDay, type CaseTimes } from './packs-testing.ts';

type Row = Readonly<Record<string, string>>;

const { groups } = loadDefinitions(loadRegistry([defaultRegistryFolder()]));
const recordings = fileURLToPath(new URL('../../../shared/data/', import.meta.url));

/** In the form of Boston's requests: on time, late, open and late, not yet due, without a promise. */
const FEW_REQUESTS = `OPEN_DT,TARGET_DT,CLOSED_DT,OnTime_Status
01/02/2015 09:27:07 AM,02/02/2015 09:26:00 AM,01/08/2015 08:03:37 AM,ONTIME
01/02/2015 03:06:27 PM,02/01/2015 03:06:26 PM,03/05/2015 03:01:14 PM,OVERDUE
01/05/2015 12:10:00 PM,02/04/2015 12:10:00 PM,,OVERDUE
12/24/2015 07:42:00 AM,01/13/2016 08:30:00 AM,,ONTIME
01/07/2015 03:38:40 PM,,01/08/2015 04:29:33 AM,ONTIME
`;
const FEW_PERMITS = `case:concept:name,case:startdate,case:deadline,case:enddate
c-1,2011-10-11 13:42:22+02:00,2011-12-06 13:41:31+01:00,2011-11-01 10:00:00+01:00
c-2,2011-10-11 13:42:22+02:00,2011-12-06 13:41:31+01:00,2012-01-10 10:00:00+01:00
c-3,2011-10-11 13:42:22+02:00,2011-12-06 13:41:31+01:00,
`;

function recorded(path: string, few: string): readonly Row[] {
  const file = `${recordings}${path}`;
  const isThere = existsSync(file);
  if (!isThere) process.stdout.write(`${path} is not here: only a few rows in its form are compared\n`);
  return parse(isThere ? readFileSync(file, 'utf8') : few, { columns: true, bom: true });
}

function definition(id: string): GroupKpi {
  const found = groups.find((kpi) => kpi.id === id);
  if (found === undefined) throw new Error(`${id} is not there`);
  return found;
}

/** The clock on the wall there, read as the clock on the wall here: months stay what they are. */
function bostonTime(text: string): number | null {
  const match = /^(\d\d)\/(\d\d)\/(\d{4}) (\d\d):(\d\d):(\d\d) ([AP])M$/.exec(text);
  if (match === null) return null;
  const [, month, day, year, hour, minute, second, half] = match;
  const hours = (Number(hour) % 12) + (half === 'P' ? 12 : 0);
  return Date.parse(`${year}-${month}-${day}T${String(hours).padStart(2, '0')}:${minute}:${second}+07:00`);
}

function timesOfRequest(row: Row): CaseTimes {
  return {
    openedAt: bostonTime(row['OPEN_DT'] ?? '') ?? 0,
    dueAt: bostonTime(row['TARGET_DT'] ?? ''),
    completedAt: bostonTime(row['CLOSED_DT'] ?? ''),
  };
}

const TYPES = [
  'Abandoned_Vehicles',
  'Misc_Snow_Complaint',
  'Missing_Sign',
  'Rodent_Activity',
  'Traffic_Signal_Repair',
];

describe.each(TYPES)('requests of Boston beside what the city published: %s', (type) => {
  const rows = recorded(`citizen-reports/boston_311_2015/${type}.csv`, FEW_REQUESTS);
  const events = rows.map((row, index) => caseEvent('field-report', String(index), timesOfRequest(row)));
  const lastOpened = Math.max(...events.map(({ openedAt }) => openedAt));
  /** Not closed, and not due either when the city published. */
  const isAhead = ({ completedAt, dueAt }: CaseEvent): boolean =>
    completedAt === null && (dueAt ?? 0) > lastOpened;
  const kpi = definition('citizen-reports.on_time_rate_province');

  it('every request that was due is on time exactly where the city says so', () => {
    const batch = batchOf('case', placed(events));
    const counts = kpi.plan.family.test?.bind(batch) ?? ((): boolean => true);
    const onTime = kpi.plan.slots.get('onTime')?.test?.bind(batch);
    const different = rows.filter((row, index) => {
      const event = events[index];
      if (event === undefined || event.dueAt === null || isAhead(event)) return false;
      return !counts(index) || onTime?.(index) !== (row['OnTime_Status'] === 'ONTIME');
    });
    expect(different).toEqual([]);
  });

  it('one without a target counts nowhere, though the city calls it on time', () => {
    const without = rows.filter((row) => row['TARGET_DT'] === '');
    expect(without.every((row) => row['OnTime_Status'] === 'ONTIME')).toBe(true);
    const counted = evaluateGroups(kpi, batchOf('case', placed(events))).reduce(
      (sum, { denominator }) => sum + (denominator ?? 0),
      0,
    );
    expect(counted).toBe(rows.length - without.length);
  });

  it('the rate of every month is the share that the city calls on time, of what was due in it', () => {
    const due = events.filter((event) => event.dueAt !== null && !isAhead(event));
    const months = new Map<string, [number, number]>();
    events.forEach((event, index) => {
      if (event.dueAt === null || isAhead(event)) return;
      const month = localDay(Math.min(event.completedAt ?? Infinity, event.dueAt)).slice(0, 7);
      const [on, all] = months.get(month) ?? [0, 0];
      months.set(month, [on + (rows[index]?.['OnTime_Status'] === 'ONTIME' ? 1 : 0), all + 1]);
    });
    expect(byMonth(evaluateGroups(kpi, batchOf('case', placed(due))))).toEqual(new Map([...months].sort()));
  });
});

describe('permits of the receipt log', () => {
  const rows = recorded('dossiers/receipt.csv', FEW_PERMITS);
  const cases = [...new Map(rows.map((row) => [row['case:concept:name'], row])).values()];
  const time = (text: string | undefined): number | null => {
    return text === undefined || text === '' ? null : Date.parse(text.replace(' ', 'T'));
  };
  const events = cases.map((row, index) =>
    caseEvent('dossier', String(index), {
      openedAt: time(row['case:startdate']) ?? 0,
      dueAt: time(row['case:deadline']),
      completedAt: time(row['case:enddate']),
    }),
  );
  const months = evaluateGroups(
    definition('public-administration.on_time_rate_province'),
    batchOf('case', placed(events)),
  );

  it('stand once each, at their end or their deadline, and those never ended are late', () => {
    const ended = events.filter(
      ({ completedAt, dueAt }) => completedAt !== null && completedAt <= (dueAt ?? 0),
    );
    expect(sumOf(months, 'denominator')).toBe(cases.length);
    expect(sumOf(months, 'numerator')).toBe(ended.length);
    expect(ended.length).toBeLessThan(cases.length);
  });

  it('fall into early, on time and late without a rest', () => {
    const bucket = (name: string): Map<string, number> => {
      const kpi = definition(`public-administration.${name}`);
      const values = evaluateGroups(kpi, batchOf('case', placed(events)));
      return new Map(values.map(({ start, value }) => [localDay(start), value ?? NaN]));
    };
    const [all, early, timely, late] = [
      bucket('processed'),
      bucket('processed_early'),
      bucket('processed_on_time'),
      bucket('processed_late'),
    ];
    expect(all.size).toBeGreaterThan(0);
    for (const [month, done] of all) {
      expect((early.get(month) ?? 0) + (timely.get(month) ?? 0) + (late.get(month) ?? 0), month).toBe(done);
    }
  });
});

function placed(events: readonly CaseEvent[]): { event: CaseEvent; position: number; row: number }[] {
  return events.map((event, row) => ({ event, position: 1, row }));
}

function byMonth(rows: readonly GroupRow[]): Map<string, [number | null, number | null]> {
  const entries = rows.map(({ start, numerator, denominator }) => {
    return [localDay(start).slice(0, 7), [numerator, denominator]] as [
      string,
      [number | null, number | null],
    ];
  });
  return new Map(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function sumOf(rows: readonly GroupRow[], side: 'numerator' | 'denominator'): number {
  return rows.reduce((sum, row) => sum + (row[side] ?? 0), 0);
}
