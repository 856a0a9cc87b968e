import { indexFunction } from './breakpoints.ts';
import type { IndexTable } from './breakpoints.ts';
import type { KpiFunction, Vector } from './kpi-function.ts';

const SOURCE = 'Decision 1459/QĐ-TCMT of 2019-11-12, table 2 and formula 1';
const INDICES = [0, 50, 100, 150, 200, 300, 400, 500];

/** Table 2; its last row is printed with "≥": from that concentration on the index is 500. */
const table = (levels: readonly number[]): IndexTable => ({
  levels,
  indices: INDICES,
  beyond: 'last index',
});

const entry = (name: string, vectors: readonly Vector[]): Parameters<typeof indexFunction>[0] => ({
  name,
  source: SOURCE,
  vectors,
});

/** Sub-index of PM2.5, ug/m3 (NowCast for the hour, 24 h mean for the day). */
export const vnAqiPm25: KpiFunction = indexFunction(
  entry('vnAqiPm25', [
    { args: [20.3], expected: 41, from: 'Decision 1459, 2.3 b' },
    { args: [55.7], expected: 110, from: 'Decision 1459, 2.3 c' },
    { args: [37.5], expected: 75, from: 'by hand from table 2' },
    { args: [115], expected: 175, from: 'by hand from table 2' },
    { args: [20.25], expected: 41, from: 'by hand: 40.5, half up' },
    { args: [500], expected: 500, from: 'last row' },
    { args: [812], expected: 500, from: 'beyond the last row' },
    { args: [-3], expected: 0, from: 'a drifting sensor below zero' },
    { args: [NaN], expected: NaN, from: 'no value' },
  ]),
  table([0, 25, 50, 80, 150, 250, 350, 500]),
);

/** Sub-index of PM10, ug/m3. */
export const vnAqiPm10: KpiFunction = indexFunction(
  entry('vnAqiPm10', [
    { args: [100], expected: 75, from: 'by hand from table 2' },
    { args: [50], expected: 50, from: 'breakpoint' },
    { args: [600], expected: 500, from: 'last row' },
  ]),
  table([0, 50, 150, 250, 350, 420, 500, 600]),
);

/** Sub-index of NO2, ug/m3. The decision prints 60 for 118.7; its own formula gives 59.35, hence 59. */
export const vnAqiNo2: KpiFunction = indexFunction(
  entry('vnAqiNo2', [
    { args: [118.7], expected: 59, from: 'Decision 1459, 2.3 b, its printed 60 corrected' },
    { args: [130.8], expected: 65, from: 'Decision 1459, 2.3 c' },
    { args: [450], expected: 125, from: 'by hand from table 2' },
    { args: [3850], expected: 500, from: 'last row' },
  ]),
  table([0, 100, 200, 700, 1200, 2350, 3100, 3850]),
);

/** Sub-index of SO2, ug/m3. */
export const vnAqiSo2: KpiFunction = indexFunction(
  entry('vnAqiSo2', [
    { args: [125], expected: 50, from: 'breakpoint' },
    { args: [1.25], expected: 1, from: 'by hand: 0.5, half up' },
    { args: [2630], expected: 500, from: 'last row' },
  ]),
  table([0, 125, 350, 550, 800, 1600, 2100, 2630]),
);

/** Sub-index of CO, in ug/m3 like the others. */
export const vnAqiCo: KpiFunction = indexFunction(
  entry('vnAqiCo', [
    { args: [10000], expected: 50, from: 'breakpoint' },
    { args: [37500], expected: 125, from: 'by hand from table 2' },
    { args: [150000], expected: 500, from: 'last row' },
  ]),
  table([0, 10000, 30000, 45000, 60000, 90000, 120000, 150000]),
);

/** Sub-index of O3 over one hour, ug/m3. */
export const vnAqiO3: KpiFunction = indexFunction(
  entry('vnAqiO3', [
    { args: [136.1], expected: 43, from: 'Decision 1459, 2.3 b' },
    { args: [114.6], expected: 36, from: 'Decision 1459, 2.3 c' },
    { args: [250], expected: 125, from: 'by hand from table 2' },
    { args: [1200], expected: 500, from: 'last row' },
  ]),
  table([0, 160, 200, 300, 400, 800, 1000, 1200]),
);

/** Sub-index of O3 over eight hours, ug/m3; above 400 the decision gives none. */
export const vnAqiO3EightHours: KpiFunction = indexFunction(
  entry('vnAqiO3EightHours', [
    { args: [89.3], expected: 45, from: 'Decision 1459, 2.3 c' },
    { args: [400], expected: 300, from: 'last breakpoint' },
    { args: [400.1], expected: NaN, from: 'Decision 1459, 2.2.2 b, note' },
  ]),
  { levels: [0, 100, 120, 170, 210, 400], indices: [0, 50, 100, 150, 200, 300], beyond: 'no index' },
);
