import { ExpressionSql } from '../definitions/expression-code.ts';
import type { Expression } from '../definitions/expression.ts';
import { isParts } from '../definitions/plan.ts';
import type { Plan } from '../definitions/plan.ts';
import { FUNCTIONS } from '../functions/functions.ts';
import type { SqlStep } from '../functions/kpi-function.ts';

/** What a value is made of once the measures are columns. */
export interface ValueExpressions extends Pick<Plan, 'value' | 'needs' | 'numerator' | 'denominator'> {
  /** An expression, or the name of the column that holds the samples. */
  readonly samples: Expression | string;
}

/** The columns `value`, `numerator`, `denominator` and `samples`, and those that lead to them, as steps of a WITH. */
export interface ValueSteps {
  /** `step1 AS (…), step2 AS (…)`; each reads the one before it. */
  readonly sql: string;
  /** The last of them. */
  readonly name: string;
}

/** Functions and the value, column by column, over a step that has the measures as columns. */
export function valueSteps(
  expressions: ValueExpressions,
  from: string,
  functions: ConstructorParameters<typeof ExpressionSql>[0] = FUNCTIONS,
): ValueSteps {
  const writer = new ExpressionSql(functions);
  const columns: SqlStep[] = [];
  const add = (name: string, sql: string): void => {
    columns.push(...writer.steps.splice(0), { name, sql });
  };
  const { value, needs, samples } = expressions;
  if (isParts(value)) {
    for (const part of value) add(partColumn(part.name), writer.write(part.expression, part.name));
    const names = value.map((part) => part.name);
    add('value', `toFloat64(${largestPart(names, needs)})`);
  } else {
    add('value', `toFloat64(${writer.write(value, 'value')})`);
  }
  for (const name of ['numerator', 'denominator'] as const) {
    const expression = expressions[name];
    const sql = expression === null ? 'NULL' : writer.write(expression, name);
    add(name, `CAST(${sql}, 'Nullable(Float64)')`);
  }
  add('samples', `toUInt64(${typeof samples === 'string' ? samples : writer.write(samples, 'samples')})`);
  const steps = layered(columns).map((layer, index) => {
    const lines = layer.map(({ name, sql }) => `${sql} AS ${name}`).join(',\n      ');
    return `  step${index + 1} AS (\n    SELECT *,\n      ${lines}\n    FROM ${index === 0 ? from : `step${index}`}\n  )`;
  });
  return { sql: steps.join(',\n'), name: `step${steps.length}` };
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
