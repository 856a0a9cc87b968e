import { createHash } from 'node:crypto';
import { isKpiSubsystem, PLATFORM } from '../../model/subsystem.ts';
import type { KpiSubsystem } from '../../model/subsystem.ts';
import { bandsOf, needsOf, valueOf, type Complain } from '../definitions/check-value.ts';
import { callsIn, mistakeIn } from '../definitions/expression-code.ts';
import { parseExpression, type Expression } from '../definitions/expression.ts';
import type { DefinitionContext } from '../definitions/definition-context.ts';
import { factsOf } from '../definitions/kpi-facts.ts';
import { ratioOf } from '../definitions/groups/ratio.ts';
import { isParts } from '../definitions/plan.ts';
import { durationSeconds } from '../definitions/schema.ts';
import type { ArgumentKind } from '../functions/kpi-function.ts';
import type { Kpi } from '../kpi.ts';
import { hintOf } from '../rows/row-scope.ts';
import { parseWindow } from '../windows/parse-window.ts';
import type { DerivedKpi, DerivedPlan } from './derived-kpi.ts';
import type { WrittenDerived } from './derived-schema.ts';
import { derivedSql } from './sql/derived-sql.ts';
import { GAUGES } from './gauges.ts';
import { offsetText } from './offset.ts';
import { readInputs } from './read-inputs.ts';
import { DERIVED_FUNCTIONS } from './series-functions.ts';

/** What a derived definition is read with. */
export interface DerivedReading {
  /** Definitions that it may name: every one that is read already. */
  readonly kpis: ReadonlyMap<string, Kpi>;
  readonly context: DefinitionContext;
  readonly complain: Complain;
}

/** Whether a definition of a pack is derived: over other KPIs, or what the platform counts itself. */
export function isWrittenDerived(written: { readonly from: string }): written is WrittenDerived {
  return written.from === 'kpi' || written.from === 'platform';
}

/** KPIs that a written definition reads. */
export function kpisOf({ inputs }: WrittenDerived): readonly string[] {
  return Object.values(inputs ?? {}).map(({ kpi }) => kpi);
}

/** Checks a derived definition and compiles its statement; null: it has mistakes, which `complain` has heard. */
export function readDerived(written: WrittenDerived, reading: DerivedReading): DerivedKpi | null {
  let isRight = true;
  const complain: Complain = (path, reason, hint) => {
    isRight = false;
    reading.complain(path, reason, hint);
  };
  const subsystem = subsystemOf(written, complain);
  const { periods } = reading.context;
  const rule = parseWindow(written.window, ['window'], { periods, complain });
  const gauge = gaugeOf(written, complain);
  if (rule === null || !isRight) return null;
  const { inputs, level } = readInputs(written, { rule, kpis: reading.kpis, complain });
  const names = new Map(inputs.map(({ name, isSeries }) => [name, isSeries ? 'hours' : 'number'] as const));
  const read = expressionReader(names, complain);
  const value = gauge === null ? valueOf(valued(written), read, complain) : nothing;
  const ratio = isParts(value) ? null : ratioOf(value);
  const plan: DerivedPlan = {
    ...{ rule, by: written.by, inputs, gauge, level, value },
    needs: needsOf(valued(written), complain),
    numerator: read(['numerator'], written.numerator) ?? ratio?.numerator ?? null,
    denominator: read(['denominator'], written.denominator) ?? ratio?.denominator ?? null,
    minDenominator: written.minDenominator ?? 0,
  };
  if (written.minDenominator !== undefined && plan.denominator === null) {
    complain(['minDenominator'], 'there is no denominator', 'value: 100 * a / b, or give one');
  }
  const bands = bandsOf(valued(written), complain);
  if (!isRight) return null;
  return {
    ...factsOf({
      definition: factual(written),
      ...{ subsystem: 'environment', bands, latenessSeconds: 0 },
      freshSeconds: durationSeconds(written.fresh.max),
    }),
    subsystem,
    hash: hashOf(written, plan),
    derived: plan,
    recomputeSql: (scope) => derivedSql(plan, scope),
  };
}

const nothing: Expression = { kind: 'number', value: NaN };

/** The parts of a definition that every kind writes alike. */
type Shared = Parameters<typeof valueOf>[0];

function valued(written: WrittenDerived): Shared {
  return written as unknown as Shared;
}

