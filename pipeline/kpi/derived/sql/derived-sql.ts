import { PROVINCE_AREA } from '../../../model/subsystem.ts';
import type { WindowRule } from '../../../window/group/window-rule.ts';
import { sliceStart } from '../../../window/group/window-rule.ts';
import { sqlText, sqlTime } from '../../sql/literal.ts';
import { valueSteps } from '../../sql/value-sql.ts';
import type { DerivedInput, DerivedPlan, DerivedScope } from '../derived-kpi.ts';
import { candidatesSql, inputSql, missingSql } from './input-sql.ts';
import { reachOf, type Span } from '../offset.ts';
import { DERIVED_FUNCTIONS } from '../series-functions.ts';

/**
 * The statement that evaluates a derived definition over the values of its inputs: their windows, brought to the windows
 * of the definition, then the value. It reads the view of values, so that an analyst can run it as it stands.
 *
 * A window has a row where every input that is needed has a value; a null among them, or a denominator below its
 * minimum, makes a row without a value, and `reason` says which.
 */
export function derivedSql(plan: DerivedPlan, scope: DerivedScope): string {
  return plan.gauge === null ? inputsSql(plan, scope) : gaugeSql(plan, scope);
}

function inputsSql(plan: DerivedPlan, scope: DerivedScope): string {
  const { inputs, rule } = plan;
  const until =
    scope.until === undefined ? `toUnixTimestamp64Milli(now64(3, 'UTC'))` : `toInt64(${String(scope.until)})`;
  const wanted = { plan, until, conditions: conditionsOf(plan, scope), windows: windowsSql(scope) };
  const steps = valueSteps({ ...plan, samples: 'all_samples' }, 'joined', DERIVED_FUNCTIONS);
  const joins = inputs.map(
    (_, index) =>
      `LEFT JOIN input_${index} AS i_${index} ON i_${index}.place = c_.place AND i_${index}.key = c_.key ` +
      `AND i_${index}.window = c_.window`,
  );
  const texts = inputs.map((input, index) => `  input_${index} AS (\n${inputSql(input, index, wanted)}\n  )`);
  return `WITH
  -- The windows that may have a value: those that hold a window of an input.
  candidates AS (
${candidatesSql(wanted)}
  ),
${texts.join(',\n')},
  joined AS (
    SELECT c_.place AS place, c_.area AS area, c_.entity AS entity, c_.dims AS dims, c_.window AS window,
      ${inputs.map(inputColumn).join(',\n      ')},
      ${inputs.map((_, index) => `toUInt64(i_${index}.samples)`).join(' + ')} AS all_samples,
      greatest(${inputs.map((_, index) => `i_${index}.provisional`).join(', ')}, 0) AS provisional,
      greatest(${inputs.map((_, index) => `i_${index}.grade`).join(', ')}, 1) AS worst,
      ${asOfSql(plan)} AS as_of_ms,
      ${reasonSql(inputs)} AS reason
    FROM candidates AS c_
    ${joins.join('\n    ')}
    WHERE ${neededSql(inputs)}
  ),
${steps.sql}
SELECT area, entity, dims,
  fromUnixTimestamp64Milli(toInt64(window), 'UTC') AS window_start,
  fromUnixTimestamp64Milli(toInt64(${rule.endSql('window')}), 'UTC') AS window_end,
  ${contentSql(plan)},
  samples, provisional, substring('ABCD', toUInt8(worst), 1) AS grade, as_of_ms
FROM ${steps.name} AS step
WHERE samples > 0 AND ${existsSql(plan)}`;
}

/** An input as a column: a number, or a series; NaN where it has no value. */
function inputColumn(input: DerivedInput, index: number): string {
  const { name, isSeries, fallback } = input;
  const count = input.offsets.length;
  const series = `if(length(i_${index}.series) = ${count}, i_${index}.series, arrayWithConstant(${count}, ${missingSql(input)}))`;
  if (isSeries) return `${series} AS ${name}`;
  // A null is not missing: it says that nobody knows.
  const missing = fallback === null ? 'nan' : `toFloat64(${fallback})`;
  return `if(i_${index}.found = 0, ${missing}, i_${index}.series[1]) AS ${name}`;
}

function isNeeded({ fallback, isOptional, isSeries }: DerivedInput): boolean {
  return fallback === null && !isOptional && !isSeries;
}

function neededSql(inputs: readonly DerivedInput[]): string {
  const needed = inputs.flatMap((input, index) => (isNeeded(input) ? [`i_${index}.found > 0`] : []));
  return needed.length === 0 ? '1' : needed.join(' AND ');
}

/** The first input that is null where a number is needed. */
function reasonSql(inputs: readonly DerivedInput[]): string {
  const reasons = inputs.flatMap((input, index) =>
    input.isSeries || input.isOptional ? [] : [`i_${index}.nulls > 0, ${sqlText(input.name)}`],
  );
  return reasons.length === 0 ? `''` : `multiIf(${reasons.join(', ')}, '')`;
}

