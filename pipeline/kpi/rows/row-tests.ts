import type { RowNumber, RowTest, RowText, RowTexts } from '../../window/group/row-program.ts';
import { isCoded } from './column-programs.ts';
import { codesOf } from './row-functions.ts';

/** How two numbers or times are compared. */
export type Comparison = 'is' | 'not' | 'lt' | 'lte' | 'gt' | 'gte';

/**
 * A condition on a text; on one that follows from codes it is judged once a batch for each different text.
 */
export function textTest(text: RowText, sql: string, passes: (value: string) => boolean): RowTest {
  return {
    codes: text.codes,
    sql,
    bind(batch) {
      if (!isCoded(text)) {
        const read = text.bind(batch);
        return (row) => passes(read(row));
      }
      const { values, at } = text.bindCodes(batch);
      const passed = Uint8Array.from(values, (value) => (passes(value) ? 1 : 0));
      return (row) => passed[at(row)] === 1;
    },
  };
}

/** A condition on a list of texts. */
export function textsTest(
  texts: RowTexts,
  sql: string,
  passes: (values: readonly string[]) => boolean,
): RowTest {
  return {
    codes: texts.codes,
    sql,
    bind(batch) {
      const read = texts.bind(batch);
      return (row) => passes(read(row));
    },
  };
}

const SIGNS: Readonly<Record<Comparison, string>> = {
  is: '=',
  not: '!=',
  lt: '<',
  lte: '<=',
  gt: '>',
  gte: '>=',
};

const COMPARE: Readonly<Record<Comparison, (left: number, right: number) => boolean>> = {
  is: (left, right) => left === right,
  // Not `!==`: that would hold of what is absent.
  not: (left, right) => left < right || left > right,
  lt: (left, right) => left < right,
  lte: (left, right) => left <= right,
  gt: (left, right) => left > right,
  gte: (left, right) => left >= right,
};

/** Compares two numbers, or two times; false where one is absent. */
export function comparison(left: RowNumber, how: Comparison, right: RowNumber): RowTest {
  const compare = COMPARE[how];
  return {
    codes: codesOf([left, right]),
    sql: `ifNull(${left.sql} ${SIGNS[how]} ${right.sql}, 0)`,
    bind(batch) {
      const cells = left.cells?.(batch) ?? null;
      const a = left.bind(batch);
      const b = right.bind(batch);
      if (cells !== null && right.codes?.length === 0) {
        const bound = b(0);
        return (row) => compare(cells[row]!, bound);
      }
      return (row) => compare(a(row), b(row));
    },
  };
}

/** Whether a number or a time is there. */
export function present(number: RowNumber): RowTest {
  return {
    codes: number.codes,
    sql: `isNotNull(${number.sql})`,
    bind(batch) {
      const read = number.bind(batch);
      return (row) => !Number.isNaN(read(row));
    },
  };
}

/** The opposite, of what is absent too. */
export function negation(test: RowTest): RowTest {
  return {
    codes: test.codes,
    sql: `(NOT ${test.sql})`,
    bind(batch) {
      const passes = test.bind(batch);
      return (row) => !passes(row);
    },
  };
}

/** All of them, those first that follow from codes: they cost least. At least one. */
export function conjunction(tests: readonly RowTest[]): RowTest {
  const ordered = cheapFirst(tests);
  const [first, second] = ordered;
  if (first === undefined) throw new TypeError('a conjunction of nothing');
  if (second === undefined) return first;
  return {
    codes: codesOf(ordered),
    sql: `(${ordered.map(({ sql }) => sql).join(' AND ')})`,
    bind(batch) {
      const bound = ordered.map((test) => test.bind(batch));
      return (row) => {
        for (let index = 0; index < bound.length; index++) if (!bound[index]!(row)) return false;
        return true;
      };
    },
  };
}

/** At least one of them. */
export function disjunction(tests: readonly RowTest[]): RowTest {
  const ordered = cheapFirst(tests);
  const [first, second] = ordered;
  if (first === undefined) throw new TypeError('a disjunction of nothing');
  if (second === undefined) return first;
  return {
    codes: codesOf(ordered),
    sql: `(${ordered.map(({ sql }) => sql).join(' OR ')})`,
    bind(batch) {
      const bound = ordered.map((test) => test.bind(batch));
      return (row) => {
        for (let index = 0; index < bound.length; index++) if (bound[index]!(row)) return true;
        return false;
      };
    },
  };
}

function cheapFirst(tests: readonly RowTest[]): RowTest[] {
  const isCheap = ({ codes }: RowTest): boolean => codes !== null;
  return [...tests.filter(isCheap), ...tests.filter((test) => !isCheap(test))];
}
