import { describe, expect, it } from 'vitest';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../model/time.ts';
import type { Evaluated } from '../compiled-kpi.ts';
import { slicesOf, windowInput } from '../sql/recompute-testing.ts';
import type { Reading, Station } from '../sql/recompute-testing.ts';
import { loadDefinitions } from './load-definitions.ts';
import { defaultRegistryFolder, loadRegistry } from '../registry/load-registry.ts';

/** Midnight in Vũng Tàu. */
const day = Date.parse('2026-03-02T00:00:00+07:00');
const hourly: Station = { id: 's', cadenceSeconds: null };
const everyFive: Station = { id: 's', cadenceSeconds: 300 };
const definitions = new Map(
  loadDefinitions(loadRegistry([defaultRegistryFolder()])).stations.map((kpi) => [kpi.id.split('.')[1], kpi]),
);

interface Question {
  readonly readings: readonly Reading[];
  readonly station?: Station;
  readonly start: number;
  readonly running?: 'running';
}

function evaluate(name: string, { readings, station, start, running }: Question): Evaluated | null {
  const kpi = definitions.get(name);
  if (kpi === undefined) throw new Error(`no definition ${name}`);
  const end = start + (kpi.window === 'day' ? DAY_MS : HOUR_MS);
  const input = windowInput(station ?? hourly, slicesOf(readings), {
    start,
    end,
    complete: running === undefined,
  });
  return kpi.evaluate(input);
}

/** One reading an hour from an hour of the day on (negative: the day before); null leaves the hour out. */
function hours(property: string, first: number, values: readonly (number | null)[]): Reading[] {
  return values.flatMap((value, i): Reading[] => {
    const time = day + (first + i) * HOUR_MS;
    return value === null ? [] : [{ entity: 's', property, time, value, quality: 'good' }];
  });
}

/** `count` readings of 20 from an hour on, five minutes apart, the first ones of another quality. */
function fives(hour: number, count: number, bad = 0): Reading[] {
  return Array.from({ length: count }, (_, i): Reading => {
    const time = day + hour * HOUR_MS + i * 5 * MINUTE_MS;
    return { entity: 's', property: 'pm25', time, value: 20, quality: i < bad ? 'bad' : 'good' };
  });
}

const at = (hour: number): number => day + hour * HOUR_MS;

describe('VN_AQI of the hour', () => {
  const example = [26.9, 24.7, 20.5, 23.5, 19.5, 16.5, 19.0, 16.5, 20.3, 22.4, 19.6, 20.6];
  const readings = [...hours('pm25', 9, example), ...hours('o3', 20, [136.1]), ...hours('no2', 20, [118.7])];

  it('is 59 in the example of the decision, where 60 is printed, with its parts', () => {
    expect(evaluate('vn_aqi_hour', { readings, start: at(20) })).toEqual({
      ...{ value: 59, numerator: null, denominator: null, samples: 14, asOf: at(20) },
      attributes: { dominant: 'no2', pm25: '41', o3: '43', no2: '59' },
    });
  });

  it('is nothing without PM2.5 and PM10, however high the others', () => {
    expect(evaluate('vn_aqi_hour', { readings: hours('no2', 20, [900]), start: at(20) })).toBeNull();
  });

  it('is there for an hour without its own reading once it is complete, not while it runs', () => {
    const question = { readings: hours('pm25', 9, example), start: at(21) };
    expect(evaluate('vn_aqi_hour', question)?.value).toBe(40);
    expect(evaluate('vn_aqi_hour', { ...question, running: 'running' })).toBeNull();
    expect(evaluate('vn_aqi_hour', { ...question, start: at(22) })).toBeNull();
  });
});

