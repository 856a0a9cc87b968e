import type { ClickHouseClient } from '@clickhouse/client';

import type { CompiledKpi } from '../../pipeline/kpi/compiled-kpi.ts';
import { FAULTS, verifySql } from '../../pipeline/kpi/sql/verify-sql.ts';
import type { Verdict, VerifyExample } from '../../pipeline/kpi/sql/verify-sql.ts';
import { DAY_MS } from '../../pipeline/model/time.ts';
import { boundedEvents } from '../../pipeline/store/bounded-events.ts';
import { quote, selectRows } from '../../pipeline/store/connect-store.ts';

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
  for (const { from, to } of spansOf(await extentOf(client, task))) {
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

/** First and last start of a window that the events or the stored values could have, cut to the question. */
async function extentOf(client: ClickHouseClient, { kpi, question }: Task): Promise<Span | undefined> {
  const own = `subsystem = ${quote(kpi.subsystem)}`;
  const rows = await selectRows<[number, number, number]>(
    client,
    `SELECT toUnixTimestamp64Milli(min(first)), toUnixTimestamp64Milli(max(last)), sum(n) FROM (
  SELECT min(event_time) AS first, max(event_time) AS last, count() AS n FROM raw_measurements WHERE ${own}
  HAVING n > 0
  UNION ALL SELECT min(event_time), max(event_time), count() AS n FROM raw_measurement_rows WHERE ${own} HAVING n > 0
  UNION ALL SELECT min(window_start), max(window_start), count() AS n FROM raw_kpi_values
  WHERE kpi = ${quote(kpi.id)} HAVING n > 0)`,
  );
  const [first, last, count] = rows[0] ?? [0, 0, 0];
  if (count === 0) return undefined;
  const from = Math.max(question.from ?? -Infinity, first - MARGIN_MS);
  const to = Math.min(question.to ?? Infinity, last + MARGIN_MS);
  return from < to ? { from, to } : undefined;
}

function spansOf(extent: Span | undefined): Span[] {
  const spans: Span[] = [];
  if (extent === undefined) return spans;
  for (let from = extent.from; from < extent.to; from += SPAN_MS) {
    spans.push({ from, to: Math.min(from + SPAN_MS, extent.to) });
  }
  return spans;
}

function instant(ms: number): string {
  return `fromUnixTimestamp64Milli(toInt64(${String(Math.max(0, ms))}), 'UTC')`;
}
