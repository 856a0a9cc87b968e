import { StatementRefusedError, type StatementPlace } from '../../errors.ts';
import type { VisibilityCeiling } from '../../../pipeline/runtime/access/tokens.ts';
import { parseAst } from './ast-tree.ts';
import { plainText, takeApart, type Placeholder } from './canonical-text.ts';
import { formatOf, noFormat, type Format } from './formats.ts';
import { settingUse } from './harmless-settings.ts';
import { judgeTree, type Judgement, type StatementKind } from './judge-tree.ts';
import { placeOfByte, placeOfName } from './place.ts';
import { shownInstead } from './show.ts';
import { ceilingDatabase } from './views.ts';

/** The engine's parser. Neither call runs anything of the statement; the text travels as a literal at first. */
export interface StatementParser {
  /** The statement on one line as the engine's own formatter writes it, or why it cannot be parsed. */
  format(text: string): Promise<Formatted>;
  /** `EXPLAIN AST` of a text that `format` has written. */
  explainAst(canonical: string): Promise<Explained>;
}

/** Outcome of `format`. */
export type Formatted =
  /** `isStable`: formatting it again changes nothing. */
  { readonly kind: 'formatted'; readonly text: string; readonly isStable: boolean } | ParseFailure;

/** Outcome of `explainAst`. */
export type Explained = { readonly kind: 'tree'; readonly text: string } | ParseFailure;

/** The engine's parser does not accept a text. */
export interface ParseFailure {
  readonly kind: 'failed';
  readonly message: string;
  /** 1-based byte offset in the text, when the engine names one. */
  readonly byte: number | undefined;
}

/** A statement that may run, and only in this form. */
export interface Verdict {
  readonly kind: StatementKind;
  /** What is sent to the engine, without FORMAT and SETTINGS. */
  readonly sql: string;
  readonly format: Format | undefined;
  readonly settings: ReadonlyMap<string, string>;
  readonly placeholders: readonly Placeholder[];
}

/** Longest statement, bytes of UTF-8. */
export const statementBytesMax = 256 * 1024;

/** Most verdicts that are remembered, and the longest text of one. */
export const verdictsMax = 2_000;
const rememberedLengthMax = 8 * 1024;

/**
 * Decides whether a statement may run, by the engine's own parse of it.
 *
 *     text --formatter--> one line --take apart--> question --EXPLAIN AST--> tree --judge--> verdict
 *      \------- plain already ----------/
 *
 * Whoever asks runs `verdict.sql`, never the text that was sent. Verdicts are remembered by text and ceiling.
 */
export class Guard {
  readonly #parser: StatementParser;
  readonly #judged: (how: 'known' | 'anew') => void;
  readonly #verdicts = new Map<string, Verdict>();

  /** @param judged hears how each statement was judged */
  constructor(parser: StatementParser, judged: (how: 'known' | 'anew') => void = () => undefined) {
    this.#parser = parser;
    this.#judged = judged;
  }

  /** @throws StatementRefusedError; then nothing ran but the engine's parser. */
  async judge(text: string, ceiling: VisibilityCeiling): Promise<Verdict> {
    const key = `${ceiling}\n${text}`;
    const known = this.#verdicts.get(key);
    this.#judged(known === undefined ? 'anew' : 'known');
    if (known !== undefined) {
      this.#verdicts.delete(key);
      this.#verdicts.set(key, known);
      return known;
    }
    const verdict = await this.#judgeNew(text, ceilingDatabase(ceiling));
    if (text.length <= rememberedLengthMax) this.#remember(key, verdict);
    return verdict;
  }

  #remember(key: string, verdict: Verdict): void {
    this.#verdicts.set(key, verdict);
    if (this.#verdicts.size <= verdictsMax) return;
    for (const oldest of this.#verdicts.keys()) {
      this.#verdicts.delete(oldest);
      return;
    }
  }