describe('VN_AQI of the day', () => {
  const constant = (value: number, count: number): (number | null)[] =>
    Array.from({ length: 24 }, (_, i) => (i < count ? value : null));
  const o3 = [
    15.7, 14.2, 17.7, 18.9, 19.3, 15.7, 19.7, 22.6, 27.1, 29, 31.9, 25.3, 34.7, 35.2, 41.6, 45.7, 49.2, 55.8,
    69.6, 78.3, 91.5, 97.7, 81.2, 71.8, 43.5, 34.3, 21.5, 20.5, 19.4, 20.4, 21.3,
  ];

  it('is the mean of PM2.5 beside the largest hour of NO2, as in the example of the decision', () => {
    const readings = [...hours('pm25', 0, constant(55.7, 24)), ...hours('no2', 0, constant(130.8, 24))];
    const result = evaluate('vn_aqi_day', { readings, start: day });
    expect(result?.value).toBe(110);
    expect(result?.attributes).toEqual({ dominant: 'pm25', pm25: '110', no2: '65' });
    expect(result?.samples).toBe(48);
  });

  it('takes the larger index of O3, its eight-hour means reaching seven hours into the day before', () => {
    const readings = [...hours('pm25', 0, constant(5, 24)), ...hours('o3', -7, o3)];
    // Largest hour 97.7 gives 31, largest eight hours 74.4 gives 37.
    expect(evaluate('vn_aqi_day', { readings, start: day })?.attributes).toMatchObject({ o3: '37' });
  });

  it('gives O3 no eight-hour index above 400', () => {
    const readings = [...hours('pm25', 0, constant(5, 24)), ...hours('o3', 0, constant(450, 24))];
    expect(evaluate('vn_aqi_day', { readings, start: day })?.attributes).toMatchObject({ o3: '213' });
  });

  it('needs 18 of 24 hours', () => {
    expect(evaluate('vn_aqi_day', { readings: hours('pm25', 0, constant(50, 18)), start: day })?.value).toBe(
      100,
    );
    expect(evaluate('vn_aqi_day', { readings: hours('pm25', 0, constant(50, 17)), start: day })).toBeNull();
  });

  it('needs three quarters of the hours up to the newest reading while the day runs', () => {
    const running = { start: day, running: 'running' } as const;
    expect(
      evaluate('vn_aqi_day', { ...running, readings: hours('pm25', 0, [50, 50, null, 50]) })?.value,
    ).toBe(100);
    expect(evaluate('vn_aqi_day', { ...running, readings: hours('pm25', 0, [50, null, 50]) })).toBeNull();
    expect(evaluate('vn_aqi_day', { ...running, readings: hours('pm25', -7, o3.slice(0, 7)) })).toBeNull();
  });

  it('does not let a day without readings live on those before it', () => {
    expect(evaluate('vn_aqi_day', { readings: hours('pm25', -24, constant(50, 24)), start: day })).toBeNull();
  });
});

describe('an hour of a sensor with a known cadence', () => {
  const before = [...fives(8, 12), ...fives(9, 12)];
  const nowcast = (own: readonly Reading[], running?: 'running'): number | null | undefined =>
    evaluate('us_nowcast_pm25', {
      ...{ readings: [...before, ...own], station: everyFive, start: at(10) },
      ...(running === undefined ? {} : { running }),
    })?.samples;

  it('counts with 9 of 12 readings and not with 8', () => {
    expect(nowcast(fives(10, 9))).toBe(33);
    expect(nowcast(fives(10, 8))).toBe(24);
    expect(nowcast(fives(10, 12, 4))).toBe(24);
  });

  it('is judged by the time up to its newest reading while it runs', () => {
    expect(nowcast(fives(10, 1), 'running')).toBe(25);
    expect(nowcast(fives(10, 4), 'running')).toBe(28);
    expect(nowcast(fives(10, 8, 5), 'running')).toBeUndefined();
  });

  it('needs no number of readings for its plain mean', () => {
    expect(evaluate('pm25_mean_1h', { readings: fives(10, 1), station: everyFive, start: at(10) })).toEqual({
      ...{ value: 20, numerator: 20, denominator: 1, samples: 1, asOf: at(10), attributes: {} },
    });
    expect(
      evaluate('pm25_mean_1h', { readings: fives(10, 3, 3), station: everyFive, start: at(10) }),
    ).toBeNull();
  });
});

describe('availability of the data of a day', () => {
  const full = Array.from({ length: 24 }, (_, hour) => fives(hour, 12)).flat();
  const availability = (question: Omit<Question, 'start'>): (number | null | undefined)[] => {
    const result = evaluate('data_availability', { station: everyFive, ...question, start: day });
    return [result?.value, result?.numerator, result?.denominator, result?.samples];
  };

  it('is the good readings of those expected', () => {
    expect(availability({ readings: full })).toEqual([100, 288, 288, 288]);
    expect(availability({ readings: full.slice(0, 144) })).toEqual([50, 144, 288, 144]);
    expect(availability({ readings: [...full.slice(0, 144), ...fives(12, 12, 12)] })).toEqual([
      50, 144, 288, 156,
    ]);
  });

  it('expects each property that reported', () => {
    expect(availability({ readings: [...full, ...hours('o3', 3, [9])] })).toEqual([
      (100 * 289) / 576,
      289,
      576,
      289,
    ]);
  });

  it('expects readings up to the newest one while the day runs', () => {
    expect(availability({ readings: fives(0, 1), running: 'running' })).toEqual([100, 1, 1, 1]);
    expect(availability({ readings: fives(0, 12, 3), running: 'running' })).toEqual([75, 9, 12, 12]);
  });

  it('stays at 100 for an entity that sends faster than its cadence', () => {
    const slow = { id: 's', cadenceSeconds: 600 };
    expect(availability({ readings: full, station: slow })).toEqual([100, 288, 144, 288]);
  });

  it('is the share of good readings where no cadence is known, and 0 when none is good', () => {
    expect(availability({ readings: fives(0, 8, 2), station: hourly })).toEqual([75, 6, 8, 8]);
    expect(availability({ readings: fives(0, 8, 8), station: hourly })).toEqual([0, 0, 8, 8]);
  });
});
