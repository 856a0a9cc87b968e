import { PROVINCE_AREA } from '../../model/subsystem.ts';
import type { Subsystem } from '../../model/subsystem.ts';
import type { GroupPlan, Slot } from '../../window/group/group-plan.ts';
import { sliceStart } from '../../window/group/window-rule.ts';
import type { RecomputeScope } from '../compiled-kpi.ts';
import { groupRowsSql, keyNames, partialNames, partialsSql } from './group-rows-sql.ts';
import { sqlText } from './literal.ts';
import { stateStepsSql } from './states/state-steps-sql.ts';
import { valueSteps } from './value-sql.ts';
import type { ValueExpressions } from './value-sql.ts';

/** What the SQL of a definition over groups is made from. */
export interface GroupSqlPlan extends ValueExpressions {
  readonly subsystem: Subsystem;
  readonly plan: GroupPlan;
  /** Below it, and at zero, there is a row without a value. */
  readonly minDenominator: number;
  /** The measure whose items are the values, or null. */
  readonly itemsOf: string | null;
}

/**
 * The statement that recomputes a definition from raw events, in steps that an analyst can run one by one: the rows
 * that count, partial states per key and window, measures, the value.
 *
 * It has a row for every window that the rule gives one, each judged as complete; the columns are `area, entity,
 * dims, window_start, window_end, value, numerator, denominator, samples`.
 */
export function groupRecomputeSql(group: GroupSqlPlan, scope: RecomputeScope): string {
  const { plan } = group;
  const { rule } = plan;
  const slots = [...plan.slots.values()];
  const keys = keyNames(plan.family);
  const by = plan.family.by.map(({ name }, index) => `${keys[index] ?? ''} AS ${keyColumn(name)}`);
  const steps = valueSteps(group, 'measures');
  return `WITH
${countedSql(group, slots, scope)},
  -- Each row stands in every window that contains its time.
  measured AS (
    SELECT
      ${[...by, 'window', 'count() AS rows', ...partialsSql(slots)].join(',\n      ')}
    FROM counted ARRAY JOIN ${rule.windowsSql('at_ms')} AS window
    ${whereOf(windowConditions(scope))}GROUP BY ${[...keys, 'window'].join(', ')}
  ),
  measures AS (
    SELECT *,
      ${[...plan.slots].map(([name, slot], index) => `${finishSql(slot, index)} AS ${name}`).join(',\n      ')}
    FROM measured
  ),
${steps.sql}
${selectSql(group, slots, steps.name)}`;
}

/** The steps up to the one that is called `counted`. */
function countedSql(group: GroupSqlPlan, slots: readonly Slot[], scope: RecomputeScope): string {
  const { subsystem, plan } = group;
  const family = { ...plan.family, slots };
  if (family.state !== null) {
    return stateStepsSql({ subsystem, family, where: keyConditions(plan, scope) }, scope);
  }
  const where = [
    ...subsystemConditions(subsystem, scope),
    ...keyConditions(plan, scope),
    ...spanConditions(plan, scope),
  ];
  return `  -- The rows that count: key, time, and what each measure takes of them.
  counted AS (
    ${groupRowsSql(family, { events: scope.events, where })}
  )`;
}

/** Column of the steps that holds a field of `by`. */
function keyColumn(name: string): string {
  return `by_${name.replaceAll(/[^A-Za-z0-9]/g, '_')}`;
}

function finishSql(slot: Slot, index: number): string {
  const names = partialNames(slot, index);
  const { aggregate } = slot;
  return aggregate.state === 'box' ? aggregate.finishSql(names[0] ?? '') : aggregate.finishSql(names);
}

function selectSql(group: GroupSqlPlan, slots: readonly Slot[], from: string): string {
  const { plan, itemsOf } = group;
  const names = new Set(plan.family.by.map(({ name }) => name));
  const isArea = names.has('area') && !names.has('entity');
  const dims = plan.family.by
    .filter(({ name }) => name !== 'area' && name !== 'entity')
    .flatMap(({ name }) => [sqlText(name), keyColumn(name)]);
  if (itemsOf !== null) dims.push(`'item'`, 'item.1', `'rank'`, 'toString(rank)');
  const content = itemsOf === null ? contentSql(group) : itemContentSql();
  return `SELECT
  ${names.has('entity') ? `''` : isArea ? keyColumn('area') : sqlText(PROVINCE_AREA)} AS area,
  ${names.has('entity') ? keyColumn('entity') : `''`} AS entity,
  CAST(map(${dims.join(', ')}), 'Map(String, String)') AS dims,
  fromUnixTimestamp64Milli(toInt64(window), 'UTC') AS window_start,
  fromUnixTimestamp64Milli(toInt64(${plan.rule.endSql('window')}), 'UTC') AS window_end,
  ${content.columns}
FROM ${from} AS step${itemsOf === null ? '' : itemsJoin(plan, slots, itemsOf)}
WHERE ${content.where}`;
}

