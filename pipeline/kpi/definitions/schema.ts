import { Type } from 'typebox';
import type { Static } from 'typebox';
import { ENTITY_CLASSES } from '../../model/registry.ts';
import { EVENT_KINDS, SUBSYSTEMS } from '../../model/subsystem.ts';
import { derivedSchema } from '../derived/derived-schema.ts';
import type { WrittenDerived } from '../derived/derived-schema.ts';

/** Most definitions in one file, and of parts, measures, targets in one definition. */
export const definitionsMax = 500;
const membersMax = 20;
const targetsMax = 200;
const keysMax = 4;

const name = '^[a-z][A-Za-z0-9]{0,31}$';
const property = '^[a-z][a-z0-9_]{0,31}$';
const duration = '^[1-9][0-9]{0,3}[smhd]$';
const identifier = '^[a-z-]+\\.[a-z][a-z0-9_]{0,63}$';
const closed = { additionalProperties: false } as const;
const text = Type.String({ minLength: 1, maxLength: 500 });
const expression = Type.String({ minLength: 1, maxLength: 500 });

/** A condition on a row, see `rows/read/read-test.ts`: fields and what is said of them, `any`, `all`, `not`. */
const condition = Type.Unsafe<Readonly<Record<string, unknown>>>({
  type: 'object',
  description: 'Fields and what is said of them: `status: { not: [refused] }`; `any`, `all`, `not`.',
});

/** What an aggregate takes: a field, an expression over a row, a property of measurements, or these in detail. */
export interface MeasureDetail {
  readonly of?: string;
  readonly where?: Readonly<Record<string, unknown>>;
  readonly p?: number;
  readonly k?: number;
}

const taken = (description: string) =>
  Type.Optional(
    Type.Unsafe<string | MeasureDetail>({
      type: ['string', 'object'],
      minLength: 1,
      maxLength: 500,
      properties: {
        of: { type: 'string', minLength: 1, maxLength: 500, description: 'Field, expression or property.' },
        where: { type: 'object', description: 'Rows that count for this measure.' },
        p: { type: 'number', description: 'Share of a quantile, 0 to 1.' },
        k: { type: 'integer', description: 'Length of a top list.' },
      },
      additionalProperties: false,
      description,
    }),
  );

const stationProperty = (description: string) =>
  Type.Optional(Type.String({ pattern: property, description }));
const everyProperty = (description: string) =>
  Type.Optional(Type.String({ pattern: `${property}|^\\*$`, description }));

/** A number that expressions refer to by name. Exactly one key. */
const measure = Type.Object(
  {
    count: Type.Optional(
      Type.Unsafe<string | Readonly<Record<string, unknown>>>({
        type: ['string', 'object'],
        description: 'Rows: `{}` all, a condition, or readings of a property (`"*"` of any).',
      }),
    ),
    /** Of states: entities that the registry knows; they give keys too, so that silence is told as 0. */
    entities: Type.Optional(
      Type.Object(
        {
          class: Type.Optional(Type.Enum([...ENTITY_CLASSES])),
          /** Default: that of the definition. */
          subsystem: Type.Optional(Type.Enum([...SUBSYSTEMS])),
        },
        { ...closed, description: 'States: registered entities, `{ class: standard }`.' },
      ),
    ),
    sum: taken('Sum.'),
    mean: taken('Arithmetic mean.'),
    min: taken('Smallest.'),
    max: taken('Largest.'),
    first: taken('Of the first row by time.'),
    last: taken('Of the last row by time.'),
    stddev: taken('Standard deviation of the population.'),
    rateOfChange: taken('(last - first) / hours between them.'),
    energyMean: taken('Energy mean of levels in dB (LAeq).'),
    timeWeightedMean: taken('Mean weighted by how long each value held.'),
    distinct: taken('Number of different texts.'),
    quantile: taken('Value that a share `p` of the rows does not pass.'),
    topk: taken('The `k` most frequent texts: one value for each.'),
    /** Station definitions: hourly means, the window's and the lookback's, newest first. */
    hours: stationProperty('Hourly means of the window and the lookback, newest first.'),
    ownHours: stationProperty('Hourly means of the window, newest first.'),
    received: everyProperty('Readings of any quality.'),
    expected: everyProperty('Readings that the cadence of the entity promises.'),
  },
  { ...closed, minProperties: 1, maxProperties: 1 },
);

/** One kind of window, and how it is judged. */
const window = Type.Object(
  {
    tumbling: Type.Optional(Type.String({ description: 'Length: `15m`, `1h`.' })),
    hopping: Type.Optional(Type.Unknown({ description: '`{ size: 24h, advance: 10m }`.' })),
    calendar: Type.Optional(
      Type.String({ description: 'hour, day, week, month, quarter, year, yearToDate: in Asia/Ho_Chi_Minh.' }),
    ),
    period: Type.Optional(Type.String({ description: 'A named period: `report-month`.' })),
    /** States on a grid: what the newest versions say at the end of each window, and now. */
    every: Type.Optional(Type.String({ description: 'States: `15m`, `1h`.' })),
    /** Of states of measurements: how old the newest reading may be. */
    within: Type.Optional(Type.String({ pattern: duration })),
    /** Hours before the window that `hours` measures also hold. */
    lookback: Type.Optional(Type.String({ pattern: '^[1-9][0-9]?h$' })),
    /** How long a late row still finds its slice in memory; later ones take a repair, none is ignored. */
    lateness: Type.String({ pattern: duration }),
    /** A running window is published at most this often; one that is over, at once. States come with time markers. */
    emit: Type.Optional(Type.String({ pattern: duration })),
  },
  closed,
);

