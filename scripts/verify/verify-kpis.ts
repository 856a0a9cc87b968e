import type { ClickHouseClient } from '@clickhouse/client';

import type { CompiledKpi, RecomputeScope } from '../../pipeline/kpi/compiled-kpi.ts';
import type { GroupKpi } from '../../pipeline/kpi/group-kpi.ts';
import { rowSpan } from '../../pipeline/kpi/sql/group-recompute-sql.ts';
import { FAULTS, verifySql } from '../../pipeline/kpi/sql/verify-sql.ts';
import type { Verdict, VerifyExample } from '../../pipeline/kpi/sql/verify-sql.ts';
import { DAY_MS } from '../../pipeline/model/time.ts';
import { boundedEvents } from '../../pipeline/store/bounded-events.ts';
import { boundedRows } from '../../pipeline/store/bounded-rows.ts';
import { changedTables } from '../../pipeline/store/changed-slices.ts';
import { factSpanSql } from '../../pipeline/store/group-slices.ts';
import { sliceStart } from '../../pipeline/window/group/window-rule.ts';
import { sqlText } from '../../pipeline/kpi/sql/literal.ts';
import { selectRows } from '../../pipeline/store/connect-store.ts';

/** What is compared; times in milliseconds UTC. */
export interface VerifyQuestion {
  readonly kpis: readonly (CompiledKpi | GroupKpi)[];
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
  readonly kpi: CompiledKpi | GroupKpi;
  readonly position: number;
  readonly question: VerifyQuestion;
}

async function verifyKpi(client: ClickHouseClient, task: Task): Promise<KpiVerdicts> {
  const { kpi, position, question } = task;
  const windows = { matched: 0, different: 0, missing: 0, surplus: 0, provisional: 0, newer: 0 };
  const examples: { verdict: Verdict; example: VerifyExample }[] = [];
  for (const { from, to } of await spansWithData(client, task)) {
    const window = { from: new Date(from).toISOString(), to: new Date(to).toISOString() };
    const sql = verifySql(kpi, {
      ...{ ...window, events: eventsOf(kpi, position, window) },
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

/** What stands for the events: what the windows of a span may look at, at a log position. */
function eventsOf(
  kpi: CompiledKpi | GroupKpi,
  position: number,
  window: Required<Pick<RecomputeScope, 'from' | 'to'>>,
): string {
  const { subsystem } = kpi;
  if ('plan' in kpi) {
    const where = factSpanSql(kpi.plan.family, rowSpan(kpi.plan, window));
    return boundedRows(kpi.plan.family.kind, {
      subsystem,
      position,
      ...(where === undefined ? {} : { where }),
    });
  }
  const [from, to] = [Date.parse(window.from) - MARGIN_MS, Date.parse(window.to) + MARGIN_MS];
  const where = `event_time >= ${instant(from)} AND event_time < ${instant(to)}`;
  return boundedEvents({ subsystem, position, where });
}

/** Spans in which a window of the events or of the stored values can start, cut to the question. */
async function spansWithData(client: ClickHouseClient, { kpi, question }: Task): Promise<Span[]> {
  const numbers = new Set(await storedSpans(client, kpi));
  for (const number of await rowSpans(client, kpi)) {
    const { first, last } = windowSpans(kpi, number);
    for (let span = first; span <= last; span += 1) numbers.add(span);
  }
  return [...numbers]
    .sort((a, b) => a - b)
    .map((span) => ({
      from: Math.max(question.from ?? -Infinity, span * SPAN_MS),
      to: Math.min(question.to ?? Infinity, (span + 1) * SPAN_MS),
    }))
    .filter(({ from, to }) => from < to);
}

async function storedSpans(client: ClickHouseClient, { id }: CompiledKpi | GroupKpi): Promise<number[]> {
  const rows = await selectRows<[number]>(
    client,
    `SELECT DISTINCT intDiv(toUnixTimestamp64Milli(window_start), ${SPAN_MS})
FROM raw_kpi_values WHERE kpi = ${sqlText(id)}`,
  );
  return rows.map(([span]) => span);
}

/** Spans with rows that place themselves there, in any version. */
async function rowSpans(client: ClickHouseClient, kpi: CompiledKpi | GroupKpi): Promise<number[]> {
  const [kind, at] =
    'plan' in kpi
      ? [kpi.plan.family.kind, kpi.plan.family.at.sql]
      : (['measurement', 'toUnixTimestamp64Milli(event_time)'] as const);
  const parts = changedTables(kind).map((table) => {
    return `SELECT intDiv(assumeNotNull(${at}), ${SPAN_MS}) AS span FROM ${table}
  WHERE subsystem = ${sqlText(kpi.subsystem)} AND isNotNull(${at})`;
  });
  const rows = await selectRows<[number]>(client, `SELECT DISTINCT span FROM (${parts.join(' UNION ALL ')})`);
  return rows.map(([span]) => span);
}

/** First and last span in which a window of the rows of a span can start. */
function windowSpans(kpi: CompiledKpi | GroupKpi, span: number): { first: number; last: number } {
  const [from, to] = [span * SPAN_MS, (span + 1) * SPAN_MS];
  const spanOf = (ms: number): number => Math.floor(ms / SPAN_MS);
  if (!('plan' in kpi)) return { first: spanOf(from - MARGIN_MS), last: spanOf(to + MARGIN_MS) };
  const { rule } = kpi.plan;
  const first = rule.windowsOf(sliceStart(rule, from))[0] ?? from;
  const last = rule.windowsOf(sliceStart(rule, to - 1)).at(-1) ?? to - 1;
  return { first: spanOf(Math.min(first, from)), last: spanOf(Math.max(last, to - 1)) };
}

function instant(ms: number): string {
  return `fromUnixTimestamp64Milli(toInt64(${String(Math.max(0, ms))}), 'UTC')`;
}
