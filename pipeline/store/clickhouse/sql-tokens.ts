/** A piece of a statement; `start` and `end` are offsets in the text, `depth` counts open brackets before it. */
export interface SqlToken {
  readonly kind: 'word' | 'literal' | 'quoted-name' | 'symbol';
  /** Words in upper case, so that they can be compared with keywords; everything else as written. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
  readonly depth: number;
}

const space = /[\s\0]+|--[^\n]*|#[ !][^\n]*|\/\*[^]*?(?:\*\/|$)/y;
const word = /[\p{L}_][\p{L}\p{N}_$]*/uy;
const numeric = /\d[\p{L}\p{N}_.]*/uy;
// The engine also takes typographic quotes; without them a quote inside could hide what follows.
const singleQuoted = /'(?:[^'\\]|\\[^]|'')*(?:'|$)|\u2018[^\u2019]*(?:\u2019|$)/y;
const quotedName = /`(?:[^`\\]|\\[^]|``)*(?:`|$)|"(?:[^"\\]|\\[^]|"")*(?:"|$)|\u201c[^\u201d]*(?:\u201d|$)/y;
const heredoc = /\$(\w*)\$[^]*?(?:\$\1\$|$)/y;

/**
 * Cuts a ClickHouse statement into tokens, lazily, so that a caller may stop where an insert's data begins.
 *
 * It knows only what decides where a token ends: quotes, escapes, heredocs and the three kinds of comment.
 * It does not judge the statement: the engine's parser does that. An unclosed quote runs to the end.
 */
export function* sqlTokens(text: string): Generator<SqlToken> {
  let position = 0;
  let depth = 0;
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = position;
    return pattern.exec(text)?.[0];
  };
  while (position < text.length) {
    const skipped = match(space);
    if (skipped !== undefined) {
      position += skipped.length;
      continue;
    }
    const [kind, found] = nextToken(match, text.charAt(position));
    const token = { kind, start: position, end: position + found.length, depth };
    position = token.end;
    if (found === '(' || found === '[' || found === '{') depth += 1;
    if (found === ')' || found === ']' || found === '}') depth = Math.max(0, depth - 1);
    yield { ...token, text: kind === 'word' ? found.toUpperCase() : found };
  }
}

/** Names of the placeholders `{name:Type}` of a statement, in order of appearance, each once. */
export function placeholderNames(text: string, tokens: readonly SqlToken[]): readonly string[] {
  const names = new Set<string>();
  for (const [index, token] of tokens.entries()) {
    if (token.text !== '{' || token.kind !== 'symbol') continue;
    const name = tokens[index + 1];
    const isNamed = name?.kind === 'word' || name?.kind === 'literal';
    if (isNamed && tokens[index + 2]?.text === ':') names.add(text.slice(name.start, name.end));
  }
  return [...names];
}

/** A value as a single-quoted literal: only backslash, quote and NUL can end or shift one. */
export function sqlLiteral(value: string): string {
  return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\0', '\\0')}'`;
}

/** A name in backticks. */
export function sqlName(name: string): string {
  return `\`${name.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``;
}

function nextToken(
  match: (pattern: RegExp) => string | undefined,
  first: string,
): [SqlToken['kind'], string] {
  const literal = match(singleQuoted) ?? match(heredoc) ?? match(numeric);
  if (literal !== undefined) return ['literal', literal];
  const name = match(quotedName);
  if (name !== undefined) return ['quoted-name', name];
  const plain = match(word);
  if (plain !== undefined) return ['word', plain];
  return ['symbol', first];
}
