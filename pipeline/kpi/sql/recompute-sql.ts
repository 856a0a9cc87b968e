import { HOUR_MS } from '../../model/time.ts';
import type { RecomputeScope } from '../compiled-kpi.ts';
import type { Plan } from '../definitions/plan.ts';
import { sqlText, sqlTime } from './literal.ts';
import { valueSteps } from './value-sql.ts';
import { windowsSql } from './windows-sql.ts';

/**
 * The statement that recomputes a definition from raw events, in four steps that an analyst can run one by one:
 * exact sums per property and hour, hourly means, measures per window, the value.
 *
 * It has a row for every window that the rule gives a value, each judged as complete; the columns are `entity,
 * window_start, window_end, value, numerator, denominator, samples`.
 */
export function recomputeSql(plan: Plan, scope: RecomputeScope): string {
  const bounds = boundsOf(plan, scope);
  return `WITH
  -- A value counts as the integer round(value * 10^6), summed in two words: exact in any order.
  readings AS (
    WITH roundBankers(value * 1000000) AS scaled, floor(scaled / 67108864) AS word
    SELECT
      entity,
      property,
      intDiv(toUnixTimestamp64Milli(event_time), 3600000) AS hour,
      countIf(quality = 'good') AS good,
      count() AS received,
      sumIf(toInt64(word), quality = 'good') AS high,
      sumIf(toInt64(scaled - word * 67108864), quality = 'good') AS low
    FROM ${scope.events}
    WHERE ${bounds.events.join(' AND ')}
    GROUP BY entity, property, hour
  ),
${windowsSql(plan)},
${valuesSql(plan, bounds.windows)}`;
}

interface Bounds {
  readonly events: readonly string[];
  readonly windows: readonly string[];
}

function boundsOf(plan: Plan, scope: RecomputeScope): Bounds {
  const events = [`period = ''`];
  // A view holds every subsystem; a subquery is bounded to the one of the definition by who wrote it.
  if (/^\w+$/.test(scope.events)) events.push(`subsystem = ${sqlText(plan.subsystem)}`);
  const windows: string[] = [];
  if (plan.properties !== null) {
    events.push(`property IN (${plan.properties.map(sqlText).join(', ')})`);
  }
  if (scope.entity !== undefined) events.push(`entity = ${sqlText(scope.entity)}`);
  if (scope.from !== undefined) {
    const from = Date.parse(scope.from);
    events.push(`event_time >= ${sqlTime(from - plan.lookbackHours * HOUR_MS)}`);
    windows.push(`window_start >= ${sqlTime(from)}`);
  }
  if (scope.to !== undefined) {
    const to = Date.parse(scope.to);
    events.push(`event_time < ${sqlTime(to + plan.windowHours * HOUR_MS)}`);
    windows.push(`window_start < ${sqlTime(to)}`);
  }
  return { events, windows };
}

/** The value of each window; the last statement takes the windows that have one. */
function valuesSql(plan: Plan, windows: readonly string[]): string {
  const steps = valueSteps({ ...plan, samples: plan.samples ?? 'used' }, 'windows');
  const first = plan.windowHours === 1 ? 'window' : '(window * 24 - 7)';
  return `${steps.sql}
SELECT
  entity,
  fromUnixTimestamp64Milli(${first} * 3600000, 'UTC') AS window_start,
  window_start + INTERVAL ${String(plan.windowHours)} HOUR AS window_end,
  value, numerator, denominator, samples
FROM ${steps.name}
WHERE ${['isFinite(value)', 'samples > 0', ...windows].join(' AND ')}`;
}
