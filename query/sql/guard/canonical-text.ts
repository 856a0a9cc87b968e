import { sqlTokens, type SqlToken } from '../../../pipeline/store/clickhouse/sql-tokens.ts';

import { StatementRefusedError } from '../../errors.ts';
import { isAllowedFunction } from './functions.ts';
import { isViewName, publicDatabase } from './views.ts';

/** A placeholder `{name:Type}` of a statement. */
export interface Placeholder {
  readonly name: string;
  readonly type: string;
}

/** A statement without the clauses that belong to the request, not to the question. */
export interface TakenApart {
  /** What runs. */
  readonly sql: string;
  /** The same with every placeholder replaced by a literal: `EXPLAIN AST` wants values. */
  readonly sqlForAst: string;
  readonly format: string | undefined;
  readonly settings: ReadonlyMap<string, string>;
  readonly placeholders: readonly Placeholder[];
  /** Names of `name AS (SELECT …)`: the tree does not show them. */
  readonly withNames: readonly string[];
  /** Column transformers `APPLY function`: the tree does not show which function they call. */
  readonly applies: number;
}

/**
 * The text without its comments when it can be read in one way only, else undefined: words, numbers, operators,
 * strings without escapes and quoted names that are plain words. Nothing in it can end a statement, hide a quote or
 * open a heredoc, so the formatter has nothing to make plain. Comments become spaces here, and what is judged and
 * run is the result: should the engine ever see a comment end elsewhere, it would not matter.
 */
export function plainText(text: string): string | undefined {
  if (!plain.test(text)) return undefined;
  const bare = text.replaceAll(comment, (found) => (found.startsWith("'") ? found : ' '));
  return /\bAPPLY\b/i.test(bare) ? undefined : bare;
}

const block = String.raw`\/\*(?:[^*]|\*(?!\/))*\*\/`;
const line = String.raw`--[^\n]*(?:\n|$)`;
const pieces = [
  String.raw`[\t\n\r \w.,+*%<>=!|?:(){}[\]]`,
  String.raw`-(?!-)`,
  String.raw`\/(?!\*)`,
  `'[^'\\\\]*'`,
  '`\\w+`(?!`)',
  `"\\w+"(?!")`,
  block,
  line,
];
// Each piece begins like no other one and ends in one place only: there is one way to match.
const plain = new RegExp(
  String.raw`^(?:\s|${block}|${line})*(?:SELECT|WITH)\b(?:${pieces.join('|')})*$`,
  'i',
);
const comment = new RegExp(`'[^']*'|${block}|${line}`, 'g');

/** What stands for a placeholder in the tree. */
export const placeholderLiteral = `'?'`;

/** Types that a placeholder may have. `Identifier` is none of them: it would be a name out of the guard's sight. */
const scalarTypes =
  /^(?:U?Int(?:8|16|32|64|128|256)|Float(?:32|64)|Decimal\w*|Bool|String|FixedString|UUID|Date(?:32|Time|Time64)?|Enum(?:8|16)?|IPv[46]|Array|Tuple|Map|Nullable|LowCardinality)$/;

const namesOfDatabase = new Set(['CURRENTDATABASE', 'CURRENT_DATABASE', 'DATABASE', 'SCHEMA']);

/**
 * Takes a statement apart that the engine's own formatter has written, or that is plain: pulls off FORMAT and SETTINGS,
 * finds the placeholders, and puts the ceiling's database in place of `haidang`.
 *
 * It decides nothing by itself: the engine's parse of `sqlForAst` does. Only what that parse cannot show is
 * refused here: files to write, functions of APPLY, names with escapes, types of placeholders.
 *
 * @throws StatementRefusedError
 */
