import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Type, type Static } from 'typebox';

import { isDerived, isGroup, type Kpi, windowTextOf } from '../../pipeline/kpi/kpi.ts';
import { visibilityCeilings, type Token } from '../../pipeline/runtime/access/tokens.ts';
import { NotFoundError } from '../errors.ts';
import { valueOfRow, type KpiRow } from '../live/value-of-row.ts';
import { addApiRoute, type RouteDeps } from './api-route.ts';
import { requestToken } from './request-token.ts';
import { storeRows } from './store-rows.ts';

/** Most values in one answer; ask for a shorter span when there are more. */
export const valuesMax = 10_000;

const kpiId = Type.Object({ id: Type.String({ pattern: '^[a-z0-9-]+\\.[a-z0-9_]+$', maxLength: 128 }) });

/** A time of a query: RFC 3339 with an offset, or a date. */
export const timeText = Type.String({
  pattern: '^\\d{4}-\\d{2}-\\d{2}(T\\d{2}:\\d{2}(:\\d{2}(\\.\\d{1,3})?)?(Z|[+-]\\d{2}:\\d{2}))?$',
  description: 'RFC 3339 with an offset, or a date in UTC.',
});

const place = { area: Type.Optional(Type.String()), entity: Type.Optional(Type.String()) };
const valuesQuery = Type.Object({
  ...place,
  from: Type.Optional(timeText),
  to: Type.Optional(timeText),
});

/** `GET /v1/kpis`, `/v1/kpis/{id}` and `/v1/kpis/{id}/values`. */
export function kpiRoutes(app: FastifyInstance, deps: RouteDeps): void {
  addApiRoute(app, {
    ...{ method: 'GET', url: '/v1/kpis', summary: 'The definitions that the token may see.' },
    handler: async (request) => {
      const token = requestToken(deps.tokens, request.headers);
      return { kpis: deps.definitions.filter((kpi) => maySee(token, kpi)).map(definitionOf) };
    },
  });
  addApiRoute(app, {
    ...{ method: 'GET', url: '/v1/kpis/:id', summary: 'One definition.', params: kpiId },
    handler: async (request) => definitionOf(visibleKpi(deps, request)),
  });
  addApiRoute(app, {
    ...{ method: 'GET', url: '/v1/kpis/:id/values', params: kpiId, query: valuesQuery },
    summary: `Values by window, at most ${valuesMax}, the newest windows first kept, oldest first sent.`,
    handler: async (request) => {
      const kpi = visibleKpi(deps, request);
      const token = requestToken(deps.tokens, request.headers);
      const { area = '', entity = '', from = '', to = '' } = request.query as Static<typeof valuesQuery>;
      const rows = await storeRows<KpiRow>(
        deps.clientOf(token.ceiling),
        `SELECT * FROM kpi_values
         WHERE kpi = {kpi:String} AND ({area:String} = '' OR area = {area:String})
           AND ({entity:String} = '' OR entity = {entity:String})
           AND ({from:String} = '' OR window_start >= parseDateTime64BestEffortOrZero({from:String}, 3, 'UTC'))
           AND ({to:String} = '' OR window_start < parseDateTime64BestEffortOrZero({to:String}, 3, 'UTC'))
         ORDER BY window_start DESC, entity, area LIMIT {max:UInt32}`,
        { kpi: kpi.id, area, entity, from, to, max: valuesMax + 1 },
      );
      const values = rows
        .slice(0, valuesMax)
        .reverse()
        .map((row) => valueOfRow(row));
      return { kpi: kpi.id, unit: kpi.unit, values, truncated: rows.length > valuesMax };
    },
  });
}

/**
 * The definition that a request names.
 *
 * @throws NotFoundError also when it lies above the ceiling: the answer must not tell that it exists
 */
export function visibleKpi(deps: RouteDeps, request: FastifyRequest): Kpi {
  const token = requestToken(deps.tokens, request.headers);
  const { id } = request.params as Static<typeof kpiId>;
  const kpi = deps.definitions.find((one) => one.id === id);
  if (kpi === undefined || !maySee(token, kpi)) throw new NotFoundError(`there is no KPI ${id}`);
  return kpi;
}

function maySee(token: Token, kpi: Kpi): boolean {
  return visibilityCeilings.indexOf(kpi.visibility) <= visibilityCeilings.indexOf(token.ceiling);
}

function definitionOf(kpi: Kpi): Record<string, unknown> {
  const { id, version, hash, subsystem, title, unit, visibility, source } = kpi;
  const { freshSeconds, latenessSeconds, formula, bands } = kpi;
  return {
    ...{ id, version, hash, subsystem, title, unit, window: windowTextOf(kpi), visibility, source },
    ...{ formula, freshSeconds, latenessSeconds, bands, ...readsOf(kpi) },
  };
}

/** What a definition is computed from. */
function readsOf(kpi: Kpi): Record<string, unknown> {
  if (isGroup(kpi)) return { from: kpi.plan.family.kind, by: kpi.plan.family.by.map(({ name }) => name) };
  if (isDerived(kpi)) {
    const { by, inputs, gauge } = kpi.derived;
    return { from: gauge === null ? 'kpi' : 'platform', by, inputs: inputs.map((input) => input.kpi) };
  }
  const { lookbackHours, properties } = kpi;
  return { from: 'measurement', by: ['entity'], lookbackHours, properties };
}
