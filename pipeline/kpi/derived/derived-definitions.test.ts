import { strict as assert } from 'node:assert';
import { test } from 'vitest';

import { definitionsWith, derivedYaml } from './derived-testing.ts';

const MONTH = `by: [area]
window: { calendar: month }
`;

function refused(rest: string, message: RegExp, id = 'tourism.derived'): void {
  assert.throws(() => definitionsWith(derivedYaml(id, rest)), message);
}

test('a derived definition stands behind the definitions that it reads, whatever their order in the pack', () => {
  const inputs = (kpi: string): string => `${MONTH}inputs: { a: { kpi: ${kpi} } }\nvalue: 2 * a`;
  const { derived, all, groups } = definitionsWith(
    derivedYaml('tourism.second', inputs('tourism.first')),
    derivedYaml('tourism.first', inputs('citizen-reports.complaints')),
  );
  assert.deepEqual(
    derived.map(({ id, derived: { level } }) => [id, level]),
    [
      ['tourism.first', 1],
      ['tourism.second', 2],
    ],
  );
  assert.equal(all.length, groups.length + 2);
  assert.deepEqual(derived[1]?.derived.inputs[0]?.subsystems, ['citizen-reports']);
});

test('definitions that read each other in a circle are refused with their names', () => {
  const inputs = (kpi: string): string => `${MONTH}inputs: { a: { kpi: ${kpi} } }\nvalue: a`;
  assert.throws(
    () =>
      definitionsWith(
        derivedYaml('tourism.one', inputs('tourism.two')),
        derivedYaml('tourism.two', inputs('tourism.one')),
      ),
    /reads itself by way of others.*tourism\.one, tourism\.two/,
  );
});

test('a mistake is told with its line and what to do', () => {
  refused(
    `${MONTH}inputs: { a: { kpi: tourism.guest } }\nvalue: a`,
    /"tourism\.guest" is no KPI.*did you mean/,
  );
  refused(`${MONTH}inputs: { a: { kpi: tourism.guests } }\nvalue: a`, /windows of calendar day.*over: sum/);
  refused(`${MONTH}inputs: { a: { kpi: environment.level, over: max } }\nvalue: a`, /is by entity.*by area/);
  refused(
    `${MONTH}inputs: { a: { kpi: tourism.guests, over: sum, offset: 1y } }\nvalue: a`,
    /no input is of the window/,
  );
  refused(`${MONTH}inputs: { a: { kpi: tourism.guests, over: sum } }\nvalue: a + b`, /"b" is no input/);
  refused(
    `${MONTH}inputs: { a: { kpi: tourism.guests, over: sum } }\nvalue: meanOf(a)`,
    /a series is needed/,
  );
  refused(`${MONTH}inputs: { a: { kpi: tourism.guests, over: age } }\nvalue: a`, /within: 24h/);
  refused(`${MONTH}value: '1'`, /inputs must be given/);
  refused(
    `${MONTH}input: { a: { kpi: tourism.guests } }\nvalue: 1`,
    /"input" is not known here \(did you mean inputs/,
  );
  refused(
    'by: [area]\nwindow: { calendar: week }\ninputs: { a: { kpi: tourism.guests, over: sum, offset: 1X } }\nvalue: a',
    /offset must match/,
  );
});

test('an offset that leads beside the windows is refused where one window is meant, taken where days are summed', () => {
  const week = 'by: [area]\nwindow: { calendar: week }\n';
  const base = derivedYaml(
    'tourism.week',
    `${week}inputs: { a: { kpi: tourism.guests, over: sum } }\nvalue: a`,
  );
  const then = derivedYaml(
    'tourism.change',
    `${week}inputs: { a: { kpi: tourism.week }, b: { kpi: tourism.week, offset: 1y } }\nvalue: a - b`,
  );
  assert.throws(() => definitionsWith(base, then), /leads to no window of calendar week.*over: sum/);
  const inputs = `inputs: { a: { kpi: tourism.week }, b: { kpi: tourism.guests, over: sum, offset: 1y } }\nvalue: a - b`;
  const { derived } = definitionsWith(base, derivedYaml('tourism.change', week + inputs));
  assert.equal(derived[1]?.derived.inputs[1]?.isAligned, false);
});

test('what changes a value changes the hash; a new band does not', () => {
  const hashOf = (rest: string): string | undefined =>
    definitionsWith(derivedYaml('tourism.derived', MONTH + rest)).derived[0]?.hash;
  const base = 'inputs: { a: { kpi: tourism.guests, over: sum } }\nvalue: a';
  assert.equal(hashOf(base), hashOf(`${base}\nbands: [{ state: good }]`));
  assert.notEqual(hashOf(base), hashOf(base.replace('sum', 'mean')));
  assert.notEqual(hashOf(base), hashOf(base.replace('value: a', 'value: a * 2')));
});

test('what the platform counts is named by a gauge and is no expression', () => {
  const yaml = (rest: string): string =>
    derivedYaml(
      'platform.verified_share',
      `by: []\nwindow: { hopping: { size: 24h, advance: 1h } }\n${rest}`,
    ).replace('from: kpi', 'from: platform');
  const [kpi] = definitionsWith(yaml('gauge: verifiedShare')).derived;
  assert.equal(kpi?.subsystem, 'platform');
  assert.match(kpi.recomputeSql({ events: '' }), /FROM verifications/);
  assert.throws(() => definitionsWith(yaml('gauge: verifiedShares')), /did you mean verifiedShare/);
  assert.throws(
    () => definitionsWith(yaml('gauge: verifiedShare\nvalue: "1"')),
    /the gauge says what is counted/,
  );
});
