import type { RowNumber, RowText, RowTexts } from '../../../window/group/row-program.ts';
import { AREA_LEVELS, areaText } from '../areas.ts';
import { attributeFlag, attributeNumber, attributeText } from '../attributes.ts';
import { numberOfColumn, textOfColumn, textsOfColumn } from '../column-programs.ts';
import { ROW_FIELDS } from '../fields.ts';
import { hintOf } from '../row-scope.ts';
import type { AttributeType, RowScope } from '../row-scope.ts';
import { PERIOD_TIMES, periodTime } from '../statistic-period.ts';

/** What a name stands for. `choices` are all values that a text can have, where that is known. */
export type NameValue =
  | {
      readonly type: 'text';
      readonly program: RowText;
      readonly choices: readonly string[] | null;
      readonly isPersonal: boolean;
    }
  | { readonly type: 'texts'; readonly program: RowTexts }
  | { readonly type: 'number' | 'time' | 'flag'; readonly program: RowNumber };

const ATTRIBUTE = 'attributes.';

/** The name of an attribute without `attributes.`, or null when it is no attribute of a case. */
export function attributeIn(name: string, scope: RowScope): string | null {
  if (scope.kind !== 'case' || !name.startsWith(ATTRIBUTE) || name === ATTRIBUTE) return null;
  return name.slice(ATTRIBUTE.length);
}

/** Whether a text is a name, and not an expression: an attribute with a hyphen must be declared to be one. */
export function isName(text: string, scope: RowScope): boolean {
  if (scope.attributes.has(attributeIn(text, scope) ?? '')) return true;
  return !/^\d|[\s()+*/,-]/.test(text);
}

/**
 * What a name stands for; null when there is no such name, which `complain` has heard then.
 * @param use type of an attribute that is not declared
 */
export function valueOfName(
  name: string,
  path: readonly string[],
  scope: RowScope,
  use: AttributeType,
): NameValue | null {
  const attribute = attributeIn(name, scope);
  if (attribute !== null) {
    scope.used.add(name);
    return attributeValue(attribute, scope.attributes.get(attribute) ?? use);
  }
  if (name === 'area' || name.startsWith('area.')) return areaValue(name, path, scope);
  const period = scope.kind === 'measurement' ? PERIOD_TIMES.find((known) => known === name) : undefined;
  if (period !== undefined) {
    scope.used.add(name);
    return { type: 'time', program: periodTime(period) };
  }
  if (name === 'now' && scope.now !== null) return { type: 'time', program: scope.now };
  const field = ROW_FIELDS[scope.kind].get(name);
  if (field === undefined) {
    scope.complain(path, `"${name}" is no field of a ${scope.kind}`, hintOf(name, namesOf(scope)));
    return null;
  }
  scope.used.add(name);
  const { type, column, choices, isPersonal } = field;
  if (type === 'text') return { type, program: textOfColumn(column), choices, isPersonal };
  if (type === 'texts') return { type, program: textsOfColumn(column) };
  return { type, program: numberOfColumn(column) };
}

/** Names that a definition over this kind may use; attributes by those that are declared. */
export function namesOf(scope: RowScope): string[] {
  return [
    ...ROW_FIELDS[scope.kind].keys(),
    ...AREA_LEVELS.map((level) => `area.${level}`),
    ...(scope.kind === 'measurement' ? PERIOD_TIMES : []),
    ...(scope.now === null ? [] : ['now']),
    ...[...scope.attributes.keys()].map((attribute) => `${ATTRIBUTE}${attribute}`),
  ];
}

function attributeValue(attribute: string, type: AttributeType): NameValue {
  if (type === 'text') {
    return { type, program: attributeText(attribute), choices: null, isPersonal: false };
  }
  const program = type === 'number' ? attributeNumber(attribute) : attributeFlag(attribute);
  return { type, program };
}

function areaValue(name: string, path: readonly string[], scope: RowScope): NameValue | null {
  const level = AREA_LEVELS.find((known) => name === `area.${known}`) ?? null;
  if (name !== 'area' && level === null) {
    const levels = AREA_LEVELS.map((known) => `area.${known}`);
    scope.complain(path, `"${name}" is no level of areas`, hintOf(name, levels));
    return null;
  }
  scope.used.add(name);
  const { areas } = scope.registry;
  const choices = [...areas.keys()].filter((id) => level === null || areas.get(id)?.level === level);
  return { type: 'text', program: areaText(scope.registry, level), choices, isPersonal: false };
}
