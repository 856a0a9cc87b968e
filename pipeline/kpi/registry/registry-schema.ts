import Type, { type Static } from 'typebox';

import { EVENT_KINDS, SUBSYSTEMS } from '../../model/subsystem.ts';
import { closed, date, list, slug, title } from './schema-parts.ts';

const kilometres = Type.Number({ minimum: -10_000, maximum: 10_000 });

const areaEntry = Type.Object(
  {
    id: slug,
    name: title,
    level: Type.Enum(['province', 'district', 'commune']),
    parent: Type.Optional(slug),
    validFrom: date,
    validTo: Type.Optional(date),
    km2: Type.Optional(Type.Number({ exclusiveMinimum: 0 })),
    population: Type.Optional(
      Type.Record(Type.String({ pattern: '^(19|20)\\d\\d$' }), Type.Integer({ minimum: 0 })),
    ),
    outline: Type.Optional(Type.Array(Type.Tuple([kilometres, kilometres]), { minItems: 3, maxItems: 500 })),
  },
  closed,
);

const propertyEntry = Type.Object(
  {
    id: Type.String({ pattern: '^[a-z][a-z0-9_]*$', maxLength: 64 }),
    title,
    unit: Type.String({ minLength: 1, maxLength: 32 }),
    units: Type.Optional(
      Type.Record(Type.String({ minLength: 1, maxLength: 32 }), Type.Number({ exclusiveMinimum: 0 })),
    ),
    aliases: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 64 }), { maxItems: 100 })),
    min: Type.Number(),
    max: Type.Number(),
  },
  closed,
);

const entityEntry = Type.Object(
  {
    id: Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._:-]*$', maxLength: 128 }),
    name: title,
    subsystem: Type.Enum([...SUBSYSTEMS]),
    area: slug,
    class: Type.Optional(Type.Enum(['standard', 'indicative'])),
    cadenceSeconds: Type.Optional(Type.Integer({ minimum: 1, maximum: 31_622_400 })),
    latitude: Type.Optional(Type.Number({ minimum: -90, maximum: 90 })),
    longitude: Type.Optional(Type.Number({ minimum: -180, maximum: 180 })),
    map: Type.Optional(Type.Object({ x: kilometres, y: kilometres }, closed)),
  },
  closed,
);

const feedEntry = Type.Object(
  {
    id: Type.String({ pattern: '^[a-z0-9-]{1,64}$' }),
    title,
    subsystem: Type.Optional(Type.Enum([...SUBSYSTEMS])),
    kind: Type.Optional(Type.Enum([...EVENT_KINDS])),
    area: Type.Optional(slug),
    skewSeconds: Type.Optional(Type.Integer({ minimum: 0, maximum: 86_400 })),
    hourLabel: Type.Optional(Type.Enum(['start', 'end'])),
    timeUnit: Type.Optional(Type.Enum(['s', 'ms', 'us', 'ns'])),
  },
  closed,
);

/** `areas.yaml` */
export const areasFile = Type.Object({ areas: Type.Array(areaEntry, list) }, closed);
/** `properties.yaml` */
export const propertiesFile = Type.Object({ properties: Type.Array(propertyEntry, list) }, closed);
/** `entities.yaml` */
export const entitiesFile = Type.Object({ entities: Type.Array(entityEntry, list) }, closed);
/** `feeds.yaml` */
export const feedsFile = Type.Object({ feeds: Type.Array(feedEntry, list) }, closed);

/** One entry of each registry as its file writes it. */
export type AreaEntry = Static<typeof areaEntry>;
export type PropertyEntry = Static<typeof propertyEntry>;
export type EntityEntry = Static<typeof entityEntry>;
export type FeedEntry = Static<typeof feedEntry>;
