import type { EventKind } from '../../model/subsystem.ts';
import { definitionContext, NO_REGISTRY } from '../definitions/definition-context.ts';
import { checkGroup } from '../definitions/groups/check-group.ts';
import { compileGroup } from '../definitions/groups/compile-group.ts';
import type { Definition } from '../definitions/schema.ts';
import type { GroupKpi } from '../group-kpi.ts';
import { TEST_REGISTRY } from '../rows/rows-testing.ts';
import type { Draw } from '../rows/rows-testing.ts';

type Yaml = Readonly<Record<string, unknown>>;

/** What a random definition over a kind may say. */
interface Words {
  readonly where: readonly Yaml[];
  readonly by: readonly (readonly string[])[];
  readonly at: readonly unknown[];
  readonly numbers: readonly string[];
  readonly texts: readonly string[];
  readonly items: readonly string[];
}

const WORDS: Readonly<Record<EventKind, Words>> = {
  measurement: {
    where: [
      { property: 'pm25' },
      { quality: ['good', 'bad'] },
      { value: { gt: 100 } },
      { not: { entity: 'e1' } },
    ],
    by: [[], ['entity'], ['area'], ['area.district'], ['area', 'property'], ['feed', 'property']],
    at: [undefined],
    numbers: ['pm25', 'noise', 'value', 'value * 2 - latitude', 'latitude'],
    texts: ['entity', 'unit', 'id'],
    items: ['entity', 'property'],
  },
  case: {
    where: [
      { status: { not: ['refused', 'withdrawn'] } },
      { any: [{ completedAt: { exists: true } }, { agency: 'a' }] },
      { 'attributes.b': true },
      { completedAt: { lte: 'dueAt' } },
      { 'attributes.n': { gte: 1 } },
    ],
    by: [[], ['area'], ['area.commune'], ['agency'], ['area', 'caseType'], ['channel', 'attributes.t']],
    at: ['openedAt', 'eventTime', { earliest: ['completedAt', 'dueAt'] }, { field: 'closedAt', plus: '4h' }],
    numbers: ['rating', 'minutesBetween(openedAt, completedAt)', 'attributes.n', 'latitude'],
    texts: ['caseId', 'agency', 'attributes.t'],
    items: ['agency', 'procedure'],
  },
  post: {
    where: [{ topics: { contains: ['a', 'b'] } }, { platform: 'a' }, { sentiment: { lt: 0 } }],
    by: [[], ['topics'], ['platform'], ['platform', 'topics'], ['area', 'topics'], ['entity']],
    at: [undefined, 'receivedAt'],
    numbers: ['sentiment', 'reach', 'sentiment * 3 + 1'],
    texts: ['author', 'postId', 'text'],
    items: ['platform', 'language'],
  },
  alert: {
    where: [{ severity: { gte: 4 } }, { category: { not: 'a' } }, { source: { exists: true } }],
    by: [[], ['category'], ['area'], ['entity', 'category'], ['area.province', 'feed']],
    at: [undefined],
    numbers: ['severity', 'count', 'severity * count'],
    texts: ['source', 'signature', 'target'],
    items: ['category', 'source'],
  },
};

const WINDOWS: readonly Yaml[] = [
  ...['15m', '1h', '6h', '1d', '7d'].map((tumbling) => ({ tumbling })),
  ...['day', 'week', 'month', 'quarter', 'year', 'yearToDate'].map((calendar) => ({ calendar })),
  { hopping: { size: '24h', advance: '6h' } },
  { hopping: { size: '7d', advance: '1d' } },
  { hopping: { size: '90m', advance: '40m' } },
  { period: 'report-month' },
];

const NUMBER_AGGREGATES = [
  'sum',
  'mean',
  'min',
  'max',
  'first',
  'last',
  'stddev',
  'rateOfChange',
  'energyMean',
];
const CONTEXT = definitionContext({ ...NO_REGISTRY, ...TEST_REGISTRY });

/** Compiles a definition of a test. @throws Error with the first mistake */
export function compiledGroup(definition: Definition): GroupKpi {
  const group = checkGroup(definition, CONTEXT, (path, reason, hint) => {
    throw new Error(`${path.join('.')}: ${reason} (${hint}) in ${JSON.stringify(definition)}`);
  });
  if (group === null) throw new Error('no definition, and no reason');
  return compileGroup(group, CONTEXT.functionsOf(definition.from));
}

/** A random definition over a kind. */
export function randomDefinition(kind: EventKind, index: number, draw: Draw): Definition {
  const words = WORDS[kind];
  const { of, below } = draw;
  const measures = randomMeasures(words, draw);
  const value = of(valuesOver(Object.keys(measures)));
  const at = of(words.at);
  return {
    ...{ id: `environment.random${String(index)}`, version: 1, title: { vi: 'v', en: 'e' }, unit: '1' },
    ...{ from: kind, by: [...of(words.by)], measures, fresh: { max: '1h' } },
    window: { ...of(WINDOWS), lateness: '6h' },
    ...(below(2) === 0 ? {} : { where: of(words.where) }),
    ...(at === undefined ? {} : { at }),
    ...valueOf(value, draw),
    ...{ visibility: 'public', source: 'a test' },
  };
}

/** The value, sometimes as the largest of two parts, or with samples and a smallest denominator of its own. */
function valueOf(value: string, { below }: Draw): Partial<Definition> {
  if (value === 'list') return { value };
  if (below(6) === 0) return { parts: { first: value, second: 'a + 1' } };
  const samples = below(4) === 0 ? { samples: 'c' } : {};
  const isRatio = /^(\d+ \* )?\(?[a-z]+ \/ [a-z]+\)?$/.test(value);
  return { value, ...samples, ...(isRatio && below(2) === 0 ? { minDenominator: 1 + below(4) } : {}) };
}

function valuesOver(names: readonly string[]): readonly string[] {
  if (names.includes('list')) return ['list', 'list', '100 * list / c'];
  return [
    'a',
    'b',
    'a + b',
    '100 * a / c',
    'a / b',
    '2 * (b / c)',
    'a - 3 * c',
    'larger(a, b)',
    '100 * (c - 1) / c',
  ];
}

function randomMeasures(words: Words, draw: Draw): Definition['measures'] {
  const { of, below } = draw;
  const one = (): Yaml => {
    switch (below(8)) {
      case 0:
        return { count: of(words.where) };
      case 1:
        return { distinct: of(words.texts) };
      case 2:
        return { quantile: { of: of(words.numbers), p: of([0, 0.25, 0.5, 0.9, 1]) } };
      case 3:
        return { timeWeightedMean: of(words.numbers) };
      case 4:
        return { [of(NUMBER_AGGREGATES)]: { of: of(words.numbers), where: of(words.where) } };
      default:
        return { [of(NUMBER_AGGREGATES)]: of(words.numbers) };
    }
  };
  const list = below(8) === 0 ? { list: { topk: { of: of(words.items), k: 3 } } } : {};
  return { a: one(), b: one(), c: { count: {} }, ...list } as Definition['measures'];
}
