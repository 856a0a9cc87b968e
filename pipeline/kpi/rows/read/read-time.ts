import type { RowNumber } from '../../../window/group/row-program.ts';
import { durationSeconds } from '../../definitions/schema.ts';
import { readQuantity } from './read-number.ts';
import { codesOf } from '../row-functions.ts';
import { hintOf, isMapping } from '../row-scope.ts';
import type { RowScope } from '../row-scope.ts';

/** Most times that `earliest` and `latest` choose from. */
export const timesChosenMax = 10;

const INSTANT = /^(\d{4})-(\d\d)-(\d\d)[Tt ]\d\d:\d\d:\d\d(\.\d{1,3})?([Zz]|[+-]\d\d:\d\d)$/;
const DURATION = /^[1-9][0-9]{0,3}[smhd]$/;
const FORMS = 'a time field, { earliest: […] }, { latest: […] }, { field: openedAt, plus: 4h }';

/**
 * Reads a time of a row, milliseconds UTC: a field, a function that gives a time, one with a duration added
 * or taken off, the earliest or the latest of several. Absent ones are skipped there; when all are absent,
 * so is the time.
 *
 * @returns null when it is none, which `complain` has heard then
 */
export function readTime(yaml: unknown, path: readonly string[], scope: RowScope): RowNumber | null {
  if (typeof yaml === 'string') {
    const quantity = readQuantity(yaml, path, scope);
    if (quantity === null || quantity.type === 'time') return quantity?.program ?? null;
    scope.complain(path, `"${yaml}" is a number where a time is needed`, FORMS);
    return null;
  }
  if (!isMapping(yaml)) {
    scope.complain(path, 'a time is needed', FORMS);
    return null;
  }
  const keys = Object.keys(yaml);
  const unknown = keys.find((key) => !['field', 'plus', 'minus', 'earliest', 'latest'].includes(key));
  if (unknown !== undefined) {
    const known = ['field', 'plus', 'minus', 'earliest', 'latest'];
    scope.complain([...path, unknown], `"${unknown}" has no meaning here`, hintOf(unknown, known));
    return null;
  }
  if ('field' in yaml && !('earliest' in yaml) && !('latest' in yaml)) return shifted(yaml, path, scope);
  const [word] = keys;
  if (keys.length === 1 && (word === 'earliest' || word === 'latest')) {
    return chosen(word, yaml[word], [...path, word], scope);
  }
  scope.complain(path, 'a time is given in one way', FORMS);
  return null;
}

/** Reads a time of a row or an instant, RFC 3339 with its offset, for comparisons. */
export function readTimeOrInstant(yaml: unknown, path: readonly string[], scope: RowScope): RowNumber | null {
  if (typeof yaml !== 'string' || !/^\s*\d/.test(yaml)) return readTime(yaml, path, scope);
  const ms = instantOf(yaml.trim());
  if (!Number.isNaN(ms)) return timeConstant(ms);
  scope.complain(path, `"${yaml}" is no instant`, 'RFC 3339 with an offset: 2026-11-23T06:00:00+07:00');
  return null;
}

function instantOf(text: string): number {
  const match = INSTANT.exec(text);
  if (match === null) return NaN;
  const [year, month, day] = match.slice(1, 4).map(Number) as [number, number, number];
  // The engine of JavaScript takes the 31st of any month.
  const lastDay = new Date(Date.UTC(year, month, 0)).getUTCDate();
  return day <= lastDay ? Date.parse(text.toUpperCase().replace(' ', 'T')) : NaN;
}

function timeConstant(ms: number): RowNumber {
  return { codes: [], sql: `toInt64(${String(ms)})`, bind: () => () => ms };
}

function shifted(
  yaml: Readonly<Record<string, unknown>>,
  path: readonly string[],
  scope: RowScope,
): RowNumber | null {
  const time = readTime(yaml['field'], [...path, 'field'], scope);
  const plus = durationOf(yaml['plus'], [...path, 'plus'], scope);
  const minus = durationOf(yaml['minus'], [...path, 'minus'], scope);
  if (time === null || plus === null || minus === null) return null;
  const ms = (plus - minus) * 1_000;
  if (ms === 0) return time;
  return {
    codes: time.codes,
    sql: `(${time.sql} ${ms < 0 ? '-' : '+'} ${String(Math.abs(ms))})`,
    bind(batch) {
      const read = time.bind(batch);
      return (row) => read(row) + ms;
    },
  };
}

function durationOf(yaml: unknown, path: readonly string[], scope: RowScope): number | null {
  if (yaml === undefined) return 0;
  if (typeof yaml === 'string' && DURATION.test(yaml)) return durationSeconds(yaml);
  scope.complain(path, `"${String(yaml)}" is no duration`, 'such as 30s, 15m, 4h, 7d');
  return null;
}

function chosen(
  word: 'earliest' | 'latest',
  yaml: unknown,
  path: readonly string[],
  scope: RowScope,
): RowNumber | null {
  if (!Array.isArray(yaml) || yaml.length === 0 || yaml.length > timesChosenMax) {
    scope.complain(
      path,
      `${word} chooses from 1 to ${String(timesChosenMax)} times`,
      `${word}: [completedAt, dueAt]`,
    );
    return null;
  }
  const read = yaml.map((one, index) => readTime(one, [...path, String(index)], scope));
  const times = read.filter((time) => time !== null);
  if (times.length < read.length) return null;
  const [first] = times;
  return times.length === 1 && first !== undefined ? first : closest(word, times);
}

/**
 * Stands for an absent time where the earliest and where the latest is looked for; no time is that far away.
 */
const FARTHEST = {
  earliest: 'toInt64(9223372036854775807)',
  latest: 'toInt64(-9223372036854775807)',
} as const;

function closest(word: 'earliest' | 'latest', times: readonly RowNumber[]): RowNumber {
  const sign = word === 'earliest' ? 1 : -1;
  const far = FARTHEST[word];
  const name = word === 'earliest' ? 'least' : 'greatest';
  return {
    codes: codesOf(times),
    // Engines differ in what least() makes of NULL, so it never sees one.
    sql: `nullIf(${name}(${times.map(({ sql }) => `ifNull(${sql}, ${far})`).join(', ')}), ${far})`,
    bind(batch) {
      const bound = times.map((time) => time.bind(batch));
      return (row) => {
        let best = NaN;
        for (let index = 0; index < bound.length; index++) {
          const time = bound[index]!(row);
          if (Number.isNaN(best) || sign * (best - time) > 0) best = time;
        }
        return best;
      };
    },
  };
}
