import { seededRandom, shuffled, shuffledWithin } from '../../../fixtures/streams/disorder.ts';
import { HOUR_MS, MINUTE_MS } from '../../../pipeline/model/time.ts';

/** In which order the events are sent. */
export type EventOrder = 'by time' | 'shuffled within 6 h' | 'shuffled over all';

/** A stretch of readings: every station sends every property once a minute. The same spec gives the same events. */
export interface WorkloadSpec {
  /** Names the feed and begins the names of the stations, so that workloads do not meet. */
  readonly name: string;
  readonly events: number;
  readonly order: EventOrder;
  /** Event time after the last reading, ms UTC. */
  readonly endMs: number;
}

/** One reading as it is sent. */
export interface Reading {
  readonly kind: 'measurement';
  readonly subsystem: 'environment';
  readonly entity: string;
  readonly area: string;
  readonly property: string;
  readonly value: number;
  readonly unit: string;
  readonly eventTime: string;
}

/** Rows of one request. */
export const batchRows = 1_000;

const stations = 40;
const areas = ['vung-tau', 'ba-ria', 'phu-my', 'con-dao'] as const;
// [property, unit, typical value]
const properties = [
  ['pm25', 'ug/m3', 35],
  ['pm10', 'ug/m3', 60],
  ['o3', 'ug/m3', 80],
  ['temperature', 'Cel', 29],
  ['humidity', '%', 75],
] as const;
const perMinute = stations * properties.length;
const shuffleMs = 6 * HOUR_MS;

/** The readings in the order in which they are sent. */
export function readingsOf(spec: WorkloadSpec): Reading[] {
  const random = seededRandom(2_021);
  const startMs = spec.endMs - Math.ceil(spec.events / perMinute) * MINUTE_MS;
  const readings = Array.from({ length: spec.events }, (_, index) => {
    const [property, unit, typical] = properties[index % properties.length] ?? properties[0];
    const station = Math.floor(index / properties.length) % stations;
    return {
      ...({ kind: 'measurement', subsystem: 'environment' } as const),
      entity: `${spec.name}-${station}`,
      area: areas[station % areas.length] ?? areas[0],
      ...{ property, value: Math.round(typical * (0.5 + random() * 0.8) * 10) / 10, unit },
      eventTime: new Date(startMs + Math.floor(index / perMinute) * MINUTE_MS).toISOString(),
    };
  });
  if (spec.order === 'by time') return readings;
  if (spec.order === 'shuffled over all') return shuffled(readings, random);
  return shuffledWithin(readings, ({ eventTime }) => Date.parse(eventTime), shuffleMs, random);
}

/** How many of the events are readings of PM2.5, whose count per hour is published. */
export function pm25Events(spec: WorkloadSpec): number {
  return Math.ceil(spec.events / properties.length);
}

/** The requests' bodies, JSON arrays of `batchRows` rows. */
export function bodiesOf(spec: WorkloadSpec): Buffer[] {
  const readings = readingsOf(spec);
  const bodies: Buffer[] = [];
  for (let start = 0; start < readings.length; start += batchRows) {
    bodies.push(Buffer.from(JSON.stringify(readings.slice(start, start + batchRows))));
  }
  return bodies;
}
