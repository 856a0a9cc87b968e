import type { Registry } from '../../../model/registry.ts';
import type { EventKind, Subsystem } from '../../../model/subsystem.ts';
import type { Aggregate } from '../../../window/group/aggregate.ts';
import type { RowNumber, RowTest, RowText } from '../../../window/group/row-program.ts';
import { AGGREGATE_MAKERS, aggregateOf } from '../../aggregates/aggregates.ts';
import { ROW_FIELDS } from '../../rows/fields.ts';
import { readKey, readText } from '../../rows/read/read-key.ts';
import { readNumber } from '../../rows/read/read-number.ts';
import { readTest } from '../../rows/read/read-test.ts';
import { hintOf, isMapping, rowScope } from '../../rows/row-scope.ts';
import type { AttributeType, Complain, RowScope } from '../../rows/row-scope.ts';
import type { RowFunction } from '../../rows/row-functions.ts';
import { sqlText } from '../../sql/literal.ts';
import type { Definition, MeasureDetail } from '../schema.ts';

/** A measure of a definition over groups, read. */
export interface ReadMeasure {
  readonly name: string;
  readonly aggregate: Aggregate;
  readonly of: RowNumber | RowText | null;
  /** Its own condition; property and quality are not part of it. */
  readonly test: RowTest | null;
  /** The property that it is about; null: it is about rows, whatever their property. */
  readonly property: string | null;
  /** Whether it judges quality itself: then suspect and bad readings reach it too. */
  readonly ownsQuality: boolean;
  /** It counts registered entities instead of rows: SQL, a condition on the view `entities`. */
  readonly entities?: string;
}

/** What measures are read with. */
export interface MeasureContext {
  readonly kind: EventKind;
  readonly registry: Pick<Registry, 'areas' | 'entities' | 'properties'>;
  readonly functions: ReadonlyMap<string, RowFunction>;
  readonly attributes: ReadonlyMap<string, AttributeType>;
  /** What `now` stands for; null outside states. */
  readonly now: RowNumber | null;
  readonly subsystem: Subsystem;
  readonly complain: Complain;
}

/** A scope of its own, so that what one part of a definition names is told from what others do. */
export function ownScope(context: MeasureContext): RowScope {
  return rowScope({ ...context, used: new Set() });
}

/** Reads one measure; null after a complaint. */
export function readMeasure(
  [name, entry]: readonly [string, Definition['measures'][string]],
  context: MeasureContext,
): ReadMeasure | null {
  const [word, taken] = Object.entries(entry)[0] ?? ['count', {}];
  const path = ['measures', name, word];
  if (word === 'count') return countOf(name, taken, path, context);
  if (word === 'entities') return entitiesOf(name, taken as EntitiesAsked, path, context);
  if (word === 'received') return receivedOf(name, String(taken), path, context);
  const detail: MeasureDetail = typeof taken === 'string' ? { of: taken } : (taken as MeasureDetail);
  const aggregate = readAggregate(word, detail, path, context.complain);
  if (aggregate === null) return null;
  const scope = ownScope(context);
  const test = detail.where === undefined ? null : readTest(detail.where, [...path, 'where'], scope);
  if (detail.of === undefined) {
    context.complain(path, `${word} of what?`, `${word}: { of: … }`);
    return null;
  }
  const ofPath = typeof taken === 'string' ? path : [...path, 'of'];
  const ownsQuality = scope.used.has('quality');
  if (aggregate.sample === 'text') {
    const of = readTextSample(aggregate, detail.of, ofPath, scope);
    return of === null ? null : { name, aggregate, of, test, property: null, ownsQuality };
  }
  const property = isPropertyName(detail.of, context) ? detail.of : null;
  if (property !== null && !isKnown(property, ofPath, context)) return null;
  const of = readNumber(property === null ? detail.of : 'value', ofPath, scope);
  return of === null ? null : { name, aggregate, of, test, property, ownsQuality };
}

