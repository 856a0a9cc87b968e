import { HOURS_BEGUN } from '../definitions/stations/check-definition.ts';
import { hoursOf } from '../definitions/plan.ts';
import type { Plan } from '../definitions/plan.ts';
import { isHours } from '../definitions/schema.ts';
import type { Measure } from '../definitions/schema.ts';
import { sqlText } from './literal.ts';

/** The middle steps of a recomputation: hourly means or plain totals, and from them the measures per window. */
export function windowsSql(plan: Plan): string {
  return plan.measures.every(isHours) ? hoursSql(plan) : totalsSql(plan);
}

/** Mean with the operations of `meanOf`, in its order. */
const MEAN = '(toFloat64(high) * 67108864 + toFloat64(low)) / good / 1000000';

/**
 * Each hour goes into its own window and into those after it that look back to it, at the place `back`, 0 being
 * the newest hour of the window.
 */
function hoursSql(plan: Plan): string {
  const length = plan.windowHours + plan.lookbackHours;
  const windows = Math.ceil(length / plan.windowHours);
  const place =
    plan.windowHours === 1
      ? ['hour + ahead AS window', 'ahead AS back']
      : ['intDiv(hour + 7, 24) + ahead AS window', 'window * 24 + 16 - hour AS back'];
  const measures = plan.measures.map(
    (measure) =>
      `groupArrayInsertAtIf(nan, ${String(hoursOf(plan, measure))})(mean, toUInt32(back), property = ${sqlText(measure.property)}) ` +
      `AS ${measure.name}`,
  );
  // What only its own window looks at goes into no other.
  const own = plan.measures
    .filter(({ kind }) => kind === 'ownHours')
    .map(({ property }) => sqlText(property));
  const reach =
    own.length === 0
      ? ''
      : ` AND (back < ${String(plan.windowHours)} OR property NOT IN (${own.join(', ')}))`;
  const lines = [
    'entity',
    'window',
    ...measures,
    'sum(good) AS used',
    `${String(plan.windowHours)} AS ${HOURS_BEGUN}`,
  ];
  return `  -- An hour needs a good reading, and ${String(plan.completeness)} % of its readings where a cadence is known.
  hours AS (
    SELECT r.entity AS entity, property, hour, good, ${MEAN} AS mean
    FROM readings AS r
    LEFT JOIN (SELECT id, cadence_seconds AS cadence FROM entities) AS e ON e.id = r.entity
    WHERE good > 0 AND (cadence IS NULL OR good * cadence * 100 >= ${String(plan.completeness)} * 3600)
  ),
  -- Hourly means of a window, the newest first; nan where an hour has none.
  windows AS (
    SELECT
      ${lines.join(',\n      ')}
    FROM (SELECT entity, property, good, mean, ${place.join(', ')}
          FROM hours ARRAY JOIN range(${String(windows)}) AS ahead)
    WHERE back >= 0 AND back < ${String(length)}${reach}
    GROUP BY entity, window
  )`;
}

function totalsSql(plan: Plan): string {
  const isExpected = plan.measures.some((measure) => measure.kind === 'expected');
  const window = plan.windowHours === 1 ? 'hour' : 'intDiv(hour + 7, 24)';
  const lines = [
    'r.entity AS entity',
    `${window} AS window`,
    ...plan.measures.map((measure) => `${totalSql(measure, plan)} AS ${measure.name}`),
    `${String(plan.windowHours)} AS ${HOURS_BEGUN}`,
  ];
  const join = `
    LEFT JOIN (SELECT id, cadence_seconds AS cadence FROM entities) AS e ON e.id = r.entity`;
  return `  windows AS (
    SELECT
      ${lines.join(',\n      ')}
    FROM readings AS r${isExpected ? join : ''}
    GROUP BY r.entity, window
  )`;
}

function totalSql({ kind, property }: Measure, plan: Plan): string {
  const only = property === '*' ? '' : `, property = ${sqlText(property)}`;
  const sum = (column: string): string => (only === '' ? `sum(r.${column})` : `sumIf(r.${column}${only})`);
  const words = `(toFloat64(${sum('high')}) * 67108864 + toFloat64(${sum('low')}))`;
  switch (kind) {
    case 'mean':
      return `${words} / ${sum('good')} / 1000000`;
    case 'sum':
      return `${words} / 1000000`;
    case 'count':
      return `toFloat64(${sum('good')})`;
    case 'received':
      return `toFloat64(${sum('received')})`;
    case 'expected': {
      const readings = `uniqExact(property) * ceil(${String(plan.windowHours * 3_600)} / any(cadence))`;
      return `toFloat64(ifNull(${readings}, ${sum('received')}))`;
    }
    default:
      return 'nan';
  }
}
