import { isSubsystem } from '../../model/subsystem.ts';
import type { Subsystem } from '../../model/subsystem.ts';
import type { Band } from '../compiled-kpi.ts';
import { FUNCTIONS } from '../functions/functions.ts';
import type { ArgumentKind } from '../functions/kpi-function.ts';
import { hintOf } from '../rows/row-scope.ts';
import type { Complain } from '../rows/row-scope.ts';
import { mistakeIn } from './expression-code.ts';
import { parseExpression } from './expression.ts';
import type { Expression } from './expression.ts';
import type { Part, Plan } from './plan.ts';
import type { Definition } from './schema.ts';

export type { Complain };

/** Reads the expression that stands at a path; null when there is none, or it is none. */
export type Read = (path: readonly string[], text: string | undefined) => Expression | null;

/** Reads expressions over these names. */
export function expressionReader(names: ReadonlyMap<string, ArgumentKind>, complain: Complain): Read {
  return (path, text) => {
    if (text === undefined) return null;
    const expression = parseExpression(text);
    if (expression.kind === 'refused') {
      complain(path, `"${text}": ${expression.reason}`, 'numbers, names, name(…), + - * / and parentheses');
      return null;
    }
    const mistake = mistakeIn(expression, { names, functions: FUNCTIONS });
    if (mistake === undefined) return expression;
    const unknown = /^"(.+)" is no (measure|function)/.exec(mistake);
    const known = unknown?.[2] === 'function' ? FUNCTIONS.keys() : names.keys();
    complain(
      path,
      mistake,
      unknown === null ? `measures: ${[...names.keys()].join(', ')}` : hintOf(unknown[1] ?? '', known),
    );
    return expression;
  };
}

/** The subsystem of an id. */
export function subsystemOf({ id }: Pick<Definition, 'id'>, complain: Complain): Subsystem {
  const subsystem = id.split('.')[0] ?? '';
  if (isSubsystem(subsystem)) return subsystem;
  complain(['id'], `"${subsystem}" is no subsystem`, 'an id is a subsystem, a dot and a name');
  return 'environment';
}

/** The value, or the parts whose largest it is. */
export function valueOf(definition: Definition, read: Read, complain: Complain): Plan['value'] {
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

/** Parts of which one must have a value. */
export function needsOf(definition: Definition, complain: Complain): readonly string[] {
  const names = Object.keys(definition.parts ?? {});
  for (const need of definition.needs ?? []) {
    if (!names.includes(need)) complain(['needs'], `"${need}" is no part`, `one of ${names.join(', ')}`);
  }
  return definition.needs ?? [];
}

/** The bands, with rising bounds. */
export function bandsOf(definition: Definition, complain: Complain): readonly Band[] {
  const bands = (definition.bands ?? []).map(({ below, state }): Band => ({ below: below ?? null, state }));
  bands.forEach(({ below }, index) => {
    const isLast = index === bands.length - 1;
    const before = bands[index - 1]?.below ?? -Infinity;
    if (isLast === (below === null) && (below === null || below > before)) return;
    complain(['bands'], 'bounds must rise, and only the last band has none', 'see another definition');
  });
  return bands;
}
