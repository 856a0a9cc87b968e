/** One line of the engine's `EXPLAIN AST`: what it is, the text after that word, and the lines below it. */
export interface AstNode {
  /** First word of the line: `Function`, `TableIdentifier`, `Literal`, … */
  readonly kind: string;
  /** The rest of the line without alias and count of children: a function's name, a table's, a literal. */
  readonly text: string;
  readonly alias: string | undefined;
  readonly children: readonly AstNode[];
}

/** Deepest tree that is read; the engine's own parser stops at 1,000 and deeper ones are nobody's question. */
export const astDepthMax = 1_000;

/**
 * Reads the output of `EXPLAIN AST` back into a tree.
 *
 * Strict on purpose: every count of children must agree with the lines, so that a name with a line break or with
 * brackets in it cannot pass for another node.
 *
 * @returns undefined when the text is not a tree; the caller then refuses the statement
 */
export function parseAst(text: string): AstNode | undefined {
  const lines = text.split('\n').filter((line) => line !== '');
  const cursor = { lines, at: 0 };
  const root = readNode(cursor, 0);
  return cursor.at === lines.length ? root : undefined;
}

interface Cursor {
  readonly lines: readonly string[];
  at: number;
}

// The alias stands before a function's count of children, and nothing follows that count.
const suffix = /^(.*?)(?: \(alias (.*?)\))?(?: \(children (\d+)\))?$/;

function readNode(cursor: Cursor, depth: number): AstNode | undefined {
  const raw = cursor.lines[cursor.at];
  if (raw === undefined || depth > astDepthMax) return undefined;
  const indent = raw.length - raw.trimStart().length;
  const [, body = '', alias, count = '0'] = suffix.exec(raw.slice(indent)) ?? [];
  if (indent !== depth || body === '') return undefined;
  cursor.at += 1;
  const space = body.indexOf(' ');
  const kind = space < 0 ? body : body.slice(0, space);
  const children: AstNode[] = [];
  for (let index = 0; index < Number(count); index += 1) {
    const child = readNode(cursor, depth + 1);
    if (child === undefined) return undefined;
    children.push(child);
  }
  return { kind, text: space < 0 ? '' : body.slice(space + 1), alias, children };
}
