import type { ClickHouseClient } from '@clickhouse/client';

import type { CompiledKpi } from '../../pipeline/kpi/compiled-kpi.ts';
import { FAULTS, verifySql } from '../../pipeline/kpi/sql/verify-sql.ts';
import type { Verdict, VerifyExample } from '../../pipeline/kpi/sql/verify-sql.ts';
import { DAY_MS } from '../../pipeline/model/time.ts';
import { boundedEvents } from '../../pipeline/store/bounded-events.ts';
import { sqlText } from '../../pipeline/kpi/sql/literal.ts';
import { selectRows } from '../../pipeline/store/connect-store.ts';

/** What is compared; times in milliseconds UTC. */
export interface VerifyQuestion {
  readonly kpis: readonly CompiledKpi[];
  readonly from: number | undefined;
  readonly to: number | undefined;
  readonly entity: string | undefined;
  readonly examplesMax: number;
}

/** What came of one definition. */
export interface KpiVerdicts {
  readonly kpi: string;
  /** Log position at which it was compared. */
  readonly position: number;
  readonly windows: Readonly<Record<Verdict, number>>;
  readonly examples: readonly { readonly verdict: Verdict; readonly example: VerifyExample }[];
}

/** Windows of one statement start within this span: memory stays bounded over any number of years. */
const SPAN_MS = 92 * DAY_MS;

/** The longest lookback and window of any definition, generously: events that a span may need. */
const MARGIN_MS = 3 * DAY_MS;

/** Windows of a definition that do not agree. */
export function faultsOf(verdicts: KpiVerdicts): number {
  return FAULTS.reduce((sum, verdict) => sum + verdicts.windows[verdict], 0);
}

/**
 * Compares the stored values of each definition with its SQL, each at the position up to which its subsystem is
 * stored. A definition whose subsystem has no position yet gives no verdicts.
 *
 * @throws StoreUnavailableError
 */
export async function verifyKpis(client: ClickHouseClient, question: VerifyQuestion): Promise<KpiVerdicts[]> {
  const positions = new Map(
    await selectRows<[string, number]>(
      client,
      'SELECT subsystem, max(position) FROM raw_positions GROUP BY subsystem',
    ),
  );
  const results: KpiVerdicts[] = [];
  for (const kpi of question.kpis) {
    const position = positions.get(kpi.subsystem);
    if (position === undefined) continue;
    results.push(await verifyKpi(client, { kpi, position, question }));
  }
  return results;
}

interface Task {
  readonly kpi: CompiledKpi;
  readonly position: number;
  readonly question: VerifyQuestion;
}

async function verifyKpi(client: ClickHouseClient, task: Task): Promise<KpiVerdicts> {
  const { kpi, position, question } = task;
  const windows = { matched: 0, different: 0, missing: 0, surplus: 0, provisional: 0, newer: 0 };
  const examples: { verdict: Verdict; example: VerifyExample }[] = [];
  for (const { from, to } of await spansWithData(client, task)) {
    const span = `event_time >= ${instant(from - MARGIN_MS)} AND event_time < ${instant(to + MARGIN_MS)}`;
    const sql = verifySql(kpi, {
      events: boundedEvents({ subsystem: kpi.subsystem, position, where: span }),
      from: new Date(from).toISOString(),
      to: new Date(to).toISOString(),
      ...(question.entity === undefined ? {} : { entity: question.entity }),
      position,
      examplesMax: question.examplesMax,
    });
    const rows = await selectRows<[Verdict, number, VerifyExample[]]>(client, sql);
    for (const [verdict, count, some] of rows) {
      windows[verdict] += count;
      if (!FAULTS.includes(verdict)) continue;
      const told = examples.filter((one) => one.verdict === verdict).length;
      for (const example of some.slice(0, question.examplesMax - told)) examples.push({ verdict, example });
    }
  }
  return { kpi: kpi.id, position, windows, examples };
}

interface Span {
  readonly from: number;
  readonly to: number;
}

/** Spans in which a window of the events or of the stored values can start, cut to the question. */
async function spansWithData(client: ClickHouseClient, { kpi, question }: Task): Promise<Span[]> {
  const own = `subsystem = ${sqlText(kpi.subsystem)}`;
  const spansNear = (time: string): string => {
    const ms = `toUnixTimestamp64Milli(${time})`;
    return `SELECT DISTINCT arrayJoin([intDiv(${ms} - ${MARGIN_MS}, ${SPAN_MS}), intDiv(${ms} + ${MARGIN_MS}, ${SPAN_MS})]) AS span`;
  };
  const rows = await selectRows<[number]>(
    client,
    `SELECT DISTINCT span FROM (
  ${spansNear('event_time')} FROM raw_measurements WHERE ${own}
  UNION ALL ${spansNear('event_time')} FROM raw_measurement_rows WHERE ${own}
  UNION ALL ${spansNear('window_start')} FROM raw_kpi_values WHERE kpi = ${sqlText(kpi.id)}) ORDER BY span`,
  );
  return rows
    .map(([span]) => ({
      from: Math.max(question.from ?? -Infinity, span * SPAN_MS),
      to: Math.min(question.to ?? Infinity, (span + 1) * SPAN_MS),
    }))
    .filter(({ from, to }) => from < to);
}

function instant(ms: number): string {
  return `fromUnixTimestamp64Milli(toInt64(${String(Math.max(0, ms))}), 'UTC')`;
}