interface ContentSql {
  readonly columns: string;
  readonly where: string;
}

function contentSql({ denominator, minDenominator }: GroupSqlPlan): ContentSql {
  const finite = (name: string): string => `if(isFinite(${name}), ${name}, NULL)`;
  if (denominator === null) {
    return {
      columns: 'toNullable(step.value) AS value, numerator, denominator, samples',
      where: 'samples > 0 AND isFinite(step.value)',
    };
  }
  const tooFew = `(denominator = 0 OR denominator < ${minDenominator})`;
  return {
    columns: [
      `if(${tooFew}, NULL, step.value) AS value`,
      `${finite('step.numerator')} AS numerator`,
      'denominator',
      'samples',
    ].join(',\n  '),
    where: `samples > 0 AND isFinite(denominator) AND (${tooFew} OR isFinite(step.value))`,
  };
}

function itemContentSql(): ContentSql {
  return {
    columns: [
      'toNullable(item.2) AS value',
      `CAST(NULL, 'Nullable(Float64)') AS numerator, CAST(NULL, 'Nullable(Float64)') AS denominator`,
      'samples',
    ].join(',\n  '),
    where: 'samples > 0',
  };
}

/** One row for each item, in the order of their rank. */
function itemsJoin(plan: GroupPlan, slots: readonly Slot[], itemsOf: string): string {
  const slot = plan.slots.get(itemsOf);
  if (slot === undefined || slot.aggregate.state !== 'box' || slot.aggregate.itemsSql === undefined) {
    throw new TypeError(`${itemsOf} has no items`);
  }
  const index = slots.indexOf(slot);
  const items = slot.aggregate.itemsSql(partialNames(slot, index)[0] ?? '');
  return ` ARRAY JOIN ${items} AS item, arrayEnumerate(${items}) AS rank`;
}

function whereOf(conditions: readonly string[]): string {
  return conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}\n    `;
}

/** A view holds every subsystem; a subquery is bounded to the one of the definition by who wrote it. */
function subsystemConditions(subsystem: Subsystem, { events }: RecomputeScope): string[] {
  return /^\w+$/.test(events) ? [`subsystem = ${sqlText(subsystem)}`] : [];
}

function keyConditions({ family }: GroupPlan, scope: RecomputeScope): string[] {
  const conditions: string[] = [];
  for (const name of ['entity', 'area'] as const) {
    const wanted = scope[name];
    if (wanted === undefined) continue;
    const field = family.by.find((one) => one.name === name);
    // Values of the whole province are those of no entity, and of its own area only.
    conditions.push(
      field === undefined
        ? String(Number(name === 'area' && wanted === PROVINCE_AREA))
        : `${field.value.sql} = ${sqlText(wanted)}`,
    );
  }
  return conditions;
}

function spanConditions(plan: GroupPlan, scope: RecomputeScope): string[] {
  const conditions: string[] = [];
  const span = rowSpan(plan, scope);
  if (span.from !== undefined) conditions.push(`${plan.family.at.sql} >= ${span.from}`);
  if (span.to !== undefined) conditions.push(`${plan.family.at.sql} < ${span.to}`);
  return conditions;
}

/** Times of the rows that windows starting in [from, to) may hold, milliseconds UTC; undefined: unbounded. */
export function rowSpan(
  { rule }: Pick<GroupPlan, 'rule'>,
  scope: Pick<RecomputeScope, 'from' | 'to'>,
): { readonly from: number | undefined; readonly to: number | undefined } {
  // A year to date starts, by name, with its last day: it holds what lies before.
  const from =
    scope.from === undefined ? undefined : rule.firstSliceNeeded(sliceStart(rule, Date.parse(scope.from)));
  if (scope.to === undefined) return { from, to: undefined };
  // The last window that starts before `to` contains the instant before it, or there is a gap between periods.
  const last = rule.windowsOf(sliceStart(rule, Date.parse(scope.to) - 1)).at(-1);
  return { from, to: last === undefined ? undefined : rule.endOf(last) };
}

function windowConditions({ from, to }: RecomputeScope): string[] {
  const conditions: string[] = [];
  if (from !== undefined) conditions.push(`window >= ${Date.parse(from)}`);
  if (to !== undefined) conditions.push(`window < ${Date.parse(to)}`);
  return conditions;
}