export function takeApart(text: string, database: string): TakenApart {
  const tokens = [...sqlTokens(text)];
  refuseHidden(text, tokens);
  const cuts: Cut[] = [];
  const found = { settings: new Map<string, string>(), placeholders: [] as Placeholder[] };
  let format: string | undefined;
  let applies = 0;
  const withNames: string[] = [];
  for (let index = 0; index < tokens.length; index += 1) {
    const token = tokens[index];
    if (token === undefined) break;
    if (isClause(tokens, index, 'SETTINGS') && tokens[index + 2]?.text === '=') {
      const end = readSettings(text, tokens, index + 1, found.settings);
      cuts.push({ start: token.start, end: tokens[end - 1]?.end ?? token.end, sql: '', ast: '' });
      index = end - 1;
    } else if (isFormatClause(tokens, index)) {
      const name = tokens[index + 1];
      format = name === undefined ? undefined : bareName(text, name);
      cuts.push({ start: token.start, end: name?.end ?? token.end, sql: '', ast: '' });
      index += 1;
    } else if (token.text === '{' && token.kind === 'symbol') {
      const end = readPlaceholder(text, tokens, index, found.placeholders);
      const last = tokens[end];
      cuts.push({ start: token.start, end: last?.end ?? token.end, sql: undefined, ast: placeholderLiteral });
      index = end;
    } else if (isDatabaseName(tokens, index)) {
      cuts.push({ start: token.start, end: token.end, sql: database, ast: database });
    } else if (isDatabaseCall(tokens, index)) {
      const end = tokens[index + 2]?.end ?? token.end;
      cuts.push({ start: token.start, end, sql: `'${publicDatabase}'`, ast: `'${publicDatabase}'` });
      index += 2;
    } else if (isWithName(tokens, index)) withNames.push(bareName(text, token));
    else if (isWord(token, 'APPLY')) applies += isSafeApply(tokens, index) ? 1 : 0;
  }
  return {
    sql: rewrite(text, cuts, 'sql'),
    sqlForAst: rewrite(text, cuts, 'ast'),
    format,
    applies,
    ...found,
    withNames,
  };
}

interface Cut {
  readonly start: number;
  readonly end: number;
  /** What takes its place; undefined keeps the text. */
  readonly sql: string | undefined;
  readonly ast: string;
}

function rewrite(text: string, cuts: readonly Cut[], which: 'sql' | 'ast'): string {
  let result = '';
  let at = 0;
  for (const cut of cuts) {
    result += text.slice(at, cut.start) + (cut[which] ?? text.slice(cut.start, cut.end));
    at = cut.end;
  }
  return (result + text.slice(at)).trim();
}

function refuseHidden(text: string, tokens: readonly SqlToken[]): void {
  let end = 0;
  for (const [index, token] of tokens.entries()) {
    // A comment, or a character that we read differently than the engine does.
    if (/\S/.test(text.slice(end, token.start))) throw unreadable();
    end = token.end;
    if (token.kind === 'quoted-name' && /[\\\p{Cc}]/u.test(token.text)) {
      throw new StatementRefusedError(
        'EXPRESSION_NOT_ALLOWED',
        'a name has a backslash or a control character',
      );
    }
    if (isWord(token, 'OUTFILE') && tokens[index - 1]?.text === 'INTO') {
      throw new StatementRefusedError('OUTFILE_NOT_ALLOWED', 'INTO OUTFILE is not allowed');
    }
  }
  if (text.slice(end).trim() !== '') throw unreadable();
}

/** A keyword that starts a clause, not a column or an alias of that name. */
function isClause(tokens: readonly SqlToken[], index: number, keyword: string): boolean {
  const before = tokens[index - 1]?.text;
  return isWord(tokens[index], keyword) && before !== 'AS' && before !== '.' && before !== ',';
}

function isFormatClause(tokens: readonly SqlToken[], index: number): boolean {
  const token = tokens[index];
  if (!isClause(tokens, index, 'FORMAT') || token?.depth !== 0 || index === 0) return false;
  const name = tokens[index + 1];
  const after = tokens[index + 2];
  return (
    (name?.kind === 'word' || name?.kind === 'quoted-name') &&
    (after === undefined || after.text === 'SETTINGS')
  );
}

/** Reads `name = value, …` and returns the index of the first token behind the list. */
function readSettings(
  text: string,
  tokens: readonly SqlToken[],
  from: number,
  settings: Map<string, string>,
): number {
  let at = from;
  for (;;) {
    const name = tokens[at];
    const sign = tokens[at + 2]?.text === '-' ? 1 : 0;
    const value = tokens[at + 2 + sign];
    const isPair = name?.kind === 'word' && tokens[at + 1]?.text === '=';
    if (!isPair || (value?.kind !== 'literal' && value?.kind !== 'word')) {
      throw new StatementRefusedError(
        'SETTING_NOT_ALLOWED',
        'a setting has a value that is not a plain literal',
      );
    }
    const literal = text.slice(value.start, value.end);
    const plain = literal.startsWith("'") ? unquote(literal) : literal;
    settings.set(text.slice(name.start, name.end), `${sign === 1 ? '-' : ''}${plain}`);
    at += 3 + sign;
    if (tokens[at]?.text !== ',') return at;
    at += 1;
  }
}

