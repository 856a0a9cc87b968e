import { HOUR_MS } from '../../model/time.ts';
import type { RecomputeScope } from '../compiled-kpi.ts';
import { ExpressionSql } from '../definitions/expression-code.ts';
import { isParts } from '../definitions/plan.ts';
import type { Plan } from '../definitions/plan.ts';
import { FUNCTIONS } from '../functions/functions.ts';
import type { SqlStep } from '../functions/kpi-function.ts';
import { sqlText, sqlTime } from './literal.ts';
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

/** Functions and the value, column by column; the last statement takes the windows that have a value. */
function valuesSql(plan: Plan, windows: readonly string[]): string {
  const writer = new ExpressionSql(FUNCTIONS);
  const columns: SqlStep[] = [];
  const add = (name: string, sql: string): void => {
    columns.push(...writer.steps.splice(0), { name, sql });
  };
  if (isParts(plan.value)) {
    for (const part of plan.value) add(partColumn(part.name), writer.write(part.expression, part.name));
    const names = plan.value.map((part) => part.name);
    add('value', `toFloat64(${largestPart(names, plan.needs)})`);
  } else {
    add('value', `toFloat64(${writer.write(plan.value, 'value')})`);
  }
  const optional = { numerator: plan.numerator, denominator: plan.denominator };
  for (const [name, expression] of Object.entries(optional)) {
    const sql = expression === null ? 'NULL' : writer.write(expression, name);
    add(name, `CAST(${sql}, 'Nullable(Float64)')`);
  }
  add('samples', `toUInt64(${plan.samples === null ? 'used' : writer.write(plan.samples, 'samples')})`);
  const steps = layered(columns).map((layer, index) => {
    const lines = layer.map(({ name, sql }) => `${sql} AS ${name}`).join(',\n      ');
    const from = index === 0 ? 'windows' : `step${String(index)}`;
    return `  step${String(index + 1)} AS (\n    SELECT *,\n      ${lines}\n    FROM ${from}\n  )`;
  });
  const first = plan.windowHours === 1 ? 'window' : '(window * 24 - 7)';
  return `${steps.join(',\n')}
SELECT
  entity,
  fromUnixTimestamp64Milli(${first} * 3600000, 'UTC') AS window_start,
  window_start + INTERVAL ${String(plan.windowHours)} HOUR AS window_end,
  value, numerator, denominator, samples
FROM step${String(steps.length)}
WHERE ${['isFinite(value)', 'samples > 0', ...windows].join(' AND ')}`;
}

/**
 * Columns in layers, each referring to earlier layers only. In one SELECT the engine would put the whole of a
 * column in place of each mention of its name, again and again: a second of analysis for an index of six parts.
 */
function layered(columns: readonly SqlStep[]): SqlStep[][] {
  const layers: SqlStep[][] = [];
  const layerOf = new Map<string, number>();
  for (const column of columns) {
    const mentioned = column.sql.match(/[A-Za-z]\w*/g) ?? [];
    const layer = 1 + mentioned.reduce((deepest, name) => Math.max(deepest, layerOf.get(name) ?? -1), -1);
    layerOf.set(column.name, layer);
    (layers[layer] ??= []).push(column);
  }
  return layers;
}

function partColumn(name: string): string {
  return `index_${name}`;
}

function largestPart(parts: readonly string[], needs: readonly string[]): string {
  const largest = `arrayMax(arrayFilter(x -> NOT isNaN(x), [${parts.map(partColumn).join(', ')}]))`;
  const needed = (needs.length > 0 ? needs : parts).map((name) => `NOT isNaN(${partColumn(name)})`);
  return `if(${needed.join(' OR ')}, ${largest}, nan)`;
}
