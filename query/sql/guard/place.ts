import { sqlTokens } from '../../../pipeline/store/clickhouse/sql-tokens.ts';

import type { StatementPlace } from '../../errors.ts';

/** Line and column of a byte of the text, both from 1. The engine counts bytes from 1, and may count one past the end. */
export function placeOfByte(text: string, byte: number): StatementPlace {
  const before = Buffer.from(text)
    .subarray(0, byte - 1)
    .toString();
  return placeOfIndex(text, before.length);
}

/** Line and column of the first token that reads like `name`, or undefined. */
export function placeOfName(text: string, name: string): StatementPlace | undefined {
  const wanted = (name.split('.').at(-1) ?? name).toUpperCase();
  if (wanted === '') return undefined;
  for (const token of sqlTokens(text)) {
    const bare =
      token.kind === 'quoted-name' ? token.text.slice(1, -1).toUpperCase() : token.text.toUpperCase();
    if (bare === wanted) return placeOfIndex(text, token.start);
  }
  return undefined;
}

function placeOfIndex(text: string, index: number): StatementPlace {
  const before = text.slice(0, index);
  const lastBreak = before.lastIndexOf('\n');
  return { line: before.split('\n').length, column: [...before.slice(lastBreak + 1)].length + 1 };
}
