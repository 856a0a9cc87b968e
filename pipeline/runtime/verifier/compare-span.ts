import type { ClickHouseClient, ClickHouseSettings } from '@clickhouse/client';

import type { RecomputeScope } from '../../kpi/compiled-kpi.ts';
import { type EventKpi, isDerived, isGroup, type Kpi } from '../../kpi/kpi.ts';
import { rowSpan } from '../../kpi/sql/group-recompute-sql.ts';
import { instantSql } from '../../kpi/sql/literal.ts';
import { countsEntities } from '../../kpi/sql/states/state-slices-sql.ts';
import {
  FAULTS,
  verifySql,
  type Verdict,
  type VerifyExample,
  type VerifyRow,
} from '../../kpi/sql/verify-sql.ts';
import { DERIVED_SHARD } from '../../model/subsystem.ts';
import { DAY_MS } from '../../model/time.ts';
import { boundedEvents } from '../../store/bounded-events.ts';
import { boundedRows } from '../../store/groups/bounded-rows.ts';
import { stateVersions } from '../../store/groups/state-slices.ts';
import { selectRows } from '../../store/connect-store.ts';
import { activeExclusions } from '../../store/corrections/exclusion-table.ts';
import { factSpanSql, type LogBounds } from '../../store/groups/group-slices.ts';

/** The longest lookback and window of any definition of stations, generously: events that a span may need. */
const MARGIN_MS = 3 * DAY_MS;

/** Windows of one definition that are compared at a position. */
export interface Comparison {
  readonly kpi: Kpi;
  /** Position up to which its values are stored. */
  readonly position: number;
  /** Windows that start in [from, to), milliseconds UTC. */
  readonly from: number;
  readonly to: number;
  readonly entity?: string;
  /** Most examples that each verdict tells. */
  readonly examplesMax: number;
}

/** How many windows came to each verdict. */
export type VerdictCounts = Readonly<Record<Verdict, number>>;

/** No window of any verdict. */
export const NO_VERDICTS: VerdictCounts = {
  matched: 0,
  different: 0,
  missing: 0,
  surplus: 0,
  provisional: 0,
  newer: 0,
};

/** Windows that do not agree. */
export function faultsIn(windows: VerdictCounts): number {
  return FAULTS.reduce((sum, verdict) => sum + windows[verdict], 0);
}

/** Compares the stored windows of a span with the SQL of their definition. @throws StoreUnavailableError */
export async function compareSpan(
  client: ClickHouseClient,
  { kpi, position, from, to, entity, examplesMax }: Comparison,
  settings: ClickHouseSettings = {},
): Promise<VerifyRow[]> {
  const window = { from: new Date(from).toISOString(), to: new Date(to).toISOString() };
  const own = { subsystem: kpi.subsystem, position };
  const bounds = { ...own, exclusions: await activeExclusions(client, own) };
  const sql = verifySql(kpi, {
    ...{ ...window, events: isDerived(kpi) ? 'kpi_values' : eventsOf(kpi, window, bounds) },
    ...(entity === undefined ? {} : { entity }),
    ...{ position, examplesMax },
  });
  const rows = await selectRows<[Verdict, number, VerifyExample[]]>(client, sql, settings);
  return rows.map(([verdict, windows, examples]) => ({ verdict, windows, examples }));
}

/** Positions up to which values are stored, by who publishes them. */
export async function storedPositions(client: ClickHouseClient): Promise<ReadonlyMap<string, number>> {
  const sql = 'SELECT subsystem, max(position) FROM raw_positions GROUP BY subsystem';
  return new Map(await selectRows<[string, number]>(client, sql));
}

/** Who publishes the values of a definition. */
export function publisherOf(kpi: Kpi): string {
  return isDerived(kpi) ? DERIVED_SHARD : kpi.subsystem;
}

/** What stands for the events: what the windows of a span may look at, at a log position. */
function eventsOf(
  kpi: EventKpi,
  window: Required<Pick<RecomputeScope, 'from' | 'to'>>,
  bounds: LogBounds,
): string {
  if (isGroup(kpi) && kpi.plan.family.state !== null) {
    const { family, slots } = kpi.plan;
    // Registered entities count since anything was heard: then nothing may be left out.
    const asksAll = countsEntities({ slots: [...slots.values()] });
    return stateVersions(family, bounds, asksAll ? 0 : Date.parse(window.from));
  }
  if (isGroup(kpi)) {
    const where = factSpanSql(kpi.plan.family, rowSpan(kpi.plan, window));
    return boundedRows(kpi.plan.family.kind, { ...bounds, ...(where === undefined ? {} : { where }) });
  }
  const [from, to] = [Date.parse(window.from) - MARGIN_MS, Date.parse(window.to) + MARGIN_MS];
  const where = `event_time >= ${instantSql(from)} AND event_time < ${instantSql(to)}`;
  return boundedEvents({ ...bounds, where });
}
