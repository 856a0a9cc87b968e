import type { Subsystem } from '../../../model/subsystem.ts';
import type { Family } from '../../../window/group/group-plan.ts';
import type { RecomputeScope } from '../../compiled-kpi.ts';
import { instantSql, sqlText } from '../literal.ts';
import {
  CLOCK_SQL,
  gridPointsMax,
  numberSql,
  registeredSql,
  standingSql,
  versionsSql,
} from './standing-sql.ts';
import { countsEntities, stateRowsSql } from './state-slices-sql.ts';

/** A definition over states, as far as its rows go. */
export interface StateSteps {
  readonly subsystem: Subsystem;
  readonly family: Family;
  /** Conditions on the standing rows: key, span. */
  readonly where: readonly string[];
}

/**
 * The first steps of a recomputation of states: versions, how they stand at the points of the grid, the rows that count
 * there. The last one is called `counted` and has the columns of `groupRowsSql`.
 *
 * Points are the ends of slices that have passed, those that the scope names, at most `gridPointsMax` before now.
 */
export function stateStepsSql({ subsystem, family, where }: StateSteps, scope: RecomputeScope): string {
  const { events } = scope;
  const isView = /^\w+$/.test(events);
  const own = isView ? [`subsystem = ${sqlText(subsystem)}`] : [];
  // The views of versions show what is excluded too.
  const counted = isView && family.kind !== 'measurement' ? ['NOT excluded'] : [];
  const span = spanConditions(family, scope);
  const points = pointsOf(family, scope);
  const steps = [
    `  -- Every version, and until when it is the newest one.
  versions AS (
    ${versionsSql(family, { events, where: [...own, ...counted, ...span] })}
  )`,
    `  -- The rows as they stand at the end of every slice of the grid that is over.
  standing AS (
    ${standingSql(family, 'versions', points)}
  )`,
  ];
  if (countsEntities(family)) {
    const heard = own.length === 0 ? events : `${events} WHERE ${own.join()}`;
    steps.push(`  -- What the registry knows, at each of these points since anything was heard.
  registered AS (
    ${registeredSql(family, heard, points)}
  )`);
  }
  steps.push(`  -- The rows that count: key, time, and what each measure takes of them.
  counted AS (
    ${stateRowsSql(family, { standing: 'standing', registered: 'registered', where })}
  )`);
  return steps.join(',\n');
}

/** What can stand at a point of the scope happened before its end, and readings not long before. */
function spanConditions({ kind, state }: Family, { from, to }: RecomputeScope): string[] {
  const conditions: string[] = [];
  // The state at the end of the last slice is that of the events before it.
  if (to !== undefined) conditions.push(`event_time < ${instantSql(endOfSpan(to))}`);
  if (from !== undefined && kind === 'measurement') {
    conditions.push(`event_time >= ${instantSql(Date.parse(from) - (state?.withinMs ?? 0))}`);
  }
  return conditions;
}

/** A grid divides an hour: no slice that starts before `to` ends later than this. */
function endOfSpan(to: string): number {
  return Date.parse(to) + 3_600_000;
}

function pointsOf(
  family: Family,
  { from, to }: RecomputeScope,
): { first: string; last: string; now: string } {
  const { sliceMs, sliceOffsetMs } = family;
  const over = `${numberSql(family, CLOCK_SQL)} - 1`;
  const numberOf = (ms: number): number => Math.floor((ms - sliceOffsetMs) / sliceMs);
  // A slice that starts at or after `from`, and one that starts before `to`.
  const first =
    from === undefined ? `${over} - ${String(gridPointsMax)}` : String(numberOf(Date.parse(from) - 1) + 1);
  const last = to === undefined ? over : `least(toInt64(${String(numberOf(Date.parse(to) - 1))}), ${over})`;
  return { first: `toInt64(${first})`, last, now: CLOCK_SQL };
}
