import type { Slot } from '../../../window/group/group-plan.ts';
import type { RowTest } from '../../../window/group/row-program.ts';
import { readTest } from '../../rows/read/read-test.ts';
import { conjunction } from '../../rows/row-tests.ts';
import type { Definition } from '../schema.ts';
import { ownScope } from './read-measure.ts';
import type { MeasureContext, ReadMeasure } from './read-measure.ts';
import { periodTest } from './statistics.ts';

/** What all measures have in common, so that the family asks it once, and what is left to each of them. */
export interface Common {
  readonly tests: readonly RowTest[];
  readonly isQualityTold: boolean;
  readonly isPropertyTold: boolean;
}

/** What every row of a definition must meet beside its `where`. */
export function commonTests(of: {
  readonly definition: Definition;
  readonly reading: MeasureContext;
  readonly measures: readonly ReadMeasure[];
  /** Fields that `where` names. */
  readonly named: ReadonlySet<string>;
}): Common {
  const { definition, reading, named } = of;
  const measures = of.measures.filter(({ entities }) => entities === undefined);
  const tests: RowTest[] = [];
  for (const name of definition.by) {
    // A row without an entity has no value by entity; one that no area of the level holds none by that area.
    if (name === 'entity' || name.startsWith('area.'))
      tests.push(...saying({ [name]: { exists: true } }, reading));
  }
  if (definition.from !== 'measurement') return { tests, isQualityTold: true, isPropertyTold: true };
  const { statistics } = definition;
  if (statistics !== undefined) tests.push(periodTest(statistics));
  else if (!named.has('period')) tests.push(...saying({ period: { exists: false } }, reading));
  const isQualityTold = named.has('quality') || measures.every(({ ownsQuality }) => !ownsQuality);
  if (isQualityTold && !named.has('quality')) tests.push(...saying({ quality: 'good' }, reading));
  const properties = [...new Set(measures.map(({ property }) => property))];
  const isAbout = properties.length > 0 && properties.every((property) => property !== null);
  if (isAbout) tests.push(...saying({ property: properties }, reading));
  return { tests, isQualityTold, isPropertyTold: isAbout && properties.length === 1 };
}

/** A condition that we write ourselves. */
function saying(condition: Readonly<Record<string, unknown>>, reading: MeasureContext): RowTest[] {
  const test = readTest(condition, [], ownScope(reading));
  return test === null ? [] : [test];
}

/** The part of a fold that computes a measure. */
export function slotOf(measure: ReadMeasure, common: Common, reading: MeasureContext): Slot {
  const { aggregate, of, property, ownsQuality, entities } = measure;
  if (entities !== undefined) {
    return { text: `entities where ${entities}`, aggregate, of: null, test: null, entities };
  }
  const tests = measure.test === null ? [] : [measure.test];
  if (property !== null && !common.isPropertyTold) tests.push(...saying({ property }, reading));
  if (!common.isQualityTold && !ownsQuality) tests.push(...saying({ quality: 'good' }, reading));
  const test = allOf(tests);
  const sample = of === null ? '' : ` of ${of.sql}`;
  const where = test === null ? '' : ` where ${test.sql}`;
  return {
    text: `${aggregate.shares ?? aggregate.name}@${aggregate.revision}${sample}${where}`,
    aggregate,
    of,
    test,
  };
}

/** All of them; null: nothing is asked. */
export function allOf(tests: readonly RowTest[]): RowTest | null {
  return tests.length === 0 ? null : conjunction(tests);
}