function countOf(
  name: string,
  taken: unknown,
  path: readonly string[],
  context: MeasureContext,
): ReadMeasure | null {
  const aggregate = aggregateOf('count');
  if (aggregate === undefined) throw new TypeError('there is no aggregate count');
  const plain = { name, aggregate, of: null, test: null, property: null, ownsQuality: false };
  if (typeof taken === 'string') return propertyCount(plain, taken, path, context);
  const scope = ownScope(context);
  const test = isMapping(taken) && Object.keys(taken).length > 0 ? readTest(taken, path, scope) : null;
  return { ...plain, test, ownsQuality: scope.used.has('quality') };
}

type EntitiesAsked = Exclude<Definition['measures'][string]['entities'], undefined>;

/** Number of entities that the registry knows. */
function entitiesOf(
  name: string,
  taken: EntitiesAsked,
  path: readonly string[],
  context: MeasureContext,
): ReadMeasure | null {
  if (context.kind !== 'measurement' || context.now === null) {
    context.complain(path, 'entities are counted beside states of measurements', 'every: 15m, within: 10m');
    return null;
  }
  const counted = countOf(name, {}, path, context);
  if (counted === null) return null;
  const conditions = [`subsystem = ${sqlText(taken.subsystem ?? context.subsystem)}`];
  if (taken.class !== undefined) conditions.push(`class = ${sqlText(taken.class)}`);
  return { ...counted, entities: conditions.join(' AND ') };
}

function receivedOf(
  name: string,
  taken: string,
  path: readonly string[],
  context: MeasureContext,
): ReadMeasure | null {
  const counted = countOf(name, taken, path, context);
  return counted === null ? null : { ...counted, ownsQuality: true };
}

function propertyCount(
  plain: ReadMeasure,
  taken: string,
  path: readonly string[],
  context: MeasureContext,
): ReadMeasure | null {
  if (taken === '*' && context.kind === 'measurement') return plain;
  if (isPropertyName(taken, context)) {
    return isKnown(taken, path, context) ? { ...plain, property: taken } : null;
  }
  context.complain(
    path,
    `"${taken}" is no condition`,
    'count: {} counts rows, count: { status: … } some of them',
  );
  return null;
}

function readAggregate(
  word: string,
  detail: MeasureDetail,
  path: readonly string[],
  complain: Complain,
): Aggregate | null {
  const maker = AGGREGATE_MAKERS.get(word);
  const wanted = word === 'quantile' ? 'p' : 'k';
  for (const key of ['p', 'k'] as const) {
    if (detail[key] === undefined || (maker !== undefined && key === wanted)) continue;
    complain([...path, key], `${word} takes no ${key}`, 'take it out');
    return null;
  }
  const found = maker === undefined ? aggregateOf(word) : aggregateOf(word, detail[wanted] ?? NaN);
  if (found !== undefined) return found;
  if (maker === undefined) complain(path, `${word} is for stations only`, 'by: [entity], hours or days');
  else complain(path, `${word} needs ${wanted}: ${maker.parameter}`, `${wanted}: ${String(maker.example)}`);
  return null;
}

function readTextSample(
  aggregate: Aggregate,
  of: string,
  path: readonly string[],
  scope: RowScope,
): RowText | null {
  if (aggregate.state === 'cells' || aggregate.items === undefined) return readText(of, path, scope);
  const key = readKey(of, path, scope);
  if (key === null || !key.isMany) return key?.value ?? null;
  scope.complain(path, `"${of}" holds several texts a row`, `group by it: by: [${of}]`);
  return null;
}

/** Whether a word names a property of measurements, and not a field or an expression. */
function isPropertyName(word: string, { kind }: MeasureContext): boolean {
  return kind === 'measurement' && /^[a-z][a-z0-9_]*$/.test(word) && !ROW_FIELDS.measurement.has(word);
}

/** A property that no registry knows is a slip of the pen: its KPI would stay empty for ever. */
function isKnown(property: string, path: readonly string[], context: MeasureContext): boolean {
  const { properties } = context.registry;
  if (properties.size === 0 || properties.has(property)) return true;
  context.complain(path, `"${property}" is no property`, hintOf(property, properties.keys()));
  return false;
}
