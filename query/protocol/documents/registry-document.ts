import { Type, type Static } from 'typebox';

const title = Type.Object({ vi: Type.String(), en: Type.String() });

const area = Type.Object({
  id: Type.String(),
  name: title,
  level: Type.Union([Type.Literal('province'), Type.Literal('district'), Type.Literal('commune')]),
  parent: Type.String(),
  validFrom: Type.String(),
  validTo: Type.String(),
  outline: Type.Array(Type.Tuple([Type.Number(), Type.Number()]), {
    description: 'Schematic, kilometres east and south of the north-west corner; not a legal boundary.',
  }),
});

const entity = Type.Object({
  id: Type.String(),
  name: title,
  subsystem: Type.String(),
  area: Type.String(),
  class: Type.Union([Type.Literal('standard'), Type.Literal('indicative')]),
  cadenceSeconds: Type.Union([Type.Number(), Type.Null()]),
  map: Type.Union([Type.Object({ x: Type.Number(), y: Type.Number() }), Type.Null()]),
});

const property = Type.Object({ id: Type.String(), title, unit: Type.String() });

const kpi = Type.Object({
  id: Type.String(),
  title,
  unit: Type.String(),
  freshSeconds: Type.Number({ description: 'Older than this, a value is stale and must be shown so.' }),
  visibility: Type.Union([Type.Literal('public'), Type.Literal('internal'), Type.Literal('restricted')]),
});

/** Answer of `GET /v1/registry`: what a screen must know beside the values. */
export const registryDocument = Type.Object({
  province: Type.Object({ id: Type.String(), name: title }),
  demo: Type.Boolean({ description: 'The data are simulated: every screen says so over its full width.' }),
  areas: Type.Array(area),
  entities: Type.Array(entity),
  properties: Type.Array(property),
  kpis: Type.Array(kpi),
});
export type RegistryDocument = Static<typeof registryDocument>;
