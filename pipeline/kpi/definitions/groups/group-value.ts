import type { GroupSqlPlan } from '../../sql/group-recompute-sql.ts';
import type { Complain } from '../../rows/row-scope.ts';
import { expressionReader, needsOf, valueOf } from '../check-value.ts';
import type { Expression } from '../expression.ts';
import { isParts } from '../plan.ts';
import type { Plan } from '../plan.ts';
import type { Definition } from '../schema.ts';
import { ratioOf } from './ratio.ts';
import type { ReadMeasure } from './read-measure.ts';

/** What a definition says of its value. */
export interface GroupValue extends Pick<
  GroupSqlPlan,
  'value' | 'needs' | 'numerator' | 'denominator' | 'samples' | 'minDenominator' | 'itemsOf'
> {
  /** null: the rows of the family. */
  readonly samplesOf: Expression | null;
}

/** Columns and words of the SQL that a measure of the same name would hide or break. */
const TAKEN_NAMES = new Set([
  ...[
    'value',
    'numerator',
    'denominator',
    'samples',
    'rows',
    'window',
    'item',
    'rank',
    'step',
    'dims',
    'area',
    'entity',
  ],
  ...[
    'and',
    'or',
    'not',
    'in',
    'as',
    'from',
    'where',
    'select',
    'with',
    'case',
    'when',
    'then',
    'else',
    'end',
    'is',
  ],
  ...[
    'between',
    'like',
    'by',
    'group',
    'order',
    'on',
    'join',
    'union',
    'limit',
    'null',
    'nan',
    'inf',
    'true',
    'false',
  ],
]);

/** Reads value, numerator, denominator and samples over the measures. */
export function readValue(
  definition: Definition,
  measures: readonly (ReadMeasure | null)[],
  complain: Complain,
): GroupValue {
  for (const name of Object.keys(definition.measures)) {
    if (TAKEN_NAMES.has(name.toLowerCase())) {
      complain(['measures', name], `${name} has a meaning already`, 'rename it');
    }
  }
  const names = new Map(Object.keys(definition.measures).map((name) => [name, 'number'] as const));
  const read = expressionReader(names, complain);
  const value = valueOf(definition, read, complain);
  const ratio = isParts(value) ? null : ratioOf(value);
  const numerator = read(['numerator'], definition.numerator) ?? ratio?.numerator ?? null;
  const denominator = read(['denominator'], definition.denominator) ?? ratio?.denominator ?? null;
  const samplesOf = read(['samples'], definition.samples);
  if (definition.minDenominator !== undefined && denominator === null) {
    complain(['minDenominator'], 'there is no denominator', 'value: 100 * a / b, or give one');
  }
  const itemsOf = itemsMeasure(value, measures);
  if (itemsOf !== null) refuseBesideItems(definition, complain);
  return {
    ...{ value, needs: needsOf(definition, complain), numerator, denominator, itemsOf, samplesOf },
    samples: samplesOf ?? 'rows',
    minDenominator: definition.minDenominator ?? 0,
  };
}

/** The measure whose items are the values: the value is its name and nothing else. */
function itemsMeasure(value: Plan['value'], measures: readonly (ReadMeasure | null)[]): string | null {
  if (isParts(value) || value.kind !== 'name') return null;
  const measure = measures.find((one) => one?.name === value.name);
  if (measure === undefined || measure === null || measure.aggregate.state === 'cells') return null;
  return measure.aggregate.items === undefined ? null : measure.name;
}

function refuseBesideItems(definition: Definition, complain: Complain): void {
  for (const field of ['numerator', 'denominator', 'samples', 'minDenominator'] as const) {
    if (definition[field] !== undefined) complain([field], `a list of items has no ${field}`, 'take it out');
  }
}
