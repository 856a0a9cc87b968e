import { Type } from 'typebox';
import type { Static } from 'typebox';
import { offsetPattern } from './offset.ts';

/** Most inputs of a definition, and most offsets of one of them. */
export const inputsMax = 20;
/** See `inputsMax`. */
export const offsetsMax = 60;

const name = '^[a-z][A-Za-z0-9]{0,31}$';
const property = '^[a-z][a-z0-9_]{0,31}$';
const identifier = '^[a-z-]+\\.[a-z][a-z0-9_]{0,63}$';
const duration = '^[1-9][0-9]{0,3}[smhd]$';
const closed = { additionalProperties: false } as const;
const text = Type.String({ minLength: 1, maxLength: 500 });
const state = Type.Union([Type.Literal('good'), Type.Literal('watch'), Type.Literal('bad')]);

/** How the windows of an input that lie in a window become one number. */
export const OVERS = ['sum', 'mean', 'max', 'min', 'last', 'count', 'age'] as const;

const input = Type.Object(
  {
    kpi: Type.String({ pattern: identifier }),
    /** Left out: the window of the input that is this window. */
    over: Type.Optional(
      Type.Enum([...OVERS], {
        description: '`age`: seconds from the newest event behind the input to the end of the window.',
      }),
    ),
    /** Looks at the input's windows in so long a time before the end, instead of those in the window. */
    within: Type.Optional(Type.String({ pattern: duration })),
    offset: Type.Optional(Type.String({ pattern: offsetPattern, description: '`1w`, `1M`, `1y`, `tet`.' })),
    /** A series: one value for each offset, in their order. */
    offsets: Type.Optional(
      Type.Array(Type.String({ pattern: offsetPattern }), { minItems: 2, maxItems: offsetsMax }),
    ),
    /** Stands for an input that has no value there. */
    default: Type.Optional(Type.Number()),
    /** An input that may be missing: `larger` and `largest` go on without it. */
    optional: Type.Optional(Type.Boolean()),
  },
  closed,
);

/** A definition over values of other KPIs (`from: kpi`), or of what the platform counts itself (`from: platform`). */
export const derivedSchema = Type.Object(
  {
    id: Type.String({ pattern: identifier }),
    version: Type.Integer({ minimum: 1, maximum: 65_535 }),
    title: Type.Object({ vi: text, en: text }, closed),
    unit: Type.String({ maxLength: 32 }),
    from: Type.Enum(['kpi', 'platform']),
    by: Type.Array(Type.String(), { maxItems: 4 }),
    window: Type.Object(
      {
        tumbling: Type.Optional(Type.String()),
        hopping: Type.Optional(Type.Unknown()),
        calendar: Type.Optional(Type.String()),
        period: Type.Optional(Type.String()),
      },
      closed,
    ),
    /** What the platform counts, see `gauges.ts`. */
    gauge: Type.Optional(text),
    inputs: Type.Optional(
      Type.Record(Type.String({ pattern: name }), input, { minProperties: 1, maxProperties: inputsMax }),
    ),
    value: Type.Optional(text),
    /** Either `value`, or `parts` whose largest is the value. */
    parts: Type.Optional(
      Type.Record(Type.String({ pattern: property }), text, { minProperties: 1, maxProperties: inputsMax }),
    ),
    needs: Type.Optional(Type.Array(Type.String(), { minItems: 1, maxItems: inputsMax })),
    numerator: Type.Optional(text),
    denominator: Type.Optional(text),
    minDenominator: Type.Optional(Type.Number({ exclusiveMinimum: 0 })),
    fresh: Type.Object(
      {
        max: Type.String({ pattern: duration }),
        during: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
      },
      closed,
    ),
    bands: Type.Optional(
      Type.Array(Type.Object({ below: Type.Optional(Type.Number()), state }, closed), {
        minItems: 1,
        maxItems: inputsMax,
      }),
    ),
    targets: Type.Optional(
      Type.Array(
        Type.Object(
          {
            value: Type.Number(),
            area: Type.Optional(text),
            agency: Type.Optional(text),
            year: Type.Optional(Type.Integer({ minimum: 2000, maximum: 2100 })),
          },
          closed,
        ),
        { minItems: 1, maxItems: 200 },
      ),
    ),
    visibility: Type.Union([Type.Literal('public'), Type.Literal('internal'), Type.Literal('restricted')]),
    source: text,
  },
  closed,
);

/** A derived definition as it is written. */
export type WrittenDerived = Static<typeof derivedSchema>;