function factual(written: WrittenDerived): Shared {
  if (written.gauge === undefined) return valued(written);
  return { ...valued(written), value: `what the platform counts: ${written.gauge}` };
}

function subsystemOf({ id, from }: WrittenDerived, complain: Complain): KpiSubsystem {
  const subsystem = id.split('.')[0] ?? '';
  if (from === 'platform' && subsystem !== PLATFORM) {
    complain(['id'], 'only KPIs of the platform are counted by it', 'platform.a_name');
  }
  if (isKpiSubsystem(subsystem)) return subsystem;
  complain(['id'], `"${subsystem}" is no subsystem`, 'an id is a subsystem, a dot and a name');
  return PLATFORM;
}

function gaugeOf(written: WrittenDerived, complain: Complain): DerivedPlan['gauge'] {
  if (written.from === 'kpi') {
    if (written.gauge !== undefined) complain(['gauge'], 'only with from: platform', 'take it out');
    if (written.inputs === undefined) complain([], 'inputs must be given', 'inputs: { a: { kpi: … } }');
    return null;
  }
  for (const field of ['inputs', 'value', 'parts', 'numerator', 'denominator'] as const) {
    if (written[field] !== undefined) complain([field], 'the gauge says what is counted', 'take it out');
  }
  const gauge = GAUGES.get(written.gauge ?? '');
  if (gauge === undefined) {
    complain(['gauge'], `"${written.gauge ?? ''}" is no gauge`, hintOf(written.gauge ?? '', GAUGES.keys()));
    return null;
  }
  if (gauge.by.join() !== written.by.join()) {
    complain(
      ['by'],
      `${gauge.name} is by ${gauge.by.join(', ') || 'nothing'}`,
      `by: [${gauge.by.join(', ')}]`,
    );
  }
  return gauge;
}

/** `largest(a, b, c)` and `smallest(…)` of any number stand for the functions of two. */
function expressionReader(names: ReadonlyMap<string, ArgumentKind>, complain: Complain) {
  return (path: readonly string[], text: string | undefined): Expression | null => {
    if (text === undefined) return null;
    const parsed = parseExpression(text);
    if (parsed.kind === 'refused') {
      complain(path, `"${text}": ${parsed.reason}`, 'numbers, names, name(…), + - * / and parentheses');
      return null;
    }
    const expression = unfolded(parsed);
    const mistake = mistakeIn(expression, { names, functions: DERIVED_FUNCTIONS });
    if (mistake === undefined) return expression;
    const said = mistake
      .replace('hourly means are needed', 'a series is needed')
      .replace('is hourly means where', 'is a series where')
      .replace('no measure of this definition', 'no input of this definition');
    complain(path, said, `inputs: ${[...names.keys()].join(', ')}`);
    return null;
  };
}

function unfolded(expression: Expression): Expression {
  switch (expression.kind) {
    case 'call': {
      const args = expression.args.map(unfolded);
      const [first, ...rest] = args;
      if (expression.name !== 'largest' || first === undefined) return { ...expression, args };
      return rest.reduce(
        (left, right): Expression => ({ kind: 'call', name: 'larger', args: [left, right] }),
        first,
      );
    }
    case 'binary':
      return { ...expression, left: unfolded(expression.left), right: unfolded(expression.right) };
    default:
      return expression;
  }
}

/**
 * sha256 of what can change a value. Versions of the inputs are not part of it: a derived value follows the current
 * version of what it reads; the runner recomputes when that changes.
 */
function hashOf(written: WrittenDerived, plan: DerivedPlan): string {
  const expressions = isParts(plan.value) ? plan.value.map(({ expression }) => expression) : [plan.value];
  const calls = [...new Set(expressions.flatMap(callsIn))].sort();
  const inputs = plan.inputs.map(({ name, kpi, over, withinMs, offsets, isSeries, fallback, isOptional }) => [
    ...[name, kpi, over, withinMs, offsets.map(offsetText), isSeries, fallback, isOptional],
  ]);
  const content: readonly unknown[] = [
    ...['derived', written.id, written.version, written.by, plan.rule.text, inputs],
    ...[plan.value, plan.needs, plan.numerator, plan.denominator, plan.minDenominator],
    ...[calls.map((name) => [name, DERIVED_FUNCTIONS.get(name)?.revision])],
    ...[plan.gauge === null ? null : [plan.gauge.name, plan.gauge.revision]],
  ];
  return createHash('sha256').update(JSON.stringify(content)).digest('hex');
}
