import type { WindowRule } from '../../../window/group/window-rule.ts';
import type { DerivedInput, DerivedPlan, Over } from '../derived-kpi.ts';
import { shiftedEndSql, shiftedSql } from '../offset.ts';

/** What the parts of a statement share. */
export interface Wanted {
  readonly plan: DerivedPlan;
  /** SQL, Int64: up to when time is known. */
  readonly until: string;
  readonly conditions: (input: DerivedInput) => string;
  /** SQL condition over the column `window`. */
  readonly windows: string;
}

/** Windows that hold a window of an input without offset, one row a key and window. */
export function candidatesSql(wanted: Wanted): string {
  const bases = wanted.plan.inputs.filter(({ offsets }) => offsets[0]?.count === 0);
  const parts = bases.map(
    (input) => `      SELECT place, key, area, entity, dims, window
      FROM (${rowsSql(input, wanted)}
      ) ${windowsJoin(input, wanted)}`,
  );
  return `    SELECT place, key, max(area) AS area, max(entity) AS entity, any(dims) AS dims, window
    FROM (
${parts.join('\n      UNION ALL\n')}
    )
    WHERE ${wanted.windows}
    GROUP BY place, key, window`;
}

/** One input brought to the candidates: a series of its offsets in order, and what its values say of themselves. */
export function inputSql(input: DerivedInput, index: number, wanted: Wanted): string {
  // In a series the default stands for each value that is missing; a null stays one.
  const missing = missingSql(input);
  const number = `if(is_found, ${numberSql('v')}, ${missing})`;
  const places = `[${input.offsets.map((_, n) => String(n + 1)).join(', ')}]`;
  const summary = `arrayMap(place_of -> if(has(groupArray(n), place_of),
        groupArray(${number})[indexOf(groupArray(n), place_of)], ${missing}), ${places}) AS series,
      countIf(is_found) AS found, countIf(is_found AND isNull(v)) AS nulls, sum(samples) AS samples,
      max(provisional) AS provisional, max(grade) AS grade, max(as_of_ms) AS as_of_ms`;
  const { rule } = wanted.plan;
  const offsets = input.offsets.map((_, n) => String(n + 1)).join(', ');
  const starts = input.offsets.map((offset) => `ifNull(${shiftedSql('window', offset)}, -1)`).join(', ');
  const isByTime = input.withinMs > 0 || (input.over !== 'same' && !input.isAligned);
  if (isByTime) return bySpanSql(input, wanted, summary);
  return `    SELECT c.place AS place, c.key AS key, c.window AS window, ${summary}
    FROM (
      SELECT place, key, window, n, at FROM candidates
      ARRAY JOIN [${offsets}] AS n, [${starts}] AS at
    ) AS c
    LEFT JOIN (
${perWindowSql(input, wanted, rule)}
    ) AS v${index} ON v${index}.place = c.place AND v${index}.key = c.key AND v${index}.at = c.at
    GROUP BY place, key, window`;
}

/** What stands in a series where there is no value. */
export function missingSql({ isSeries, fallback }: DerivedInput): string {
  return isSeries && fallback !== null ? `toFloat64(${fallback})` : 'nan';
}

const numberSql = (column: string): string => `ifNull(toFloat64(${column}), nan)`;

/** Values of an input by window of the definition: of its own windows, or of those that lie in one. */
function perWindowSql(input: DerivedInput, wanted: Wanted, rule: WindowRule): string {
  const rows = rowsSql(input, wanted);
  if (input.over === 'same') {
    return `      SELECT place, key, start_ms AS at, value AS v, samples, provisional, grade, as_of_ms, 1 AS is_found
      FROM (${rows}
      )`;
  }
  return `      SELECT place, key, window AS at, ${overSql(input.over, rule.endSql('window'))} AS v, ${TOLD}
      FROM (${rows}
      ) ARRAY JOIN ${rule.windowsSql('start_ms')} AS window
      WHERE end_ms <= ${rule.endSql('window')} AND start_ms >= ${spanStartSql(rule)}
      GROUP BY place, key, at`;
}

const TOLD = `sum(samples) AS samples, max(provisional) AS provisional, max(grade) AS grade,
        max(as_of_ms) AS as_of_ms, 1 AS is_found`;

