import { atMost, larger, newestHour } from './choose.ts';
import type { KpiFunction } from './kpi-function.ts';
import { usNowcast, vnNowcast } from './nowcast.ts';
import { usAqi } from './us-aqi.ts';
import { vnAqiCo, vnAqiNo2, vnAqiO3, vnAqiO3EightHours, vnAqiPm10, vnAqiPm25, vnAqiSo2 } from './vn-aqi.ts';
import { dayMean, largestEightHours, largestHour } from './vn-day.ts';

const ALL: readonly KpiFunction[] = [
  usNowcast,
  usAqi,
  vnNowcast,
  vnAqiPm25,
  vnAqiPm10,
  vnAqiNo2,
  vnAqiSo2,
  vnAqiCo,
  vnAqiO3,
  vnAqiO3EightHours,
  dayMean,
  largestHour,
  largestEightHours,
  larger,
  atMost,
  newestHour,
];

/** Every function that a definition may call, by name. */
export const FUNCTIONS: ReadonlyMap<string, KpiFunction> = new Map(ALL.map((entry) => [entry.name, entry]));
