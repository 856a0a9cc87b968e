import { createHash } from 'node:crypto';
import type { CompiledKpi, Evaluated, WindowInput } from '../../compiled-kpi.ts';
import { recomputeSql } from '../../sql/recompute-sql.ts';
import { factsOf } from '../kpi-facts.ts';
import type { Plan } from '../plan.ts';
import { windowReader } from './read-window.ts';
import { functionRevisions, numberIn, optionalCode, valueCode } from '../value-code.ts';

/** Compiles a checked definition over stations both ways. */
export function compileKpi(plan: Plan): CompiledKpi {
  return {
    ...factsOf(plan),
    hash: hashOf(plan),
    window: plan.window,
    lookbackHours: plan.lookbackHours,
    properties: plan.properties,
    evaluate: evaluator(plan),
    recomputeSql: (scope) => recomputeSql(plan, scope),
  };
}

function evaluator(plan: Plan): (input: WindowInput) => Evaluated | null {
  const read = windowReader(plan);
  const value = valueCode(plan);
  const numerator = optionalCode(plan.numerator);
  const denominator = optionalCode(plan.denominator);
  const samples = optionalCode(plan.samples);
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

/** sha256 of what can change a value: not titles, bands, targets, freshness, visibility or the source. */
function hashOf(plan: Plan): string {
  const { definition: d } = plan;
  const content: readonly unknown[] = [
    ...[d.id, d.version, d.from, d.by, plan.window, plan.lookbackHours, plan.latenessSeconds],
    ...[plan.completeness, plan.measures, plan.value, plan.needs],
    ...[plan.numerator, plan.denominator, plan.samples, functionRevisions(plan)],
  ];
  return createHash('sha256').update(JSON.stringify(content)).digest('hex');
}