  async #judgeNew(text: string, database: string): Promise<Verdict> {
    refuseUnreadable(text);
    const shown = shownInstead(text);
    if (shown !== undefined) {
      const format = readFormat(shown.format, text);
      return { kind: 'select', sql: shown.sql, format, settings: new Map(), placeholders: [] };
    }
    const plain = plainText(text.replace(/[\s;]+$/, ''));
    if (plain !== undefined) {
      const verdict = await this.#judgeReadable(plain, text, database);
      // A text that the parser does not take goes on, since only the formatter says where the mistake is.
      if ('sql' in verdict) return verdict;
    }
    const formatted = await this.#parser.format(text);
    if (formatted.kind === 'failed') throw parseError(formatted, text);
    if (!formatted.isStable) throw ambiguous();
    refuseOtherVerbs(formatted.text, text);
    const verdict = await this.#judgeReadable(formatted.text, text, database);
    if ('sql' in verdict) return verdict;
    throw new StatementRefusedError('EXPRESSION_NOT_ALLOWED', verdict.message.slice(0, 300));
  }

  /** @param readable the text in a form that can be read in one way only; what runs is made of it */
  async #judgeReadable(readable: string, text: string, database: string): Promise<Verdict | ParseFailure> {
    const parts = takeApart(readable, database);
    const format = readFormat(parts.format, text);
    const settings = readSettings(parts.settings, text);
    const explained = await this.#parser.explainAst(parts.sqlForAst);
    if (explained.kind === 'failed') return explained;
    const tree = parseAst(explained.text);
    if (tree === undefined) throw ambiguous();
    const judgement = judgeTree(tree, { database, ...parts });
    if (judgement.kind === 'objection') throw refusal(judgement, text);
    const { kind } = judgement;
    return { kind, sql: parts.sql, format, settings, placeholders: parts.placeholders };
  }
}

function ambiguous(): StatementRefusedError {
  return new StatementRefusedError('EXPRESSION_NOT_ALLOWED', 'the statement cannot be read unambiguously');
}

const verbs = /^\(*\s*(?:SELECT|WITH|EXPLAIN|DESCRIBE)\b/;
// The formatter writes each of these words and settings with one space behind it.
const explained = /^EXPLAIN (?:(?:AST|SYNTAX|QUERY TREE|PLAN|PIPELINE|ESTIMATE) )?(?:\w+ = \w+,? )*\(*(\w+)/;

// The tree says it again. This comes first so that no other verb is ever behind the words EXPLAIN AST.
function refuseOtherVerbs(canonical: string, text: string): void {
  const inner = explained.exec(canonical)?.[1];
  const isForeign = inner !== undefined && !/^(?:SELECT|WITH|EXPLAIN)$/.test(inner);
  if (verbs.test(canonical) && !isForeign) return;
  const verb = isForeign ? inner : (/\w+/.exec(canonical)?.[0] ?? '');
  const what = isForeign ? `EXPLAIN ${verb}` : verb;
  const detail = `${what} is not allowed: only SELECT, EXPLAIN of a SELECT, and DESCRIBE of a view are`;
  throw new StatementRefusedError('STATEMENT_NOT_ALLOWED', detail, placeOfName(text, verb));
}

function refuseUnreadable(text: string): void {
  if (Buffer.byteLength(text) > statementBytesMax) {
    const detail = `a statement has at most ${statementBytesMax} bytes`;
    throw new StatementRefusedError('STATEMENT_TOO_LARGE', detail);
  }
  if (/^[\s;]*$/.test(text)) throw new StatementRefusedError('EMPTY_STATEMENT', 'the statement is empty');
  const control = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f\u2028\u2029\ufffd]/.exec(text);
  if (control !== null) {
    const detail = 'the statement has a control character or is not UTF-8';
    const byte = Buffer.byteLength(text.slice(0, control.index)) + 1;
    throw new StatementRefusedError('SYNTAX_ERROR', detail, placeOfByte(text, byte));
  }
}

function parseError(failure: ParseFailure, text: string): StatementRefusedError {
  const isMany = failure.message.includes('Multi-statements');
  const code = isMany ? 'MULTIPLE_STATEMENTS' : 'SYNTAX_ERROR';
  const detail = isMany ? 'one statement at a time' : failure.message.slice(0, 500);
  const place = failure.byte === undefined ? undefined : placeOfByte(text, failure.byte);
  return new StatementRefusedError(code, detail, place);
}

function refusal(judgement: Extract<Judgement, { kind: 'objection' }>, text: string): StatementRefusedError {
  const place: StatementPlace | undefined = placeOfName(text, judgement.name);
  return new StatementRefusedError(judgement.code, judgement.detail.slice(0, 500), place);
}

function readFormat(name: string | undefined, text: string): Format | undefined {
  if (name === undefined) return undefined;
  const format = formatOf(name);
  if (format !== undefined) return format;
  throw new StatementRefusedError('FORMAT_NOT_ALLOWED', noFormat(name), placeOfName(text, name));
}

function readSettings(settings: ReadonlyMap<string, string>, text: string): ReadonlyMap<string, string> {
  const applied = new Map<string, string>();
  for (const [name, value] of settings) {
    const use = settingUse(name);
    if (use === undefined) {
      const detail = `setting ${name} is not allowed`;
      throw new StatementRefusedError('SETTING_NOT_ALLOWED', detail, placeOfName(text, name));
    }
    if (use === 'applied') applied.set(name, value);
  }
  return applied;
}
