import type { ClickHouseClient } from '@clickhouse/client';
import type { FastifyInstance } from 'fastify';
import { Type, type Static } from 'typebox';

import type { CompiledKpi } from '../../pipeline/kpi/compiled-kpi.ts';
import type { GroupKpi } from '../../pipeline/kpi/group-kpi.ts';
import type { DerivedKpi } from '../../pipeline/kpi/derived/derived-kpi.ts';
import { eventsViewOf, isDerived, isGroup, type Kpi } from '../../pipeline/kpi/kpi.ts';
import { groupEventsSql } from '../../pipeline/kpi/sql/group-events-sql.ts';
import { NotFoundError } from '../errors.ts';
import { correctionsBehind } from '../explain/corrections-behind.ts';
import { isoTime } from '../live/fan-out/live-store.ts';
import type { LiveValue } from '../protocol/live-value.ts';
import { valueOfRow, type KpiRow } from '../live/value-of-row.ts';
import { addApiRoute, type RouteDeps } from './api-route.ts';
import { timeText, visibleKpi } from './kpi-routes.ts';
import { requestToken } from './request-token.ts';
import { camelCased, storeRows } from './store-rows.ts';

/** Most events that are listed behind a value. */
export const eventsMax = 1_000;

const hourMs = 3_600_000;

const explainQuery = Type.Object({
  area: Type.Optional(Type.String()),
  entity: Type.Optional(Type.String()),
  dims: Type.Optional(Type.String({ description: 'JSON object of dimensions.' })),
  window_start: Type.Optional(timeText),
  revision: Type.Optional(Type.Integer({ minimum: 0 })),
});

/** `GET /v1/kpis/{id}/explain`: a value with its formula in numbers, its passport, its SQL and its events. */
export function explainRoute(app: FastifyInstance, deps: RouteDeps): void {
  addApiRoute(app, {
    ...{ method: 'GET', url: '/v1/kpis/:id/explain', query: explainQuery },
    params: Type.Object({ id: Type.String({ maxLength: 128 }) }),
    summary: 'How a value came about; of the latest window when none is named.',
    handler: async (request) => {
      const kpi = visibleKpi(deps, request);
      const client = deps.clientOf(requestToken(deps.tokens, request.headers).ceiling);
      const value = await findValue(client, kpi, request.query as Static<typeof explainQuery>);
      const sql = reproducingSql(kpi, value);
      return {
        value,
        formula: formulaOf(kpi, value),
        passport: passportOf(kpi, value),
        sql,
        corrections: await correctionsBehind(client, kpi, value),
        events: await eventsBehind(client, kpi, value),
      };
    },
  });
}

async function findValue(
  client: ClickHouseClient,
  kpi: Kpi,
  asked: Static<typeof explainQuery>,
): Promise<LiveValue> {
  const { area = '', entity = '', window_start: start = '' } = asked;
  const rows = await storeRows<KpiRow>(
    client,
    `SELECT * FROM kpi_values
     WHERE kpi = {kpi:String} AND ({area:String} = '' OR area = {area:String})
       AND ({entity:String} = '' OR entity = {entity:String})
       AND ({start:String} = '' OR window_start = parseDateTime64BestEffortOrZero({start:String}, 3, 'UTC'))
     ORDER BY version DESC, window_start DESC, entity, area LIMIT 100`,
    { kpi: kpi.id, area, entity, start },
  );
  const values = rows.map((row) => valueOfRow(row));
  const wanted = asked.dims === undefined ? undefined : canonicalDims(parseDims(asked.dims));
  const found = values.find((value) => wanted === undefined || canonicalDims(value.dims) === wanted);
  if (found === undefined) throw new NotFoundError('there is no such value');
  if (asked.revision !== undefined && asked.revision !== found.revision) {
    const detail = `revision ${asked.revision} was replaced by ${found.revision}; the store keeps the newest`;
    throw new NotFoundError(detail);
  }
  return found;
}

function parseDims(text: string): Record<string, string> {
  try {
    return JSON.parse(text) as Record<string, string>;
  } catch (cause) {
    throw new NotFoundError('dims is a JSON object', { cause });
  }
}

function canonicalDims(dims: Readonly<Record<string, string>>): string {
  return JSON.stringify(Object.entries(dims).sort(([left], [right]) => (left < right ? -1 : 1)));
}

function formulaOf(kpi: Kpi, value: LiveValue): Record<string, unknown> {
  const { numerator, denominator } = value;
  const isRatio = numerator !== null && denominator !== null;
  return {
    text: kpi.formula,
    numbers: isRatio ? `${value.value ?? 'null'} from ${numerator} / ${denominator}` : String(value.value),
    numerator,
    denominator,
    samples: value.samples,
    parts: value.attributes,
  };
}

