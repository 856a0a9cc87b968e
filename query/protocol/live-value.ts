import { Type, type Static } from 'typebox';

const count = Type.Integer({ minimum: 0 });
const time = Type.String({ description: 'ISO 8601 UTC with milliseconds.' });
const nullableNumber = Type.Union([Type.Number(), Type.Null()]);
const texts = Type.Record(Type.String(), Type.String());

/**
 * One value of one window, as `kpi_values` has it, in camel case.
 *
 * Its key is (kpi, version, entity or area, dims, window). Of two values of one key the higher `revision`
 * wins; `samples: 0` means that the window is to be removed.
 */
export const liveValue = Type.Object({
  kpi: Type.String(),
  version: Type.Integer({ minimum: 1 }),
  area: Type.String(),
  entity: Type.String(),
  dims: texts,
  windowStart: time,
  windowEnd: time,
  value: nullableNumber,
  numerator: nullableNumber,
  denominator: nullableNumber,
  samples: Type.Integer({ minimum: 0, description: '0 means: remove this window.' }),
  status: Type.Union([Type.Literal('provisional'), Type.Literal('final'), Type.Literal('revised')]),
  revision: Type.Integer({ minimum: 0, description: 'Log position that the content covers.' }),
  grade: Type.Union([Type.Literal('A'), Type.Literal('B'), Type.Literal('C'), Type.Literal('D')]),
  watermark: time,
  publishedAt: time,
  asOf: Type.String({ description: 'Newest event time that counted; what "no update since" speaks of.' }),
  period: Type.String(),
  localDate: Type.String(),
  state: Type.Union([Type.Literal('none'), Type.Literal('good'), Type.Literal('watch'), Type.Literal('bad')]),
  target: nullableNumber,
  late: count,
  quarantined: count,
  feedsSeen: count,
  feedsExpected: count,
  attributes: texts,
});

/** Static type of `liveValue`; the same fields as the pipeline's `KpiValue`. */
export type LiveValue = Static<typeof liveValue>;
