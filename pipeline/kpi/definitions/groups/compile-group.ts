import { createHash } from 'node:crypto';
import type { Evaluated } from '../../compiled-kpi.ts';
import type { Argument } from '../../functions/kpi-function.ts';
import type { GroupKpi, GroupWindow } from '../../group-kpi.ts';
import type { RowFunction } from '../../rows/row-functions.ts';
import { groupRecomputeSql } from '../../sql/group-recompute-sql.ts';
import { factsOf } from '../kpi-facts.ts';
import { functionRevisions, numberIn, optionalCode, valueCode } from '../value-code.ts';
import type { CheckedGroup } from './check-group.ts';

/** Compiles a checked definition over groups both ways. */
export function compileGroup(group: CheckedGroup, functions: ReadonlyMap<string, RowFunction>): GroupKpi {
  return {
    ...factsOf(group),
    hash: hashOf(group, functions),
    plan: group.plan,
    emitSeconds: group.emitSeconds,
    itemsOf: group.itemsOf,
    evaluate: evaluator(group),
    recomputeSql: (scope) => groupRecomputeSql(group, scope),
  };
}

/** The same steps in the same order as `groupRecomputeSql`. */
function evaluator(group: CheckedGroup): (window: GroupWindow) => Evaluated | null {
  const names = [...group.plan.slots.keys()];
  const value = valueCode(group);
  const numerator = optionalCode(group.numerator);
  const denominator = optionalCode(group.denominator);
  const samples = optionalCode(group.samplesOf);
  const scope = new Map<string, Argument>();
  return (window) => {
    for (const name of names) scope.set(name, window.measure(name));
    const count = samples === null ? window.rows : Math.floor(numberIn(samples, scope));
    if (!(count > 0)) return null;
    const content = { samples: count, asOf: window.asOf };
    const result = value(scope);
    const above = numerator === null ? NaN : numberIn(numerator, scope);
    const ratio = { ...content, numerator: Number.isFinite(above) ? above : null };
    if (denominator === null) {
      if (!Number.isFinite(result.value)) return null;
      return { ...ratio, value: result.value, denominator: null, attributes: result.attributes };
    }
    const below = numberIn(denominator, scope);
    if (!Number.isFinite(below)) return null;
    if (below === 0 || below < group.minDenominator) {
      return { ...ratio, value: null, denominator: below, attributes: {} };
    }
    if (!Number.isFinite(result.value)) return null;
    return { ...ratio, value: result.value, denominator: below, attributes: result.attributes };
  };
}

/**
 * sha256 of what can change a value: not titles, bands, targets, freshness, visibility or the source; nor what the
 * registries say, which has a hash of its own.
 */
function hashOf(group: CheckedGroup, functions: ReadonlyMap<string, RowFunction>): string {
  const { definition: d, plan } = group;
  const aggregates = [...plan.slots.values()].map(({ aggregate }) => [aggregate.name, aggregate.revision]);
  const rows = canonical([d.where ?? null, d.at ?? null, d.measures]);
  const called = [...functions.values()].filter(({ name }) => rows.includes(`${name}(`));
  const content: readonly unknown[] = [
    ...['group', d.id, d.version, d.from, d.by, canonical(d.attributes ?? {}), d.statistics ?? null],
    ...[plan.rule.text, group.latenessSeconds, rows, aggregates],
    ...[called.map(({ name, revision }) => [name, revision])],
    ...[group.value, group.needs, group.numerator, group.denominator, group.minDenominator],
    ...[group.samplesOf, functionRevisions({ ...group, samples: group.samplesOf })],
  ];
  return createHash('sha256').update(JSON.stringify(content)).digest('hex');
}

/** JSON with the keys of every mapping in order: how a pack is laid out changes no value. */
function canonical(yaml: unknown): string {
  return JSON.stringify(yaml, (_, value: unknown) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