/** Where borders do not fall on borders: every row of the key whose window lies in the span. */
function bySpanSql(input: DerivedInput, wanted: Wanted, summary: string): string {
  const { rule } = wanted.plan;
  const end = rule.endSql('window');
  const start = input.withinMs > 0 ? `(${end} - ${input.withinMs})` : spanStartSql(rule);
  const offsets = input.offsets.map((_, n) => String(n + 1)).join(', ');
  const froms = input.offsets.map((offset) => `ifNull(${shiftedSql(start, offset)}, -1)`).join(', ');
  const tos = input.offsets.map((offset) => `ifNull(${shiftedEndSql(start, end, offset)}, -1)`).join(', ');
  return `    SELECT place, key, window, ${summary}
    FROM (
      SELECT place, key, window, n, to_ms, ${overSql(input.over, 'to_ms')} AS v, ${TOLD}
      FROM (
        SELECT c.place AS place, c.key AS key, window, n, to_ms, start_ms, value, samples, provisional, grade,
          as_of_ms, newest_ms
        FROM (
          SELECT place, key, window, n, from_ms, to_ms FROM candidates
          ARRAY JOIN [${offsets}] AS n, [${froms}] AS from_ms, [${tos}] AS to_ms
        ) AS c
        INNER JOIN (${rowsSql(input, wanted)}
        ) AS r ON r.place = c.place AND r.key = c.key
        WHERE r.start_ms >= c.from_ms AND r.end_ms <= c.to_ms
      )
      GROUP BY place, key, window, n, to_ms
    )
    GROUP BY place, key, window`;
}

/** What becomes of the windows of an input; added in the order of time, so that the digits are always the same. */
function overSql(over: Over, end: string): string {
  const ordered = `arrayMap(one -> one.2, arraySort(groupArrayIf((start_ms, assumeNotNull(value)), isNotNull(value))))`;
  const sum = `arrayFold((total, x) -> total + x, ${ordered}, toFloat64(0))`;
  const none = `countIf(isNotNull(value)) = 0`;
  switch (over) {
    case 'sum':
      return `if(${none}, NULL, ${sum})`;
    case 'mean':
      return `if(${none}, NULL, ${sum} / countIf(isNotNull(value)))`;
    case 'max':
      return 'max(value)';
    case 'min':
      return 'min(value)';
    case 'last':
      return `if(${none}, NULL, argMax(value, start_ms))`;
    case 'count':
      return 'toFloat64(countIf(isNotNull(value)))';
    case 'age':
      return `(${end} - max(newest_ms)) / 1000`;
    case 'same':
      return 'any(value)';
  }
}

/** First moment that a window looks at; a year to date carries the start of its last day. */
export function spanStartSql(rule: WindowRule): string {
  if (rule.text !== 'calendar yearToDate') return 'window';
  const day = `addDays(toDate32('1970-01-01'), intDiv(window + 25200000, 86400000))`;
  return `(toInt64(makeDate32(toYear(${day}), 1, 1)) * 86400000 - 25200000)`;
}

/** The windows of the definition that a row of an input stands in. */
function windowsJoin(input: DerivedInput, { plan, until }: Wanted): string {
  const { rule } = plan;
  if (input.over === 'same') return 'ARRAY JOIN [start_ms] AS window';
  const end = rule.endSql('window');
  if (input.withinMs === 0) {
    return `ARRAY JOIN ${rule.windowsSql('start_ms')} AS window
      WHERE end_ms <= ${end} AND start_ms >= ${spanStartSql(rule)} AND window <= greatest(start_ms, ${until})`;
  }
  const steps = Math.ceil(input.withinMs / rule.sliceMs) + 1;
  const slices = `arrayMap(step -> start_ms + step * ${rule.sliceMs}, range(${steps}))`;
  const windows = `arrayDistinct(arrayFlatten(arrayMap(time -> ${rule.windowsSql('time')}, ${slices})))`;
  return `ARRAY JOIN ${windows} AS window
      WHERE end_ms <= ${end} AND ${end} - ${input.withinMs} <= start_ms AND ${end} <= ${until}`;
}

/** The stored values of an input with times as numbers and statuses as numbers. */
function rowsSql(input: DerivedInput, { plan, conditions }: Wanted): string {
  const hasDims = plan.by.some((name) => name !== 'area' && name !== 'entity');
  return `
        SELECT if(entity = '', concat('a:', area), concat('e:', entity)) AS place,
          ${hasDims ? 'toString(mapSort(dims))' : `''`} AS key, area, entity, dims,
          toUnixTimestamp64Milli(window_start) AS start_ms, toUnixTimestamp64Milli(window_end) AS end_ms,
          value, samples, toUInt8(status = 'provisional') AS provisional, toUInt8(grade) AS grade,
          toUnixTimestamp64Milli(as_of) AS as_of_ms, as_of_ms AS newest_ms
        FROM kpi_values
        WHERE ${conditions(input)}`;
}
