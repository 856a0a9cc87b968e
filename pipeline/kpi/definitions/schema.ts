import { Type } from 'typebox';
import type { Static } from 'typebox';

/** Most definitions in one file, parts or measures in one definition, and steps of bands. */
export const definitionsMax = 100;
const membersMax = 20;

const name = '^[a-z][A-Za-z0-9]{0,31}$';
const property = '^[a-z][a-z0-9_]{0,31}$';
const duration = '^[1-9][0-9]{0,3}[smhd]$';
const closed = { additionalProperties: false } as const;
const text = Type.String({ minLength: 1, maxLength: 500 });
const expression = Type.String({ minLength: 1, maxLength: 500 });
const oneProperty = Type.Optional(Type.String({ pattern: property }));
const everyProperty = Type.Optional(Type.Literal('*'));

/**
 * A number, or hourly means, that expressions refer to by name. Exactly one key:
 * `mean`, `sum`, `count` of the good readings of a property (`count: "*"` of all properties together), `hours`:
 * its hourly means, the window's and the lookback's, newest first, `ownHours` the window's alone; `received`
 * readings of any quality, `expected` readings by the entity's cadence, both over all properties.
 */
const measure = Type.Object(
  {
    mean: oneProperty,
    sum: oneProperty,
    count: Type.Optional(Type.String({ pattern: `${property}|^\\*$` })),
    hours: oneProperty,
    ownHours: oneProperty,
    received: everyProperty,
    expected: everyProperty,
  },
  { ...closed, minProperties: 1, maxProperties: 1 },
);

const window = Type.Object(
  {
    /** The UTC hour, which is the local hour too. */
    tumbling: Type.Optional(Type.Literal('1h')),
    /** The local day, Asia/Ho_Chi_Minh. */
    calendar: Type.Optional(Type.Literal('day')),
    /** Hours before the window that `hours` measures also hold. */
    lookback: Type.Optional(Type.String({ pattern: '^[1-9][0-9]?h$' })),
    lateness: Type.String({ pattern: duration }),
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

/** One entry of a pack. */
export const definitionSchema = Type.Object(
  {
    /** Subsystem, a dot, the KPI's own name. */
    id: Type.String({ pattern: '^[a-z-]+\\.[a-z][a-z0-9_]{0,63}$' }),
    version: Type.Integer({ minimum: 1, maximum: 65_535 }),
    title: Type.Object({ vi: text, en: text }, closed),
    unit: Type.String({ maxLength: 32 }),
    from: Type.Literal('measurement'),
    by: Type.Array(Type.Literal('entity'), { minItems: 1, maxItems: 1 }),
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
    numerator: Type.Optional(expression),
    denominator: Type.Optional(expression),
    /** Readings that the value rests on; with `hours` measures: those of the hours that were complete enough. */
    samples: Type.Optional(expression),
    fresh: Type.Object({ max: Type.String({ pattern: duration }) }, closed),
    bands: Type.Optional(Type.Array(band, { minItems: 1, maxItems: membersMax })),
    visibility: Type.Union([Type.Literal('public'), Type.Literal('internal'), Type.Literal('restricted')]),
    source: text,
  },
  closed,
);

/** A pack: the KPIs of one subsystem. */
export const packSchema = Type.Array(definitionSchema, { maxItems: definitionsMax });

/** A definition as it is written. */
export type Definition = Static<typeof definitionSchema>;

/** A checked measure: what it takes, and of which property; '*' is every property. */
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
