import type { EventKind } from '../../../model/subsystem.ts';
import { type Family, NOW_SQL } from '../../../window/group/group-plan.ts';

/** Most points of a grid before the newest one that are told: 5.7 years of hours, 173 days of 5 minutes. */
export const gridPointsMax = 50_000;

/** What of a family says how its rows stand at the points of its grid. */
export type StateFamily = Pick<Family, 'kind' | 'sliceMs' | 'sliceOffsetMs' | 'state'>;

/** Consecutive points of a grid: numbers of the slices that they end. All SQL, Int64. */
export interface GridPoints {
  readonly first: string;
  readonly last: string;
  /** Milliseconds UTC; a slice that has not ended by then is told as of now. */
  readonly now: string;
}

/** What names a row among its versions, and orders these. */
const ROWS: Readonly<Record<Exclude<EventKind, 'measurement' | 'alert'>, string>> = {
  case: 'subsystem, feed, case_id',
  post: 'platform, post_id, feed',
};
const NEWEST_FIRST = 'version DESC, log_position DESC, log_row DESC';

/** Later than any time of an event. */
const FOREVER = 'toInt64(9000000000000)';
/** Now, Int64 milliseconds UTC. */
export const CLOCK_SQL = 'toUnixTimestamp64Milli(now64(3))';
const EVENT_MS = 'toUnixTimestamp64Milli(event_time)';

/**
 * Every version of a row (every good plain reading) with the span in which it is what stands: `since_ms < t <= until_ms`.
 *
 * ```text
 * version 1   since├───────────┤until
 * version 2                since├──────────────────▶        happened, and was not replaced yet
 * version 3          (came late: happened before 2, but replaces it)
 * ```
 *
 * @param events the versions with the columns of their view, `log_position` and `log_row`
 * @param where conditions on all versions of a row alike, or on the time of an event from above
 */
export function versionsSql(
  { kind, state }: StateFamily,
  { events, where }: { readonly events: string; readonly where: readonly string[] },
): string {
  if (kind === 'measurement') {
    const next = `leadInFrame(${EVENT_MS}, 1, ${FOREVER}) OVER (
        PARTITION BY subsystem, entity, property ORDER BY event_time, id_hash
        ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING)`;
    return `SELECT *, ${EVENT_MS} AS since_ms,
      least(since_ms + ${String(state?.withinMs ?? 0)}, ${next}) AS until_ms
    FROM ${events}
    WHERE ${[...where, PLAIN_READING].join(' AND ')}`;
  }
  const replaced = `minOrNull(${EVENT_MS}) OVER (
        PARTITION BY ${rowOf(kind)} ORDER BY ${NEWEST_FIRST}
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)`;
  return `SELECT *, ${EVENT_MS} AS since_ms,
      ifNull(${replaced}, ${FOREVER}) AS until_ms
    FROM ${events}${whereOf(where)}`;
}

/** The rows as they stand at each of several points, which they name `now_ms`. @param versions see `versionsSql` */
export function standingSql(family: StateFamily, versions: string, points: GridPoints): string {
  const numbers = `range(
      greatest(${points.first}, ${numberSql(family, 'since_ms')}),
      least(${points.last}, ${numberSql(family, 'until_ms')}) + 1)`;
  const isThere = family.kind === 'post' ? ` AND action != 'delete'` : '';
  return `SELECT *, ${pointSql(family, points)} AS ${NOW_SQL}
    FROM ${versions}
    ARRAY JOIN ${numbers} AS point
    WHERE since_ms < ${NOW_SQL} AND ${NOW_SQL} <= until_ms${isThere}`;
}

/**
 * The rows as they stand at one instant: what `standingSql` says, several times faster.
 *
 * @param at SQL, Int64 milliseconds UTC
 */
export function standingAtSql(
  { kind, state }: StateFamily,
  { events, where }: { readonly events: string; readonly where: readonly string[] },
  at: string,
): string {
  const instant = (ms: string): string => `fromUnixTimestamp64Milli(toInt64(${ms}), 'UTC')`;
  const conditions = [...where, `event_time < ${instant(at)}`];
  const columns = `*, toInt64(${at}) AS ${NOW_SQL}`;
  if (kind === 'measurement') {
    const young = `event_time >= ${instant(`${at} - ${String(state?.withinMs ?? 0)}`)}`;
    return `SELECT ${columns} FROM ${events}
    WHERE ${[...conditions, young, PLAIN_READING].join(' AND ')}
    ORDER BY subsystem, entity, property, event_time DESC, id_hash DESC LIMIT 1 BY subsystem, entity, property`;
  }
  const newest = `SELECT ${columns} FROM ${events}${whereOf(conditions)}
    ORDER BY ${rowOf(kind)}, ${NEWEST_FIRST} LIMIT 1 BY ${rowOf(kind)}`;
  return kind === 'post' ? `SELECT * FROM (${newest}) WHERE action != 'delete'` : newest;
}

/**
 * Registered entities at each of several points since anything was heard; a family asks for them where a measure counts
 * them.
 *
 * @param heard all events of the kind: a table expression with the column `event_time`
 */
export function registeredSql(family: StateFamily, heard: string, points: GridPoints): string {
  const since = `(SELECT ifNull(minOrNull(${EVENT_MS}), ${FOREVER}) FROM ${heard})`;
  const first = `greatest(${points.first}, ${numberSql(family, since)})`;
  return `SELECT id AS entity, area, class, subsystem, ${pointSql(family, points)} AS ${NOW_SQL}
    FROM entities ARRAY JOIN range(${first}, ${points.last} + 1) AS point`;
}

/** Number of the slice that holds a time, Int64. @param time SQL, milliseconds UTC */
export function numberSql({ sliceMs, sliceOffsetMs }: StateFamily, time: string): string {
  return `intDiv(${time}${sliceOffsetMs === 0 ? '' : ` - (${String(sliceOffsetMs)})`}, ${String(sliceMs)})`;
}

/** Statistics of a period and readings of a broken sensor say nothing of now. */
const PLAIN_READING = `quality = 'good' AND period = ''`;

function pointSql({ sliceMs, sliceOffsetMs }: StateFamily, { now }: GridPoints): string {
  const end = `(point + 1) * ${String(sliceMs)}${sliceOffsetMs === 0 ? '' : ` + (${String(sliceOffsetMs)})`}`;
  return `least(toInt64(${end}), toInt64(${now}))`;
}

function rowOf(kind: EventKind): string {
  if (kind === 'case' || kind === 'post') return ROWS[kind];
  throw new TypeError(`a ${kind} has no versions`);
}

function whereOf(conditions: readonly string[]): string {
  return conditions.length === 0 ? '' : `\n    WHERE ${conditions.join(' AND ')}`;
}
