import { refused } from '../problem.ts';
import { placeholderNames, sqlTokens, type SqlToken } from '../sql-tokens.ts';

/** What a request asks the engine to do, as far as this interface must know. */
export type Statement =
  /** Answers with rows. `text` has no FORMAT clause; `settings` is the SETTINGS clause that followed it. */
  | {
      readonly kind: 'read';
      readonly text: string;
      /** An EXPLAIN comes back in memory: a pipe to write to would belong to the statement that it explains. */
      readonly output: 'pipe' | 'memory';
      readonly format: string | undefined;
      readonly settings: string;
      readonly placeholders: readonly string[];
    }
  /** An insert whose rows are data in `format`; they start at `dataStart` of the text, or are the body. */
  | {
      readonly kind: 'insert';
      readonly target: string;
      readonly settings: string;
      readonly format: string;
      readonly placeholders: readonly string[];
      readonly dataStart: number;
    }
  /** Everything else: DDL, INSERT … SELECT, INSERT … VALUES, KILL, OPTIMIZE, SYSTEM. */
  | { readonly kind: 'command'; readonly text: string; readonly placeholders: readonly string[] }
  /** SET and USE: they would bind the connection, which the next request shares; they have no effect. */
  | { readonly kind: 'nothing' };

const readers = new Set('SELECT WITH FROM SHOW DESCRIBE DESC EXISTS EXPLAIN CHECK'.split(' '));

/**
 * Decides which kind of statement a text is, and takes it apart where the hand-over needs it.
 *
 * Refuses (StatementError): an empty text, several statements, FROM INFILE and INTO OUTFILE (a client must not
 * choose files of this machine), and temporary tables (they would outlive the request).
 */
export function parseStatement(text: string): Statement {
  const tokens: SqlToken[] = [];
  for (const token of sqlTokens(text)) {
    tokens.push(token);
    const insert = insertWithData(text, tokens);
    if (insert !== undefined) return insert;
  }
  const body = oneStatement(tokens);
  const first = body.find((token) => token.text !== '(');
  if (first === undefined) throw refused(62, 'SYNTAX_ERROR', 'Syntax error: Empty query');
  refuseFiles(body);
  const end = body.at(-1)?.end ?? 0;
  const placeholders = placeholderNames(text, body);
  if (first.text === 'SET' || first.text === 'USE') return { kind: 'nothing' };
  if (first.kind !== 'word' || !readers.has(first.text) || isInsertAfterWith(body)) {
    refuseTemporary(body);
    return { kind: 'command', text: text.slice(0, end), placeholders };
  }
  const output = first.text === 'EXPLAIN' ? 'memory' : 'pipe';
  const at = formatClause(body);
  if (at === undefined) {
    return { kind: 'read', text: text.slice(0, end), output, format: undefined, settings: '', placeholders };
  }
  const [keyword, name] = at;
  return {
    kind: 'read',
    text: text.slice(0, keyword.start),
    output,
    format: text.slice(name.start, name.end),
    settings: text.slice(name.end, end).trim(),
    placeholders,
  };
}

/** The keyword and the name of a FORMAT clause at the end of a statement; a column may be named `format`. */
function formatClause(tokens: readonly SqlToken[]): [SqlToken, SqlToken] | undefined {
  for (let index = tokens.length - 2; index > 0; index -= 1) {
    const [before, keyword, name, after] = tokens.slice(index - 1, index + 3);
    if (keyword === undefined || name === undefined || before === undefined) continue;
    if (keyword.text !== 'FORMAT' || keyword.kind !== 'word' || keyword.depth > 0) continue;
    if (before.text === 'AS' || before.text === ',' || before.text === '.') continue;
    if (name.kind === 'word' && (after === undefined || after.text === 'SETTINGS')) return [keyword, name];
  }
  return undefined;
}

/** Recognises `INSERT INTO … FORMAT name` as soon as the name is read: what follows is data, not SQL. */
function insertWithData(text: string, tokens: readonly SqlToken[]): Statement | undefined {
  const name = tokens.at(-1);
  const keyword = tokens.at(-2);
  if (tokens[0]?.text !== 'INSERT' || keyword?.text !== 'FORMAT' || keyword.kind !== 'word') return undefined;
  if (name?.kind !== 'word' || keyword.depth > 0 || tokens.length < 4) return undefined;
  const clauses = tokens.filter((token) => token.depth === 0 && token.kind === 'word');
  const source = ['SELECT', 'VALUES', 'WITH'].find((word) => clauses.some((token) => token.text === word));
  if (source !== undefined) return undefined;
  refuseFiles(tokens);
  const settings = clauses.find((token) => token.text === 'SETTINGS');
  const gap = /^[ \t\r]*(?:\n|;[ \t\r]*\n?)?/.exec(text.slice(name.end));
  return {
    kind: 'insert',
    target: text.slice(0, settings?.start ?? keyword.start),
    settings: settings === undefined ? '' : text.slice(settings.start, keyword.start),
    format: text.slice(name.start, name.end),
    placeholders: placeholderNames(text, tokens),
    dataStart: name.end + (gap?.[0].length ?? 0),
  };
}

function oneStatement(tokens: readonly SqlToken[]): readonly SqlToken[] {
  const isStop = (token: SqlToken): boolean => token.kind === 'symbol' && token.text === ';';
  const stop = tokens.findIndex(isStop);
  if (stop < 0) return tokens;
  const extra = tokens.slice(stop).find((token) => !isStop(token));
  if (extra !== undefined) {
    throw refused(
      62,
      'SYNTAX_ERROR',
      `Syntax error (Multi-statements are not allowed): failed at position ${extra.start + 1}`,
    );
  }
  return tokens.slice(0, stop);
}

function isInsertAfterWith(tokens: readonly SqlToken[]): boolean {
  return tokens.some(
    (token, index) => token.text === 'INSERT' && token.depth === 0 && tokens[index + 1]?.text === 'INTO',
  );
}

function refuseFiles(tokens: readonly SqlToken[]): void {
  const isFile = (token: SqlToken, index: number): boolean => {
    const before = tokens[index - 1]?.text;
    if (token.kind !== 'word') return false;
    return (token.text === 'OUTFILE' && before === 'INTO') || (token.text === 'INFILE' && before === 'FROM');
  };
  if (tokens.some(isFile)) {
    throw refused(48, 'NOT_IMPLEMENTED', 'INTO OUTFILE and FROM INFILE are not allowed over HTTP');
  }
}

function refuseTemporary(tokens: readonly SqlToken[]): void {
  const [first, second, third, fourth] = tokens.map((token) => token.text);
  const isTemporary = second === 'TEMPORARY' || (third === 'REPLACE' && fourth === 'TEMPORARY');
  if ((first === 'CREATE' || first === 'REPLACE') && isTemporary) {
    throw refused(48, 'NOT_IMPLEMENTED', 'Temporary tables need a session, and this interface has none');
  }
}
