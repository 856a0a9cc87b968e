import { createHash } from 'node:crypto';
import type { CompiledKpi, Evaluated, WindowInput } from '../compiled-kpi.ts';
import { FUNCTIONS } from '../functions/functions.ts';
import { recomputeSql } from '../sql/recompute-sql.ts';
import { callsIn, codeOf } from './expression-code.ts';
import type { Code, Scope } from './expression-code.ts';
import type { Expression } from './expression.ts';
import { isParts } from './plan.ts';
import type { Plan } from './plan.ts';
import { windowReader } from './read-window.ts';

/** Compiles a checked definition both ways. */
export function compileKpi(plan: Plan): CompiledKpi {
  const { definition } = plan;
  return {
    id: definition.id,
    version: definition.version,
    hash: hashOf(plan),
    subsystem: plan.subsystem,
    title: definition.title,
    unit: definition.unit,
    visibility: definition.visibility,
    source: definition.source,
    formula: formulaOf(definition),
    freshSeconds: plan.freshSeconds,
    latenessSeconds: plan.latenessSeconds,
    window: plan.window,
    lookbackHours: plan.lookbackHours,
    properties: plan.properties,
    bands: plan.bands,
    evaluate: evaluator(plan),
    recomputeSql: (scope) => recomputeSql(plan, scope),
  };
}

function formulaOf({ value, parts }: Plan['definition']): string {
  if (value !== undefined) return value;
  const texts = Object.entries(parts ?? {}).map(([name, expression]) => `${name}: ${expression}`);
  return `max of ${texts.join('; ')}`;
}

function evaluator(plan: Plan): (input: WindowInput) => Evaluated | null {
  const read = windowReader(plan);
  const value = valueCode(plan);
  const optional = (expression: Expression | null): Code | null =>
    expression === null ? null : codeOf(expression, FUNCTIONS);
  const numerator = optional(plan.numerator);
  const denominator = optional(plan.denominator);
  const samples = optional(plan.samples);
  return (input) => {
    const facts = read(input);
    if (facts === null) return null;
    const result = value(facts.scope);
    const count = samples === null ? facts.samples : numberIn(samples, facts.scope);
    if (!Number.isFinite(result.value) || count === 0) return null;
    return {
      value: result.value,
      numerator: numerator === null ? null : numberIn(numerator, facts.scope),
      denominator: denominator === null ? null : numberIn(denominator, facts.scope),
      samples: count,
      asOf: facts.asOf,
      attributes: result.attributes,
    };
  };
}

interface Valued {
  readonly value: number;
  readonly attributes: Readonly<Record<string, string>>;
}

const NO_VALUE: Valued = { value: NaN, attributes: {} };

function valueCode(plan: Plan): (scope: Scope) => Valued {
  if (!isParts(plan.value)) {
    const code = codeOf(plan.value, FUNCTIONS);
    return (scope) => ({ value: numberIn(code, scope), attributes: {} });
  }
  const parts = plan.value.map(({ name, expression }) => ({ name, code: codeOf(expression, FUNCTIONS) }));
  const needs = plan.needs.length > 0 ? plan.needs : parts.map(({ name }) => name);
  return (scope) => {
    const attributes: Record<string, string> = {};
    let largest = -Infinity;
    let dominant = '';
    for (const { name, code } of parts) {
      const index = numberIn(code, scope);
      if (Number.isNaN(index)) continue;
      attributes[name] = String(index);
      if (index <= largest) continue;
      largest = index;
      dominant = name;
    }
    if (!needs.some((name) => name in attributes)) return NO_VALUE;
    return { value: largest, attributes: { dominant, ...attributes } };
  };
}

function numberIn(code: Code, scope: Scope): number {
  const value = code(scope);
  return typeof value === 'number' ? value : NaN;
}

/** sha256 of what can change a value: not titles, bands, freshness, visibility or the source. */
function hashOf(plan: Plan): string {
  const { definition: d } = plan;
  const expressions = isParts(plan.value) ? plan.value.map((part) => part.expression) : [plan.value];
  const others = [plan.numerator, plan.denominator, plan.samples].filter((e) => e !== null);
  const calls = new Set([...expressions, ...others].flatMap(callsIn));
  const functions = [...calls].sort().map((name) => [name, FUNCTIONS.get(name)?.revision]);
  const content: readonly unknown[] = [
    ...[d.id, d.version, d.from, d.by, plan.window, plan.lookbackHours, plan.latenessSeconds],
    ...[plan.completeness, plan.measures, plan.value, plan.needs],
    ...[plan.numerator, plan.denominator, plan.samples, functions],
  ];
  return createHash('sha256').update(JSON.stringify(content)).digest('hex');
}
