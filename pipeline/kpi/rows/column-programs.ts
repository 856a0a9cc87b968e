import { timeAt } from '../../model/batch/batch.ts';
import type { Batch } from '../../model/batch/batch.ts';
import type { Column } from '../../model/columns.ts';
import type { RowNumber, RowText, RowTexts } from '../../window/group/row-program.ts';
import { jsonCells } from './json-cells.ts';

/** Few different texts a batch: `values[at(row)]` is the row's text. */
export interface CodeBinding {
  readonly values: readonly string[];
  at(row: number): number;
}

/** A text that follows from codes: whoever judges it judges each different text once a batch. */
export interface CodedText extends RowText {
  bindCodes(batch: Batch): CodeBinding;
}

/** Whether a text follows from codes. */
export function isCoded(text: RowText): text is CodedText {
  return 'bindCodes' in text;
}

/** The text of a column as it stands in the row. */
export function textOfColumn({ name, type }: Column): RowText {
  if (type === 'code') return codedText([name], name, (batch) => bindCode(batch, name));
  return { codes: null, sql: name, bind: (batch) => (row) => batch.text(name, row) };
}

/** A text that follows from the codes in the columns that are named. */
export function codedText(
  codes: readonly string[],
  sql: string,
  bindCodes: (batch: Batch) => CodeBinding,
): CodedText {
  return {
    codes,
    sql,
    bindCodes,
    bind(batch) {
      const { values, at } = bindCodes(batch);
      return (row) => values[at(row)]!;
    },
  };
}

function bindCode(batch: Batch, name: string): CodeBinding {
  const { codes, values } = batch.codes(name);
  return { values, at: (row) => codes[row]! };
}

/** A number or a time of a column; NaN where the row has none. */
export function numberOfColumn(column: Column): RowNumber {
  const { name, type } = column;
  const sql =
    type === 'time' ? `toUnixTimestamp64Milli(${name})` : type === 'number' ? name : `toFloat64(${name})`;
  return {
    codes: null,
    sql,
    cells: (batch) => (type === 'number' && batch.validity(name) === null ? batch.numbers(name) : null),
    bind(batch) {
      const read = readerOf(batch, column);
      const valid = batch.validity(name);
      if (valid === null) return read;
      return (row) => ((valid[row >> 3]! >> (row & 7)) & 1 ? read(row) : NaN);
    },
  };
}

function readerOf(batch: Batch, { name, type }: Column): (row: number) => number {
  if (type === 'number') {
    const cells = batch.numbers(name);
    return (row) => cells[row]!;
  }
  if (type === 'count') {
    const cells = batch.counts(name);
    return (row) => cells[row]!;
  }
  const cells = batch.wide(name);
  return (row) => timeAt(cells, row);
}

const NO_TEXTS: readonly string[] = [];

/**
 * The texts of a column that holds a JSON array, each once, sorted by their UTF-8 bytes, without empty ones.
 */
export function textsOfColumn({ name }: Column): RowTexts {
  return {
    codes: null,
    sql: `arrayFilter(one -> one != '', arraySort(arrayDistinct(${name})))`,
    bind(batch) {
      const cells = jsonCells(batch, name, listOf);
      return (row) => cells(row) ?? NO_TEXTS;
    },
  };
}

function listOf(json: unknown): readonly string[] | null {
  if (!Array.isArray(json)) return null;
  const texts = json.filter((one): one is string => typeof one === 'string' && one !== '');
  return [...new Set(texts)].sort(byUtf8);
}

/**
 * Order of the UTF-8 bytes, which is that of the code points: surrogates come after U+FFFF, not before
 * U+E000.
 */
function byUtf8(a: string, b: string): number {
  for (let index = 0; index < a.length && index < b.length; index++) {
    const left = a.charCodeAt(index);
    const right = b.charCodeAt(index);
    if (left === right) continue;
    const isHigh = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdfff;
    if (isHigh(left) !== isHigh(right)) return isHigh(left) ? 1 : -1;
    return left - right;
  }
  return a.length - b.length;
}