const band = Type.Object(
  {
    below: Type.Optional(Type.Number()),
    state: Type.Union([Type.Literal('good'), Type.Literal('watch'), Type.Literal('bad')]),
  },
  closed,
);

/** A goal. The target that names most of what a value is of counts. */
const target = Type.Object(
  {
    value: Type.Number(),
    area: Type.Optional(text),
    agency: Type.Optional(text),
    year: Type.Optional(Type.Integer({ minimum: 2000, maximum: 2100 })),
  },
  closed,
);

/** Statistics carry a period: a definition counts those of one length, or plain rows only. */
export const STATISTICS = ['day', 'month', 'quarter', 'year'] as const;

/** One entry of a pack. */
export const definitionSchema = Type.Object(
  {
    /** Subsystem, a dot, the KPI's own name. */
    id: Type.String({ pattern: identifier }),
    version: Type.Integer({ minimum: 1, maximum: 65_535 }),
    title: Type.Object({ vi: text, en: text }, closed),
    unit: Type.String({ maxLength: 32 }),
    from: Type.Enum([...EVENT_KINDS]),
    /** Rows that count. */
    where: Type.Optional(condition),
    /** Types of attributes that are not clear from their use. */
    attributes: Type.Optional(
      Type.Record(Type.String({ maxLength: 64 }), Type.Enum(['text', 'number', 'flag']), {
        maxProperties: membersMax,
      }),
    ),
    /** Fields whose texts make the key; empty: the whole province. */
    by: Type.Array(Type.String(), { maxItems: keysMax }),
    /** What places a row in time; default: `eventTime`, of cases it must be given. */
    at: Type.Optional(
      Type.Unsafe<unknown>({
        type: ['string', 'object'],
        description: 'A time field, or `{ earliest: [completedAt, dueAt] }`.',
      }),
    ),
    /** Counts statistics of this length, placed at the end of their period, instead of plain readings. */
    statistics: Type.Optional(Type.Enum([...STATISTICS])),
    window,
    /** % of the expected readings that an hour of an `hours` measure needs, where a cadence is known. */
    completeness: Type.Optional(Type.Integer({ minimum: 1, maximum: 100 })),
    measures: Type.Record(Type.String({ pattern: name }), measure, {
      minProperties: 1,
      maxProperties: membersMax,
    }),
    /** Either `value`, or `parts` whose largest is the value. */
    value: Type.Optional(expression),
    parts: Type.Optional(
      Type.Record(Type.String({ pattern: property }), expression, {
        minProperties: 1,
        maxProperties: membersMax,
      }),
    ),
    /** Parts of which at least one must have a value. */
    needs: Type.Optional(Type.Array(Type.String(), { minItems: 1, maxItems: membersMax })),
    /** Default, where the value is `[k *] a / b`: a and b. */
    numerator: Type.Optional(expression),
    denominator: Type.Optional(expression),
    /** Below it there is a row without a value. */
    minDenominator: Type.Optional(Type.Number({ exclusiveMinimum: 0 })),
    /** Rows that the value rests on; default: all that count. With `hours` measures: it follows from them. */
    samples: Type.Optional(expression),
    fresh: Type.Object(
      {
        max: Type.String({ pattern: duration }),
        /** The calendar during whose hours the promise holds. */
        during: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
      },
      closed,
    ),
    bands: Type.Optional(Type.Array(band, { minItems: 1, maxItems: membersMax })),
    targets: Type.Optional(Type.Array(target, { minItems: 1, maxItems: targetsMax })),
    visibility: Type.Union([Type.Literal('public'), Type.Literal('internal'), Type.Literal('restricted')]),
    source: text,
  },
  closed,
);

/** A definition over events, or over values of other KPIs: `from` says which, and mistakes are told of that form. */
const entrySchema = Type.Unsafe<Definition | WrittenDerived>({
  if: { type: 'object', properties: { from: { enum: ['kpi', 'platform'] } }, required: ['from'] },
  then: derivedSchema,
  else: definitionSchema,
});

/** Two expressions over KPIs that must agree: what a number is made of, and the number. */
export const identitySchema = Type.Object(
  {
    id: Type.String({ pattern: identifier }),
    left: expression,
    right: expression,
    /** Largest difference that is no fault. */
    tolerance: Type.Optional(Type.Number({ minimum: 0 })),
  },
  closed,
);

/** A pack: the KPIs of one subsystem, and what must hold between them. */
export const packSchema = Type.Object(
  {
    kpis: Type.Array(entrySchema, { maxItems: definitionsMax }),
    identities: Type.Optional(Type.Array(identitySchema, { maxItems: definitionsMax })),
  },
  closed,
);

/** A pack without identities may be the list alone. */
export const listSchema = Type.Array(entrySchema, { maxItems: definitionsMax });

/** An identity as it is written. */
export type WrittenIdentity = Static<typeof identitySchema>;

/** A definition as it is written. */
export type Definition = Static<typeof definitionSchema>;

/** A checked measure of a station: what it takes, and of which property; '*' is every property. */
export interface Measure {
  readonly name: string;
  readonly kind: 'mean' | 'sum' | 'count' | 'hours' | 'ownHours' | 'received' | 'expected';
  readonly property: string;
}

/** Whether a measure is hourly means; a definition has only such, or none. */
export function isHours({ kind }: Measure): boolean {
  return kind === 'hours' || kind === 'ownHours';
}

/** `30m`, `6h`, `7d` in seconds. */
export function durationSeconds(duration: string): number {
  const unit = { s: 1, m: 60, h: 3_600, d: 86_400 }[duration.slice(-1)] ?? NaN;
  return Number(duration.slice(0, -1)) * unit;
}
