import { isSubsystem } from '../../model/subsystem.ts';
import type { Subsystem } from '../../model/subsystem.ts';
import type { Band } from '../compiled-kpi.ts';
import { FUNCTIONS } from '../functions/functions.ts';
import type { ArgumentKind } from '../functions/kpi-function.ts';
import { mistakeIn } from './expression-code.ts';
import { parseExpression } from './expression.ts';
import type { Expression } from './expression.ts';
import type { Part, Plan } from './plan.ts';
import { durationSeconds, isHours } from './schema.ts';
import type { Definition, Measure } from './schema.ts';

/** Notes one mistake: where in the definition, what is wrong, what to do. */
export type Complain = (path: readonly string[], reason: string, hint: string) => void;

/** Built-in name: hours of the window that have begun, all of them once it is complete. */
export const HOURS_BEGUN = 'hoursBegun';

/** Columns of the SQL that a measure of the same name would hide. */
const COLUMN_NAMES: readonly string[] = [
  ...[HOURS_BEGUN, 'entity', 'property', 'hour', 'window', 'back', 'used'],
  ...['value', 'numerator', 'denominator', 'samples'],
];

/** Makes a plan of a definition that matches the schema; its mistakes go to `complain`. */
export function checkDefinition(definition: Definition, complain: Complain): Plan {
  const { window } = definition;
  if ((window.tumbling === undefined) === (window.calendar === undefined)) {
    complain(['window'], 'give either tumbling or calendar', 'tumbling: 1h, or calendar: day');
  }
  const measures = Object.entries(definition.measures).map(([name, entry]): Measure => {
    const [kind, property] = Object.entries(entry)[0] ?? ['count', '*'];
    return { name, kind: kind as Measure['kind'], property: String(property) };
  });
  checkMeasures(definition, measures, complain);
  const read = expressionReader(measures, complain);
  return {
    definition,
    subsystem: subsystemOf(definition, complain),
    window: window.calendar === undefined ? 'hour' : 'day',
    windowHours: window.calendar === undefined ? 1 : 24,
    lookbackHours: window.lookback === undefined ? 0 : durationSeconds(window.lookback) / 3_600,
    latenessSeconds: durationSeconds(window.lateness),
    freshSeconds: durationSeconds(definition.fresh.max),
    completeness: definition.completeness ?? 0,
    measures,
    properties: measures.some((measure) => measure.property === '*')
      ? null
      : [...new Set(measures.map((measure) => measure.property))],
    value: valueOf(definition, read, complain),
    needs: needsOf(definition, complain),
    numerator: read(['numerator'], definition.numerator),
    denominator: read(['denominator'], definition.denominator),
    samples: read(['samples'], definition.samples),
    bands: bandsOf(definition, complain),
  };
}

type Read = (path: readonly string[], text: string | undefined) => Expression | null;

function expressionReader(measures: readonly Measure[], complain: Complain): Read {
  const names = new Map<string, ArgumentKind>([[HOURS_BEGUN, 'number']]);
  for (const measure of measures) names.set(measure.name, isHours(measure) ? 'hours' : 'number');
  const known = `measures: ${[...names.keys()].join(', ')}; functions: ${[...FUNCTIONS.keys()].join(', ')}`;
  return (path, text) => {
    if (text === undefined) return null;
    const expression = parseExpression(text);
    if (expression.kind === 'refused') {
      complain(path, `"${text}": ${expression.reason}`, 'numbers, names, name(…), + - * / and parentheses');
      return null;
    }
    const mistake = mistakeIn(expression, { names, functions: FUNCTIONS });
    if (mistake !== undefined) complain(path, mistake, known);
    return expression;
  };
}

function checkMeasures(definition: Definition, measures: readonly Measure[], complain: Complain): void {
  const hours = measures.filter(isHours).length;
  if (hours > 0 && new Set(measures.map(({ property }) => property)).size < hours) {
    complain(['measures'], 'a property stands in two hours measures', 'its readings would count twice');
  }
  if (hours > 0 && hours < measures.length) {
    complain(['measures'], 'hours cannot stand beside other measures', 'write two definitions');
  }
  const looksBack = measures.some((measure) => measure.kind === 'hours');
  if (!looksBack && definition.window.lookback !== undefined) {
    complain(['window', 'lookback'], 'only hours measures look back', 'take the lookback out');
  }
  if (hours === 0 && definition.completeness !== undefined) {
    complain(['completeness'], 'only hours measures ask for it', 'take it out');
  }
  if (hours === 0 && definition.samples === undefined) {
    complain(['samples'], 'samples must be given', 'name the measure that counts the readings');
  }
  if (hours > 0 && definition.samples !== undefined) {
    complain(['samples'], 'with hours measures samples follow from them', 'take it out');
  }
  for (const { name } of measures) {
    const taken = hours > 0 ? [...COLUMN_NAMES, 'good', 'mean'] : COLUMN_NAMES;
    if (taken.includes(name)) complain(['measures', name], `${name} has a meaning already`, 'rename it');
  }
}

function subsystemOf(definition: Definition, complain: Complain): Subsystem {
  const subsystem = definition.id.split('.')[0] ?? '';
  if (isSubsystem(subsystem)) return subsystem;
  complain(['id'], `"${subsystem}" is no subsystem`, 'an id is a subsystem, a dot and a name');
  return 'environment';
}

function valueOf(definition: Definition, read: Read, complain: Complain): Plan['value'] {
  const { value, parts } = definition;
  if ((value === undefined) === (parts === undefined)) {
    complain([], 'give either value or parts', 'parts: the largest of them is the value');
  }
  if (parts === undefined) return read(['value'], value) ?? { kind: 'number', value: NaN };
  return Object.entries(parts).flatMap(([name, text]): Part[] => {
    const expression = read(['parts', name], text);
    return expression === null ? [] : [{ name, expression }];
  });
}

function needsOf(definition: Definition, complain: Complain): readonly string[] {
  const names = Object.keys(definition.parts ?? {});
  for (const need of definition.needs ?? []) {
    if (!names.includes(need)) complain(['needs'], `"${need}" is no part`, `one of ${names.join(', ')}`);
  }
  return definition.needs ?? [];
}

function bandsOf(definition: Definition, complain: Complain): readonly Band[] {
  const bands = (definition.bands ?? []).map(({ below, state }): Band => ({ below: below ?? null, state }));
  bands.forEach(({ below }, index) => {
    const isLast = index === bands.length - 1;
    const before = bands[index - 1]?.below ?? -Infinity;
    if (isLast === (below === null) && (below === null || below > before)) return;
    complain(['bands'], 'bounds must rise, and only the last band has none', 'see another definition');
  });
  return bands;
}
