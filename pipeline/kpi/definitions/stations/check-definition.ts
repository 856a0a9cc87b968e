import { ROW_FIELDS } from '../../rows/fields.ts';
import type { ArgumentKind } from '../../functions/kpi-function.ts';
import { bandsOf, expressionReader, needsOf, subsystemOf, valueOf } from '../check-value.ts';
import type { Complain } from '../check-value.ts';
import type { Plan } from '../plan.ts';
import { durationSeconds, isHours } from '../schema.ts';
import type { Definition, Measure } from '../schema.ts';

/** Built-in name: hours of the window that have begun, all of them once it is complete. */
export const HOURS_BEGUN = 'hoursBegun';

/** Columns of the SQL that a measure of the same name would hide. */
const COLUMN_NAMES: readonly string[] = [
  ...[HOURS_BEGUN, 'entity', 'property', 'hour', 'window', 'back', 'used'],
  ...['value', 'numerator', 'denominator', 'samples'],
];

/** Makes a plan of a definition that matches the schema; its mistakes go to `complain`. */
export function checkDefinition(definition: Definition, complain: Complain): Plan {
  const { window } = definition;
  if ((window.tumbling === undefined) === (window.calendar === undefined)) {
    complain(['window'], 'give either tumbling or calendar', 'tumbling: 1h, or calendar: day');
  }
  const measures = Object.entries(definition.measures).map(([name, entry]): Measure => {
    const [kind, property] = Object.entries(entry)[0] ?? ['count', '*'];
    return { name, kind: kind as Measure['kind'], property: String(property) };
  });
  checkMeasures(definition, measures, complain);
  refuseGroupFields(definition, complain);
  const names = new Map<string, ArgumentKind>([[HOURS_BEGUN, 'number']]);
  for (const one of measures) names.set(one.name, isHours(one) ? 'hours' : 'number');
  const read = expressionReader(names, complain);
  return {
    definition,
    subsystem: subsystemOf(definition, complain),
    window: window.calendar === undefined ? 'hour' : 'day',
    windowHours: window.calendar === undefined ? 1 : 24,
    lookbackHours: window.lookback === undefined ? 0 : durationSeconds(window.lookback) / 3_600,
    latenessSeconds: durationSeconds(window.lateness),
    freshSeconds: durationSeconds(definition.fresh.max),
    completeness: definition.completeness ?? 0,
    measures,
    properties: measures.some((measure) => measure.property === '*')
      ? null
      : [...new Set(measures.map((measure) => measure.property))],
    value: valueOf(definition, read, complain),
    needs: needsOf(definition, complain),
    numerator: read(['numerator'], definition.numerator),
    denominator: read(['denominator'], definition.denominator),
    samples: read(['samples'], definition.samples),
    bands: bandsOf(definition, complain),
  };
}

function checkMeasures(definition: Definition, measures: readonly Measure[], complain: Complain): void {
  const hours = measures.filter(isHours).length;
  if (hours > 0 && new Set(measures.map(({ property }) => property)).size < hours) {
    complain(['measures'], 'a property stands in two hours measures', 'its readings would count twice');
  }
  if (hours > 0 && hours < measures.length) {
    complain(['measures'], 'hours cannot stand beside other measures', 'write two definitions');
  }
  const looksBack = measures.some((measure) => measure.kind === 'hours');
  if (!looksBack && definition.window.lookback !== undefined) {
    complain(['window', 'lookback'], 'only hours measures look back', 'take the lookback out');
  }
  if (hours === 0 && definition.completeness !== undefined) {
    complain(['completeness'], 'only hours measures ask for it', 'take it out');
  }
  if (hours === 0 && definition.samples === undefined) {
    complain(['samples'], 'samples must be given', 'name the measure that counts the readings');
  }
  if (hours > 0 && definition.samples !== undefined) {
    complain(['samples'], 'with hours measures samples follow from them', 'take it out');
  }
  for (const { name } of measures) {
    const taken = hours > 0 ? [...COLUMN_NAMES, 'good', 'mean'] : COLUMN_NAMES;
    if (taken.includes(name)) complain(['measures', name], `${name} has a meaning already`, 'rename it');
  }
}

/** Fields that only definitions over groups have. */
const GROUP_FIELDS = ['where', 'attributes', 'at', 'statistics', 'minDenominator'] as const;

function refuseGroupFields(definition: Definition, complain: Complain): void {
  const hint = 'hours, ownHours, expected, a lookback and completeness make it a definition over stations';
  for (const field of GROUP_FIELDS) {
    if (definition[field] !== undefined) complain([field], `over stations there is no ${field}`, hint);
  }
  if (definition.from !== 'measurement') complain(['from'], 'stations have measurements only', hint);
  if (definition.by.join() !== 'entity') complain(['by'], 'stations are by entity', 'by: [entity]');
  const { tumbling, calendar, hopping, period } = definition.window;
  const isKnown = (tumbling ?? '1h') === '1h' && (calendar ?? 'day') === 'day';
  if (!isKnown || hopping !== undefined || period !== undefined) {
    complain(['window'], 'stations have hours and days', 'tumbling: 1h, or calendar: day');
  }
}

/**
 * Whether the operator of stations computes a definition: it needs hourly means, cadences or a lookback; or it asks
 * for no more than hours and days of plain readings by entity, which the slices of the stations hold already.
 */
export function isStation(definition: Definition): boolean {
  const { window, measures, by, from, samples } = definition;
  const entries = Object.values(measures).map((measure) => Object.entries(measure)[0]);
  if (entries.some((entry) => STATION_MEASURES.has(entry?.[0] ?? ''))) return true;
  if (window.lookback !== undefined || definition.completeness !== undefined) return true;
  const isPlain = entries.every(([kind, taken] = ['', '']) => PLAIN_MEASURES.has(kind) && isProperty(taken));
  const isShort = window.tumbling === '1h' || window.calendar === 'day';
  const isSimple =
    GROUP_FIELDS.every((field) => definition[field] === undefined) && window.emit === undefined;
  return (
    from === 'measurement' &&
    by.join() === 'entity' &&
    isPlain &&
    isShort &&
    isSimple &&
    samples !== undefined
  );
}

const STATION_MEASURES = new Set(['hours', 'ownHours', 'expected']);
const PLAIN_MEASURES = new Set(['mean', 'sum', 'count', 'received']);

function isProperty(taken: unknown): boolean {
  if (typeof taken !== 'string' || ROW_FIELDS.measurement.has(taken)) return false;
  return taken === '*' || /^[a-z][a-z0-9_]*$/.test(taken);
}
