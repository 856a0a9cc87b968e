import type { EventEnvelope, MeasurementEvent, Quality } from '../../pipeline/model/event.ts';
import type { WireMeasurement } from '../../pipeline/model/event-schema.ts';
import { HOUR_MS } from '../../pipeline/model/time.ts';
import { reject, shown, type Rejection } from './rejection.ts';
import type { RowContext } from './row-context.ts';
import { periodStart } from './times.ts';

/** Sums run on integers of value * 10^6: beyond this they would no longer be exact. */
export const valueMax = Number.MAX_SAFE_INTEGER / 1_000_000;

/** A measurement whose shape was checked, in the property's own unit. */
export function normaliseMeasurement(
  context: RowContext,
  envelope: Omit<EventEnvelope, 'eventTime'>,
): MeasurementEvent | Rejection {
  const row = context.row as WireMeasurement;
  const measured = quantityOf(row, context);
  if ('kind' in measured) return measured;
  const eventTime = timeOf(row, context);
  if (typeof eventTime !== 'number') return eventTime;
  return {
    kind: 'measurement',
    id: envelope.id,
    idHashHigh: envelope.idHashHigh,
    idHashLow: envelope.idHashLow,
    contentHash: envelope.contentHash,
    idGiven: envelope.idGiven,
    feed: envelope.feed,
    entity: envelope.entity,
    area: envelope.area,
    eventTime,
    receivedAt: envelope.receivedAt,
    latitude: envelope.latitude,
    longitude: envelope.longitude,
    extra: envelope.extra,
    property: measured.property,
    value: measured.value,
    unit: measured.unit,
    quality: (row.quality ?? 'good') satisfies Quality,
    version: (row.version ?? 0) + 0,
    period: row.period ?? '',
  };
}

interface Quantity {
  readonly property: string;
  readonly value: number;
  readonly unit: string;
}

/** Known properties are converted and checked against their range; integrators may bring others, with their unit. */
function quantityOf(row: WireMeasurement, context: RowContext): Quantity | Rejection {
  const property = context.lookups.properties.get(row.property);
  if (property === undefined) {
    if (typeof row.unit !== 'string') {
      return reject(
        'FIELD_REQUIRED',
        `missing: unit (no registry knows the property ${shown(row.property)})`,
      );
    }
    return exact({ property: row.property, value: row.value + 0, unit: row.unit });
  }
  const factor = typeof row.unit === 'string' ? property.units[row.unit] : 1;
  if (factor === undefined) {
    return reject('UNIT_UNKNOWN', `unit: ${shown(row.unit)} is no unit of ${property.id} (${property.unit})`);
  }
  // + 0 makes 0 of -0.
  const value = row.value * factor + 0;
  if (value < property.min || value > property.max) {
    const range = `${property.min} to ${property.max} ${property.unit}`;
    return reject('OUT_OF_RANGE', `value: ${value} is not within ${range}, the range of ${property.id}`);
  }
  return exact({ property: property.id, value, unit: property.unit });
}

function exact(quantity: Quantity): Quantity | Rejection {
  if (Math.abs(quantity.value) <= valueMax) return quantity;
  return reject('PRECISION', `value: ${quantity.value} is beyond +-${valueMax}; choose a larger unit`);
}

function timeOf(row: WireMeasurement, context: RowContext): number | Rejection {
  const { times, feed } = context;
  const period = row.period ?? '';
  const periodMs = period === '' ? 0 : periodStart(period);
  if (Number.isNaN(periodMs)) return reject('PERIOD_FORMAT', `period: ${period} is no date`);
  if (row.eventTime === undefined || row.eventTime === null) {
    if (period === '') return reject('FIELD_REQUIRED', 'missing: eventTime');
    return periodMs;
  }
  const time = times.required('eventTime', row.eventTime);
  if (times.fault !== null) return times.fault;
  return feed.hourLabel === 'end' ? time - HOUR_MS : time;
}