function unquote(literal: string): string {
  const inner = literal.slice(1, -1);
  if (inner.includes('\\')) {
    throw new StatementRefusedError('SETTING_NOT_ALLOWED', 'a setting has a value with an escape in it');
  }
  return inner;
}

/** Reads `{name:Type}` and returns the index of its closing brace. */
function readPlaceholder(
  text: string,
  tokens: readonly SqlToken[],
  open: number,
  placeholders: Placeholder[],
): number {
  const name = tokens[open + 1];
  const close = tokens.findIndex(
    (token, index) => index > open && token.text === '}' && token.kind === 'symbol',
  );
  const type = tokens[open + 3];
  if (name?.kind !== 'word' || tokens[open + 2]?.text !== ':' || close < 0 || type === undefined) {
    throw new StatementRefusedError('EXPRESSION_NOT_ALLOWED', 'braces are only for parameters: {name:Type}');
  }
  const isName = ({ kind }: SqlToken): boolean => kind === 'word' || kind === 'quoted-name';
  const words = tokens.slice(open + 3, close).filter(isName);
  const isTuple = /^Tuple\b/.test(text.slice(type.start, type.end));
  const foreign = words.find((word) => !scalarTypes.test(text.slice(word.start, word.end)));
  if (foreign !== undefined && !isTuple) {
    const detail = `a parameter may not have the type ${text.slice(foreign.start, foreign.end)}`;
    throw new StatementRefusedError('PARAMETER_NOT_ALLOWED', detail);
  }
  if (words.some((word) => word.text === 'IDENTIFIER')) {
    throw new StatementRefusedError('PARAMETER_NOT_ALLOWED', 'a parameter may not be a name');
  }
  const typeText = text.slice(type.start, tokens[close]?.start).trim();
  placeholders.push({ name: text.slice(name.start, name.end), type: typeText });
  return close;
}

/** `haidang` before a dot and the name of a view. */
function isDatabaseName(tokens: readonly SqlToken[], index: number): boolean {
  const [before, token, dot, view] = [tokens[index - 1], tokens[index], tokens[index + 1], tokens[index + 2]];
  const isNamed = isWord(token, publicDatabase.toUpperCase()) || isQuoted(token, publicDatabase);
  if (!isNamed || before?.text === '.' || dot?.text !== '.') return false;
  if (view?.kind === 'quoted-name') return isViewName(view.text.slice(1, -1));
  return view?.kind === 'word' && isViewName(view.text.toLowerCase());
}

function isDatabaseCall(tokens: readonly SqlToken[], index: number): boolean {
  const token = tokens[index];
  const isCall = tokens[index + 1]?.text === '(' && tokens[index + 2]?.text === ')';
  return token?.kind === 'word' && namesOfDatabase.has(token.text) && isCall;
}

/** `APPLY name` or `APPLY name(literals)` of an allowed function; a lambda could hold anything. */
function isSafeApply(tokens: readonly SqlToken[], index: number): boolean {
  const name = tokens[index + 1];
  if (name?.kind !== 'word' || !isAllowedFunction(name.text)) return false;
  if (tokens[index + 2]?.text === '-' && tokens[index + 3]?.text === '>') return false;
  if (tokens[index + 2]?.text !== '(' || tokens[index + 2]?.start !== name.end) return true;
  let at = index + 3;
  while (tokens[at]?.kind === 'literal' || tokens[at]?.text === ',') at += 1;
  return tokens[at]?.text === ')';
}

/** The name in `name AS (SELECT`, `name AS MATERIALIZED (`, `name(columns) AS (`. */
function isWithName(tokens: readonly SqlToken[], index: number): boolean {
  const before = tokens[index - 1]?.text;
  const token = tokens[index];
  if (before !== 'WITH' && before !== 'RECURSIVE' && before !== ',') return false;
  return (token?.kind === 'word' || token?.kind === 'quoted-name') && tokens[index + 1]?.text === 'AS';
}

function bareName(text: string, token: SqlToken): string {
  const name = text.slice(token.start, token.end);
  return token.kind === 'quoted-name' ? name.slice(1, -1) : name;
}

function isWord(token: SqlToken | undefined, text: string): boolean {
  return token?.kind === 'word' && token.text === text;
}

function isQuoted(token: SqlToken | undefined, name: string): boolean {
  return token?.kind === 'quoted-name' && token.text.slice(1, -1) === name;
}

function unreadable(): StatementRefusedError {
  return new StatementRefusedError('EXPRESSION_NOT_ALLOWED', 'the statement cannot be read unambiguously');
}
