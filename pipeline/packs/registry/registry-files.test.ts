import { strict as assert } from 'node:assert';
import { test } from 'vitest';

import { defaultRegistryFolder, loadRegistry } from '../../kpi/registry/load-registry.ts';
import type { Area } from '../../model/registry.ts';
import { PROVINCE_AREA } from '../../model/subsystem.ts';

const registry = loadRegistry([defaultRegistryFolder()]);
const drawn = [...registry.areas.values()].filter((area) => area.outline.length > 0);
const mainland = drawn.filter((area) => area.level === 'district' && area.id !== 'con-dao');
const beforeReform = mainland.filter((area) => area.validFrom < '2025-01-01');
const afterReform = mainland.filter((area) => area.validTo > '2025-01-01');

type Edge = readonly [readonly [number, number], readonly [number, number]];

function edges(area: Area): Edge[] {
  return area.outline.map((point, index) => [
    point,
    area.outline[(index + 1) % area.outline.length] ?? point,
  ]);
}

/** Square kilometres on the schematic; positive when the outline runs clockwise on a screen. */
function signedArea(area: Area): number {
  return edges(area).reduce((sum, [[x1, y1], [x2, y2]]) => sum + (x1 * y2 - x2 * y1) / 2, 0);
}

/** One segment per kilometre step, so that a neighbour's extra border point does not matter. */
function steps(area: Area): string[] {
  return edges(area).flatMap(([[x1, y1], [x2, y2]]) => {
    const length = Math.max(Math.abs(x2 - x1), Math.abs(y2 - y1));
    const at = (i: number): string => `${x1 + ((x2 - x1) * i) / length},${y1 + ((y2 - y1) * i) / length}`;
    return Array.from({ length }, (_, i) => `${at(i)}>${at(i + 1)}`);
  });
}

const reversed = (step: string): string => step.split('>').reverse().join('>');

test('every outline has edges at 0, 45 and 90 degrees only and runs clockwise', () => {
  for (const area of drawn) {
    for (const [[x1, y1], [x2, y2]] of edges(area)) {
      const [dx, dy] = [Math.abs(x2 - x1), Math.abs(y2 - y1)];
      assert(dx + dy > 0 && (dx === 0 || dy === 0 || dx === dy), `${area.id}: ${x1},${y1} to ${x2},${y2}`);
    }
    assert(signedArea(area) > 0, area.id);
  }
});

for (const [name, districts] of [
  ['until 2024', beforeReform],
  ['from 2025-01-01', afterReform],
] as const) {
  test(`the districts ${name} share their borders and fill the province without overlap`, () => {
    const province = registry.areas.get(PROVINCE_AREA);
    assert(province !== undefined);
    const all = districts.flatMap(steps);
    assert.equal(new Set(all).size, all.length, 'two districts lie on the same side of one border');
    const outer = all.filter((step) => !all.includes(reversed(step)));
    assert.deepEqual([...outer].sort(), steps(province).sort());
    const sum = districts.reduce((total, area) => total + signedArea(area), 0);
    assert.equal(sum, signedArea(province));
  });
}

test('the seven mainland units and Côn Đảo of 2024 are there, and Long Đất after them', () => {
  assert.deepEqual(
    beforeReform.map((area) => area.id),
    ['vung-tau', 'ba-ria', 'phu-my', 'chau-duc', 'xuyen-moc', 'long-dien', 'dat-do'],
  );
  assert.equal(registry.areas.get('long-dat')?.validFrom, '2025-01-01');
  assert.equal(registry.areas.get('con-dao')?.level, 'district');
});

test('the populations of the districts of 2014 add up to that of the province', () => {
  const districts = [...registry.areas.values()].filter((area) => area.level === 'district');
  const sum = districts.reduce((total, area) => total + (area.population['2014'] ?? 0), 0);
  assert.equal(sum, registry.areas.get(PROVINCE_AREA)?.population['2014']);
});

// [property, spelling of the unit, factor]
const spellings = [
  ['pm25', 'ug/m3', 1],
  ['pm25', 'µg/m3', 1], // micro sign U+00B5
  ['pm25', 'μg/m³', 1], // Greek mu U+03BC
  ['co', 'mg/m3', 1000],
  ['wind_speed', 'km/h', 1 / 3.6],
  ['pressure', 'Pa', 0.01],
  ['water_level', 'cm', 0.01],
] as const;

for (const [property, unit, factor] of spellings) {
  test(`${property} in ${unit} is taken times ${factor}`, () => {
    assert.equal(registry.properties.get(property)?.units[unit], factor);
  });
}

test('the range of PM2.5 keeps what a beta gauge reports and refuses its sentinel', () => {
  const pm25 = registry.properties.get('pm25');
  assert(pm25 !== undefined);
  assert(pm25.min <= -15 && pm25.max >= 1000 && -999 < pm25.min);
});
