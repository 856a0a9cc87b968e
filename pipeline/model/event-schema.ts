import Type, { type Static, type TSchema } from 'typebox';

import { SUBSYSTEMS, type EventKind } from './subsystem.ts';

/** Bounds of what a sender may write. A text that is longer is quarantined, never cut. */
export const idCharactersMax = 128;
export const nameCharactersMax = 128;
export const codeCharactersMax = 64;
export const unitCharactersMax = 32;
export const postCharactersMax = 20_000;
export const pausesMax = 100;
export const topicsMax = 32;
export const attributesMax = 64;

/** Qualities of a measurement; only `good` enters KPIs. */
export const QUALITIES = ['good', 'suspect', 'calibrating', 'bad', 'withdrawn'] as const;

/** The states of a case. */
export const CASE_STATUSES = [
  'registered',
  'accepted',
  'refused',
  'in-progress',
  'awaiting-supplement',
  'awaiting-payment',
  'withdrawn',
  'stopped',
  'completed',
  'returned',
] as const;

/** What happened to a post. */
export const POST_ACTIONS = ['create', 'edit', 'delete'] as const;

/** Identifiers and codes hold any letter of any language, but no control characters (NUL among them). */
const PRINTABLE = '^[^\\u0000-\\u001f\\u007f-\\u009f]*$';

/** A field that may be left out; null means left out. */
const maybe = <Schema extends TSchema>(schema: Schema) => Type.Optional(Type.Union([schema, Type.Null()]));

const line = (maxLength: number, description: string) =>
  Type.String({ minLength: 1, maxLength, pattern: PRINTABLE, description });

const code = (description: string) => line(codeCharactersMax, description);

const time = (description: string) =>
  Type.Union([Type.String({ minLength: 1, maxLength: 40 }), Type.Number()], {
    description: `${description} RFC 3339 with an offset; a number only when the feed declares its unit.`,
  });

const version = Type.Integer({
  minimum: 0,
  maximum: Number.MAX_SAFE_INTEGER,
  description: 'Version of the row; the highest wins, whatever the order of arrival.',
});

const kind = <Kind extends EventKind>(name: Kind) =>
  Type.Optional(Type.Literal(name, { description: 'Default: that of the feed, else measurement.' }));

const envelope = {
  id: maybe(
    line(idCharactersMax, 'Idempotency key, unique in the feed. Default: a hash of what the sender wrote.'),
  ),
  subsystem: maybe(
    Type.Enum([...SUBSYSTEMS], { description: 'Default: that of the entity, then of the feed.' }),
  ),
  area: maybe(code('Code of an area. Default: that of the entity, of the feed, of the province.')),
  location: maybe(
    Type.Object(
      {
        latitude: Type.Number({ minimum: -90, maximum: 90 }),
        longitude: Type.Number({ minimum: -180, maximum: 180 }),
      },
      { description: 'WGS 84, degrees.' },
    ),
  ),
};

/** A number about an entity. */
export const measurementSchema = Type.Object(
  {
    kind: kind('measurement'),
    ...envelope,
    entity: line(nameCharactersMax, 'What was measured: a station, a hospital, a portal.'),
    eventTime: maybe(time('When it was measured; may be left out when `period` is given.')),
    property: code('What was measured: `pm25`, or an alias of it.'),
    value: Type.Number({ description: 'A finite number; |value| is at most about 9.007 * 10^9.' }),
    unit: maybe(
      line(unitCharactersMax, "UCUM code. Default: the property's own. Needed for an unknown property."),
    ),
    quality: maybe(Type.Enum([...QUALITIES], { description: 'Default: good.' })),
    version: maybe(version),
    period: maybe(
      Type.String({
        pattern: '^(19[7-9]\\d|20\\d\\d|210[0-5])(-Q[1-4]|-(0[1-9]|1[0-2])(-(0[1-9]|[12]\\d|3[01]))?)?$',
        description: 'Of a statistic: `2026-11-23`, `2026-11`, `2026-Q4`, `2026`.',
      }),
    ),
  },
  { description: 'A number about an entity.' },
);

const pause = Type.Object({
  from: time('Start of the pause.'),
  to: maybe(time('End of the pause, exclusive.')),
  reason: Type.String({ minLength: 1, maxLength: 200, description: 'Why the clock stands.' }),
});

const attribute = Type.Union([Type.String({ maxLength: 1_000 }), Type.Number(), Type.Boolean(), Type.Null()]);