function passportOf(kpi: Kpi, value: LiveValue): Record<string, unknown> {
  const isCurrent = value.version === kpi.version;
  const { windowStart, windowEnd, watermark, publishedAt, asOf, status, revision, grade } = value;
  const { numerator, denominator, samples, late, quarantined, feedsSeen, feedsExpected } = value;
  return {
    definition: { id: kpi.id, version: value.version, hash: isCurrent ? kpi.hash : null, source: kpi.source },
    window: { start: windowStart, end: windowEnd },
    ...{ watermark, publishedAt, asOf, status, revision, grade },
    ...{ numerator, denominator, samples, late, quarantined, feedsSeen, feedsExpected },
    freshSeconds: kpi.freshSeconds,
  };
}

/** The statement that gives this value from the events; it runs at `/v1/sql` as it stands. */
export function reproducingSql(
  kpi: Kpi,
  value: Pick<LiveValue, 'windowStart' | 'windowEnd' | 'area' | 'entity'>,
): string {
  const { windowStart: from, windowEnd: to, entity, area } = value;
  const place = entity === '' ? { area } : { entity };
  return kpi.recomputeSql({ events: eventsViewOf(kpi), from, to, ...place });
}

async function eventsBehind(client: ClickHouseClient, kpi: Kpi, value: LiveValue): Promise<unknown> {
  const rows = await rowsBehind(client, kpi, value);
  return { list: rows.slice(0, eventsMax).map(camelCased), truncated: rows.length > eventsMax };
}

function rowsBehind(
  client: ClickHouseClient,
  kpi: Kpi,
  value: LiveValue,
): Promise<Record<string, unknown>[]> {
  if (isDerived(kpi)) return inputValues(client, kpi, value);
  return isGroup(kpi) ? groupEvents(client, kpi, value) : stationEvents(client, kpi, value);
}

/** Of a derived value: the values of its inputs in its window; those of earlier times are in its statement. */
function inputValues(
  client: ClickHouseClient,
  kpi: DerivedKpi,
  value: LiveValue,
): Promise<Record<string, unknown>[]> {
  return storeRows<Record<string, unknown>>(
    client,
    `SELECT kpi, version, area, entity, dims, window_start, window_end, value, samples, status, revision, grade
     FROM kpi_values
     WHERE kpi IN {kpis:Array(String)} AND area = {area:String} AND entity = {entity:String}
       AND window_start >= parseDateTime64BestEffort({from:String}, 3, 'UTC')
       AND window_start < parseDateTime64BestEffort({to:String}, 3, 'UTC')
     ORDER BY kpi, window_start LIMIT {max:UInt32}`,
    {
      ...{ kpis: kpi.derived.inputs.map((input) => input.kpi), area: value.area, entity: value.entity },
      ...{ from: value.windowStart, to: value.windowEnd, max: eventsMax + 1 },
    },
  );
}

function groupEvents(
  client: ClickHouseClient,
  kpi: GroupKpi,
  { area, entity, dims, windowStart }: LiveValue,
): Promise<Record<string, unknown>[]> {
  const window = { start: Date.parse(windowStart), area, entity, dims };
  return storeRows(client, `${groupEventsSql(kpi, window)} LIMIT {max:UInt32}`, { max: eventsMax + 1 });
}

function stationEvents(
  client: ClickHouseClient,
  kpi: CompiledKpi,
  value: LiveValue,
): Promise<Record<string, unknown>[]> {
  const from = isoTime(Date.parse(value.windowStart) - kpi.lookbackHours * hourMs);
  return storeRows<Record<string, unknown>>(
    client,
    `SELECT event_id, feed, entity, property, value, unit, quality, event_time, received_at
     FROM measurements
     WHERE subsystem = {subsystem:String} AND (entity = {entity:String} OR ({entity:String} = '' AND area = {area:String}))
       AND (empty({properties:Array(String)}) OR property IN {properties:Array(String)})
       AND event_time >= parseDateTime64BestEffort({from:String}, 3, 'UTC')
       AND event_time < parseDateTime64BestEffort({to:String}, 3, 'UTC')
     ORDER BY event_time, property, event_id LIMIT {max:UInt32}`,
    {
      ...{ subsystem: kpi.subsystem, entity: value.entity, area: value.area, from, to: value.windowEnd },
      ...{ properties: kpi.properties ?? [], max: eventsMax + 1 },
    },
  );
}