/** The oldest of what the inputs are up to: a value is as old as the input that stopped first. */
function asOfSql({ inputs }: DerivedPlan): string {
  const own = inputs.flatMap((input, index) =>
    isNeeded(input) && input.offsets[0]?.count === 0 ? [`i_${index}.as_of_ms`] : [],
  );
  const any = inputs.map((_, index) => `i_${index}.as_of_ms`);
  return own.length > 0 ? `least(${own.join(', ')}, ${own[0]})` : `greatest(${any.join(', ')}, 0)`;
}

function contentSql({ denominator, minDenominator }: DerivedPlan): string {
  const finite = (name: string): string => `if(isFinite(step.${name}), step.${name}, NULL)`;
  const few = denominator === null ? '0' : tooFewSql(minDenominator);
  return `if(step.reason != '' OR ${few}, NULL, step.value) AS value,
  ${finite('numerator')} AS numerator,
  ${finite('denominator')} AS denominator,
  multiIf(step.reason != '', step.reason, ${few}, 'denominator', '') AS reason`;
}

function tooFewSql(minDenominator: number): string {
  return `ifNull(step.denominator = 0 OR step.denominator < ${minDenominator}, 0)`;
}

function existsSql({ denominator, minDenominator }: DerivedPlan): string {
  if (denominator === null) return `(reason != '' OR isFinite(step.value))`;
  return `(reason != '' OR (isFinite(step.denominator) AND (${tooFewSql(minDenominator)} OR isFinite(step.value))))`;
}

function gaugeSql({ gauge, rule }: DerivedPlan, scope: DerivedScope): string {
  return `SELECT ${sqlText(PROVINCE_AREA)} AS area, entity, dims,
  fromUnixTimestamp64Milli(toInt64(window), 'UTC') AS window_start,
  fromUnixTimestamp64Milli(toInt64(${rule.endSql('window')}), 'UTC') AS window_end,
  toNullable(value) AS value, toNullable(numerator) AS numerator, toNullable(denominator) AS denominator,
  '' AS reason, toUInt64(samples) AS samples, 0 AS provisional, 'A' AS grade, as_of_ms
FROM (
${gauge?.sql(rule) ?? ''}
)
WHERE ${windowsSql(scope)}`;
}

/** What of the windows is wanted, over the column `window`. */
function windowsSql({ from, to, windows }: DerivedScope): string {
  const conditions: string[] = [];
  if (windows !== undefined) conditions.push(`window IN (${windows.join(', ')})`);
  if (from !== undefined) conditions.push(`window >= ${Date.parse(from)}`);
  if (to !== undefined) conditions.push(`window < ${Date.parse(to)}`);
  return conditions.length === 0 ? '1' : conditions.join(' AND ');
}

/** What of the stored values an input reads: its key and the span of time that the wanted windows look at. */
function conditionsOf(plan: DerivedPlan, scope: DerivedScope): (input: DerivedInput) => string {
  const span = wantedSpan(plan.rule, scope);
  return (input) => {
    const conditions = [`kpi = ${sqlText(input.kpi)}`, `version = ${input.version}`];
    const { from, to } = inputSpan(input, span);
    if (from > -Infinity) conditions.push(`window_start >= ${sqlTime(Math.max(0, from))}`);
    if (to < Infinity) conditions.push(`window_start < ${sqlTime(to)}`);
    if (scope.entity !== undefined) conditions.push(`entity = ${sqlText(scope.entity)}`);
    if (scope.area !== undefined) conditions.push(`area = ${sqlText(scope.area)}`);
    if (scope.places !== undefined) {
      conditions.push(`${PLACE_SQL} IN (${scope.places.map(sqlText).join(', ')})`);
    }
    return conditions.join(' AND ');
  };
}

/** The entity, or the area where there is none. */
export const PLACE_SQL = `if(entity = '', concat('a:', area), concat('e:', entity))`;

/** Time that the wanted windows cover. */
function wantedSpan(rule: WindowRule, { from, to, windows }: DerivedScope): Span {
  const starts = windows ?? [];
  if (starts.length > 0) {
    const [first, last] = [Math.min(...starts), Math.max(...starts)];
    return { from: firstOf(rule, first), to: rule.endOf(last) };
  }
  const begin = from === undefined ? -Infinity : firstOf(rule, Date.parse(from));
  if (to === undefined) return { from: begin, to: Infinity };
  const last = rule.windowsOf(sliceStart(rule, Date.parse(to) - 1)).at(0);
  return { from: begin, to: Math.max(Date.parse(to), last === undefined ? 0 : rule.endOf(last)) };
}

/** Where a window begins to look, which of a year to date is not its start. */
function firstOf(rule: WindowRule, window: number): number {
  return Math.min(window, rule.firstSliceNeeded(sliceStart(rule, window)));
}

function inputSpan({ offsets, withinMs, over }: DerivedInput, wanted: Span): Span {
  const reaches = offsets.map(reachOf);
  const far = Math.max(...reaches.map(({ to }) => to));
  const near = Math.min(...reaches.map(({ from }) => from));
  const before = over === 'same' ? 0 : withinMs;
  return { from: wanted.from - far - before, to: wanted.to - near };
}