/** The whole current state of something with a life. */
export const caseSchema = Type.Object(
  {
    kind: kind('case'),
    ...envelope,
    entity: maybe(line(nameCharactersMax, 'What the case is about.')),
    eventTime: time('When the case came into this state.'),
    caseId: line(idCharactersMax, 'The same for every event of the case.'),
    caseType: code('`field-report`, `dossier`, `incident`, `admission`, `directive`, …'),
    status: Type.Enum([...CASE_STATUSES]),
    openedAt: time('Never changes.'),
    dueAt: maybe(time('The first promise, shifted by pauses only.')),
    newDueAt: maybe(time('The promise after an apology; shown only.')),
    respondedAt: maybe(time('First answer.')),
    completedAt: maybe(time('The result is ready; the clock stops.')),
    closedAt: maybe(time('Handed over.')),
    pauses: maybe(Type.Array(pause, { maxItems: pausesMax })),
    channel: maybe(code('How it came in.')),
    agency: maybe(code('Who handles it.')),
    procedure: maybe(code('Of a dossier: code of the procedure.')),
    rating: maybe(Type.Number({ minimum: 0, maximum: 100, description: "The citizen's rating." })),
    attributes: maybe(
      Type.Record(Type.String({ minLength: 1, maxLength: codeCharactersMax }), attribute, {
        maxProperties: attributesMax,
        description: 'Declared and typed per case type.',
      }),
    ),
    version: maybe(version),
  },
  { description: 'The whole current state of something with a life. Default version: `eventTime`, ms.' },
);

/** Something said in public. */
export const postSchema = Type.Object(
  {
    kind: kind('post'),
    ...envelope,
    entity: maybe(line(nameCharactersMax, 'Whom or what the post is about.')),
    eventTime: time('When it was written, edited or deleted.'),
    platform: code('Where it was said.'),
    postId: line(idCharactersMax, 'The same for every version of the post.'),
    action: maybe(Type.Enum([...POST_ACTIONS], { description: 'Default: create.' })),
    text: maybe(Type.String({ maxLength: postCharactersMax, description: 'Masked by the sender.' })),
    language: maybe(Type.String({ pattern: '^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$' })),
    topics: maybe(Type.Array(code('Topic.'), { maxItems: topicsMax })),
    sentiment: maybe(Type.Number({ minimum: -1, maximum: 1 })),
    reach: maybe(Type.Number({ minimum: 0, maximum: 9_007_199_254, description: 'How many saw it.' })),
    author: maybe(
      Type.String({ pattern: '^[A-Za-z0-9+/=_-]{1,128}$', description: 'Keyed hash; never a name.' }),
    ),
    version: maybe(version),
  },
  { description: 'Something said in public. Default version: `eventTime`, ms.' },
);

/** A detection by another system. */
export const alertSchema = Type.Object(
  {
    kind: kind('alert'),
    ...envelope,
    entity: maybe(line(nameCharactersMax, 'The sensor or system that detected it.')),
    eventTime: time('When it was detected.'),
    category: code('`malware`, `intrusion`, `fire`, …'),
    signature: line(200, 'Which rule fired.'),
    severity: Type.Integer({ minimum: 1, maximum: 5, description: '1 lowest, 5 highest.' }),
    source: maybe(line(256, 'Where it came from.')),
    target: maybe(line(256, 'What it was aimed at.')),
    count: maybe(Type.Integer({ minimum: 1, maximum: 4_294_967_295, description: 'Default: 1.' })),
  },
  { description: 'A detection by another system.' },
);

/** Wire schema of every kind: what ingest checks, what TypeScript knows, what the documentation shows. */
export const WIRE_SCHEMAS = {
  measurement: measurementSchema,
  case: caseSchema,
  post: postSchema,
  alert: alertSchema,
} as const;

/** One event as a sender writes it. Fields that the schema does not know are kept in `extra`. */
export const eventSchema = Type.Union([measurementSchema, caseSchema, postSchema, alertSchema], {
  title: 'Event',
  description: 'One fact. `kind` says which; unknown fields are kept.',
});

/** A checked measurement. */
export type WireMeasurement = Static<typeof measurementSchema>;
/** A checked case. */
export type WireCase = Static<typeof caseSchema>;
/** A checked post. */
export type WirePost = Static<typeof postSchema>;
/** A checked alert. */
export type WireAlert = Static<typeof alertSchema>;
