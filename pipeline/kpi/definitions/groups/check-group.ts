import type { Family, GroupPlan, KeyField, StateRule } from '../../../window/group/group-plan.ts';
import type { RowNumber, RowTest } from '../../../window/group/row-program.ts';
import type { WindowRule } from '../../../window/group/window-rule.ts';
import { readKey } from '../../rows/read/read-key.ts';
import { readTest } from '../../rows/read/read-test.ts';
import { readTime } from '../../rows/read/read-time.ts';
import type { Complain } from '../../rows/row-scope.ts';
import { periodTime } from '../../rows/statistic-period.ts';
import type { GroupSqlPlan } from '../../sql/group-recompute-sql.ts';
import { bandsOf, subsystemOf } from '../check-value.ts';
import type { DefinitionContext } from '../definition-context.ts';
import type { Plan } from '../plan.ts';
import { durationSeconds } from '../schema.ts';
import type { Definition } from '../schema.ts';
import { allOf, commonTests, slotOf } from './group-tests.ts';
import { readValue } from './group-value.ts';
import type { GroupValue } from './group-value.ts';
import { ownScope, readMeasure } from './read-measure.ts';
import type { MeasureContext, ReadMeasure } from './read-measure.ts';
import { NOW, readWindows } from './states.ts';
import { nestsIn } from './statistics.ts';

/** A definition over groups, checked: what both the evaluation and the SQL are made from. */
export interface CheckedGroup
  extends
    GroupValue,
    GroupSqlPlan,
    Pick<Plan, 'definition' | 'subsystem' | 'freshSeconds' | 'latenessSeconds' | 'bands'> {
  readonly emitSeconds: number;
}

/** Makes a plan of a definition that matches the schema; its mistakes go to `complain`. null: it has some. */
export function checkGroup(
  definition: Definition,
  context: DefinitionContext,
  complain: Complain,
): CheckedGroup | null {
  let isRight = true;
  const told: Complain = (path, reason, hint) => {
    isRight = false;
    complain(path, reason, hint);
  };
  const subsystem = subsystemOf(definition, told);
  refuseStationFields(definition, told);
  const { rule, state } = readWindows(definition, context, told);
  const reading: MeasureContext = {
    kind: definition.from,
    registry: context.registry,
    functions: context.functionsOf(definition.from),
    attributes: new Map(Object.entries(definition.attributes ?? {})),
    now: state === null ? null : NOW,
    subsystem,
    complain: told,
  };
  const measures = Object.entries(definition.measures).map((entry) => readMeasure(entry, reading));
  const plan = rule === null ? null : planOf(definition, { rule, state, reading, measures });
  const value = readValue(definition, measures, told);
  if (!isRight || plan === null) return null;
  return {
    ...{ definition, subsystem, plan, ...value },
    bands: bandsOf(definition, complain),
    freshSeconds: durationSeconds(definition.fresh.max),
    latenessSeconds: durationSeconds(definition.window.lateness),
    emitSeconds: definition.window.emit === undefined ? 0 : durationSeconds(definition.window.emit),
  };
}

function refuseStationFields(definition: Definition, complain: Complain): void {
  if (definition.by.includes('entity') && definition.by.some((name) => name.split('.')[0] === 'area')) {
    complain(['by'], 'an entity has its area already', 'by: [entity]');
  }
  if (definition.from === 'case' && definition.at === undefined && definition.window.every === undefined) {
    complain([], 'at must be given: what places a case in time', 'at: openedAt');
  }
  if (definition.statistics === undefined) return;
  if (definition.from !== 'measurement') {
    complain(['statistics'], 'only measurements carry a period', 'take it out');
  }
  if (definition.at !== undefined) {
    complain(['at'], 'statistics stand at the end of their period', 'take it out');
  }
}

interface PlanParts {
  readonly rule: WindowRule;
  readonly state: StateRule | null;
  readonly reading: MeasureContext;
  readonly measures: readonly (ReadMeasure | null)[];
}

function planOf(definition: Definition, { rule, state, reading, measures }: PlanParts): GroupPlan | null {
  const { complain } = reading;
  const { statistics } = definition;
  if (statistics !== undefined && !nestsIn(statistics, rule)) {
    const reason = `a ${statistics} does not lie whole in every window of ${rule.text}`;
    complain(['statistics'], reason, 'choose longer windows, or shorter statistics');
  }
  const scope = ownScope(reading);
  const where = definition.where === undefined ? null : readTest(definition.where, ['where'], scope);
  const by = definition.by.map((name, index) => keyField(name, String(index), reading));
  const at =
    statistics === undefined
      ? readTime(definition.at ?? 'eventTime', ['at'], ownScope(reading))
      : periodTime('periodEnd');
  const fields = by.filter((field) => field !== null);
  const known = measures.filter((measure) => measure !== null);
  refuseDoubleKeys(fields, complain);
  const counted = known.find(({ entities }) => entities !== undefined);
  if (counted !== undefined && fields.some(({ name }) => name !== 'area' && name !== 'entity')) {
    complain(['measures', counted.name], 'the registry knows areas and entities only', 'by: [area]');
  }
  if (at === null || fields.length < by.length || known.length < measures.length) return null;
  const common = commonTests({ definition, reading, measures: known, named: scope.used });
  const tests = [...(where === null ? [] : [where]), ...common.tests];
  const family = familyOf({ kind: definition.from, test: allOf(tests), by: fields, at, rule, state });
  const slots = known.map((measure) => [measure.name, slotOf(measure, common, reading)] as const);
  return { family, rule, slots: new Map(slots) };
}

function keyField(name: string, index: string, reading: MeasureContext): KeyField | null {
  const key = readKey(name, ['by', index], ownScope(reading));
  if (key === null) return null;
  const dimension = name.startsWith('area.') ? 'area' : name.replace(/^attributes\./, '');
  return { name: dimension, ...key };
}

function refuseDoubleKeys(fields: readonly KeyField[], complain: Complain): void {
  if (new Set(fields.map(({ name }) => name)).size < fields.length) {
    complain(['by'], 'a field stands twice', 'take one out');
  }
  if (fields.filter(({ isMany }) => isMany).length > 1) {
    complain(['by'], 'two fields hold several texts a row', 'one of them at most');
  }
}

function familyOf(of: {
  readonly kind: Family['kind'];
  readonly test: RowTest | null;
  readonly by: readonly KeyField[];
  readonly at: RowNumber;
  readonly rule: WindowRule;
  readonly state: StateRule | null;
}): Omit<Family, 'slots'> {
  const { kind, test, by, at, rule, state } = of;
  const { sliceMs, sliceOffsetMs } = rule;
  const text = JSON.stringify([
    ...[kind, test?.sql ?? '', by.map(({ name, value }) => [name, value.sql]), at.sql],
    ...[sliceMs, sliceOffsetMs, ...(state === null ? [] : [state])],
  ]);
  return { text, kind, test, by, at, sliceMs, sliceOffsetMs, state };
}
