import type { ClickHouseClient } from '@clickhouse/client';

import { isDerived, isGauge, isGroup, type Kpi } from '../../pipeline/kpi/kpi.ts';
import { FAULTS } from '../../pipeline/kpi/sql/verify-sql.ts';
import type { Verdict, VerifyExample } from '../../pipeline/kpi/sql/verify-sql.ts';
import { DAY_MS } from '../../pipeline/model/time.ts';
import {
  compareSpan,
  faultsIn,
  NO_VERDICTS,
  publisherOf,
  storedPositions,
} from '../../pipeline/runtime/verifier/compare-span.ts';
import { changedTables } from '../../pipeline/store/groups/changed-slices.ts';
import { sliceStart } from '../../pipeline/window/group/window-rule.ts';
import { sqlText } from '../../pipeline/kpi/sql/literal.ts';
import { selectRows } from '../../pipeline/store/connect-store.ts';

/** What is compared; times in milliseconds UTC. */
export interface VerifyQuestion {
  readonly kpis: readonly Kpi[];
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

/** The longest lookback and window of any definition of stations, generously. */
const MARGIN_MS = 3 * DAY_MS;

/** Windows of a definition that do not agree. */
export function faultsOf(verdicts: KpiVerdicts): number {
  return faultsIn(verdicts.windows);
}

/**
 * Compares the stored values of each definition with its SQL, each at the position up to which its subsystem is
 * stored. A definition whose subsystem has no position yet gives no verdicts.
 *
 * @throws StoreUnavailableError
 */
export async function verifyKpis(client: ClickHouseClient, question: VerifyQuestion): Promise<KpiVerdicts[]> {
  const positions = await storedPositions(client);
  const results: KpiVerdicts[] = [];
  for (const kpi of question.kpis) {
    const position = positions.get(publisherOf(kpi));
    if (position === undefined || isGauge(kpi)) continue;
    results.push(await verifyKpi(client, { kpi, position, question }));
  }
  return results;
}

interface Task {
  readonly kpi: Kpi;
  readonly position: number;
  readonly question: VerifyQuestion;
}

async function verifyKpi(client: ClickHouseClient, task: Task): Promise<KpiVerdicts> {
  const { kpi, position, question } = task;
  const windows = { ...NO_VERDICTS };
  const examples: { verdict: Verdict; example: VerifyExample }[] = [];
  const { entity, examplesMax } = question;
  for (const { from, to } of await spansWithData(client, task)) {
    const place = entity === undefined ? {} : { entity };
    const rows = await compareSpan(client, { kpi, position, from, to, examplesMax, ...place });
    for (const { verdict, windows: count, examples: some } of rows) {
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
  const numbers = new Set(await storedSpans(client, kpi));
  for (const number of await rowSpans(client, kpi)) {
    const { first, last } = windowSpans(kpi, number);
    for (let span = first; span <= last; span += 1) numbers.add(span);
  }
  // A state lasts: there is one at every point of the grid since the first row.
  if (isGroup(kpi) && kpi.plan.family.state !== null && numbers.size > 0) {
    const last = Math.max(...numbers);
    for (let span = Math.min(...numbers); span < last; span += 1) numbers.add(span);
  }
  return [...numbers]
    .sort((a, b) => a - b)
    .map((span) => ({
      from: Math.max(question.from ?? -Infinity, span * SPAN_MS),
      to: Math.min(question.to ?? Infinity, (span + 1) * SPAN_MS),
    }))
    .filter(({ from, to }) => from < to);
}

async function storedSpans(client: ClickHouseClient, { id }: Pick<Kpi, 'id'>): Promise<number[]> {
  const rows = await selectRows<[number]>(
    client,
    `SELECT DISTINCT intDiv(toUnixTimestamp64Milli(window_start), ${SPAN_MS})
FROM raw_kpi_values WHERE kpi = ${sqlText(id)}`,
  );
  return rows.map(([span]) => span);
}

/** Spans with rows that place themselves there, in any version. */
async function rowSpans(client: ClickHouseClient, kpi: Kpi): Promise<number[]> {
  if (isDerived(kpi)) return inputSpans(client, kpi.derived.inputs);
  const [kind, at] = isGroup(kpi)
    ? [kpi.plan.family.kind, kpi.plan.family.at.sql]
    : (['measurement', 'toUnixTimestamp64Milli(event_time)'] as const);
  const parts = changedTables(kind).map((table) => {
    return `SELECT intDiv(assumeNotNull(${at}), ${SPAN_MS}) AS span FROM ${table}
  WHERE subsystem = ${sqlText(kpi.subsystem)} AND isNotNull(${at})`;
  });
  const rows = await selectRows<[number]>(client, `SELECT DISTINCT span FROM (${parts.join(' UNION ALL ')})`);
  return rows.map(([span]) => span);
}

/** Spans in which the inputs of a derived definition have windows. */
async function inputSpans(
  client: ClickHouseClient,
  inputs: readonly { readonly kpi: string }[],
): Promise<number[]> {
  const spans = await Promise.all(inputs.map(({ kpi }) => storedSpans(client, { id: kpi })));
  return spans.flat();
}

/** First and last span in which a window of the rows of a span can start. */
function windowSpans(kpi: Kpi, span: number): { first: number; last: number } {
  const [from, to] = [span * SPAN_MS, (span + 1) * SPAN_MS];
  const spanOf = (ms: number): number => Math.floor(ms / SPAN_MS);
  // A year begins up to four spans before the windows in it.
  if (isDerived(kpi)) return { first: span - 4, last: span + 1 };
  if (!isGroup(kpi)) return { first: spanOf(from - MARGIN_MS), last: spanOf(to + MARGIN_MS) };
  const { rule } = kpi.plan;
  const first = rule.windowsOf(sliceStart(rule, from))[0] ?? from;
  const last = rule.windowsOf(sliceStart(rule, to - 1)).at(-1) ?? to - 1;
  return { first: spanOf(Math.min(first, from)), last: spanOf(Math.max(last, to - 1)) };
}
