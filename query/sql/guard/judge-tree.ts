import type { RefusalCode } from '../../errors.ts';
import type { AstNode } from './ast-tree.ts';
import { placeholderLiteral } from './canonical-text.ts';
import { isAllowedFunction, numbersMax, tableFunctions } from './functions.ts';
import { isPlannedViewName, isViewName, viewNames } from './views.ts';

/** What a statement is, once its tree is allowed. */
export type StatementKind = 'select' | 'explain' | 'describe';

/** Why a tree is refused; `name` is what to look for in the text that was sent. */
export interface Objection {
  readonly kind: 'objection';
  readonly code: RefusalCode;
  readonly detail: string;
  readonly name: string;
}

/** The judgement of a tree. */
export type Judgement = { readonly kind: StatementKind } | Objection;

/** Where a name may point. */
export interface Scope {
  /** The ceiling's database: `kpis` and `haidang_internal.kpis` are the same view. */
  readonly database: string;
  /** Names of WITH clauses, which the tree does not show. */
  readonly withNames: readonly string[];
  /** Transformers `APPLY` whose function the text has shown to be allowed. */
  readonly applies: number;
}

/** Nodes that hold nothing but their children. Every other kind of node has a rule below or is refused. */
const transparent: ReadonlySet<string> = new Set(
  `SelectWithUnionQuery SelectQuery SelectIntersectExceptQuery ExpressionList TablesInSelectQuery
   TablesInSelectQueryElement TableJoin ArrayJoin Subquery Literal Asterisk QualifiedAsterisk
   ColumnsTransformerList ColumnsExceptTransformer ColumnsReplaceTransformer
   ColumnsReplaceTransformer::Replacement ColumnsRegexpMatcher ColumnsListMatcher
   QualifiedColumnsRegexpMatcher QualifiedColumnsListMatcher OrderByElement InterpolateElement SampleRatio
   WindowDefinition WindowListElement WithElement`.split(/\s+/),
);

const explainKinds: ReadonlySet<string> = new Set([
  'EXPLAIN',
  'EXPLAIN AST',
  'EXPLAIN SYNTAX',
  'EXPLAIN QUERY TREE',
]);

const databases = /^(?:system|information_schema|default|haidang(?:_[a-z]+)?)$/i;

const databaseOfView = /^haidang(?:_[a-z]+)?\./;

const membership = /^(?:global)?(?:not)?(?:null)?in(?:ignoreset)?$/i;

/**
 * Judges the engine's own parse of a statement. Pure.
 *
 * Allowed: SELECT, EXPLAIN of a SELECT, DESCRIBE of a view or a subquery; the views; listed functions and table
 * functions. A node that is not known here is refused, so that a new engine's new syntax starts as forbidden.
 */
export function judgeTree(root: AstNode, scope: Scope): Judgement {
  const statement = statementOf(root);
  if ('code' in statement) return statement;
  const walk: Walk = { scope, ownNames: new Set(scope.withNames), applies: 0 };
  collectOwnNames(root, walk.ownNames);
  const objection = firstObjection(statement.body, walk);
  if (objection !== undefined) return objection;
  if (walk.applies !== scope.applies) {
    return object('EXPRESSION_NOT_ALLOWED', 'APPLY takes the name of an allowed function', 'APPLY');
  }
  return { kind: statement.kind };
}

interface Walk {
  readonly scope: Scope;
  /** Names that the statement itself gives: WITH, and every alias. */
  readonly ownNames: Set<string>;
  applies: number;
}

function statementOf(root: AstNode): { kind: StatementKind; body: readonly AstNode[] } | Objection {
  const [only, ...more] = root.children;
  // A second child would be a FORMAT, a file to write or settings, all of which were taken off before.
  if (only === undefined || more.length > 0) return notAllowed(root);
  if (root.kind === 'SelectWithUnionQuery') return { kind: 'select', body: [root] };
  if (root.kind === 'DescribeQuery' && only.kind === 'TableExpression')
    return { kind: 'describe', body: [only] };
  const isSelect = only.kind === 'SelectWithUnionQuery' && only.children.length === 1;
  if (root.kind === 'Explain' && explainKinds.has(root.text) && isSelect)
    return { kind: 'explain', body: [only] };
  return notAllowed(root);
}

function notAllowed(root: AstNode): Objection {
  const detail = 'only SELECT, EXPLAIN of a SELECT, and DESCRIBE of a view are allowed';
  return object('STATEMENT_NOT_ALLOWED', detail, root.text.split(' ')[0] ?? '');
}

// Names are collected over the whole statement. That is generous where scopes are concerned, and safe: an
// unqualified name that is nobody's in its scope can only be found in the ceiling's database, which holds views.
function collectOwnNames(root: AstNode, names: Set<string>): void {
  const pending = [root];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (node.alias !== undefined) names.add(node.alias);
    pending.push(...node.children);
  }
}

function firstObjection(nodes: readonly AstNode[], walk: Walk): Objection | undefined {
  const pending = [...nodes];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    const objection = judgeNode(node, walk);
    if (objection !== undefined) return objection;
    for (const child of node.children) {
      // What stands in FROM is judged by its own rules; only its arguments are ordinary expressions.
      const isTableFunction = node.kind === 'TableExpression' && child.kind === 'Function';
      if (isTableFunction) pending.push(...child.children);
      else pending.push(child);
    }
  }
  return undefined;
}

function judgeNode(node: AstNode, walk: Walk): Objection | undefined {
  switch (node.kind) {
    case 'Function':
      return judgeFunction(node, walk);
    case 'TableIdentifier':
      return isTable(node.text, walk) ? undefined : noTable(node.text);
    case 'TableExpression':
      return judgeTableFunction(node.children.find((child) => child.kind === 'Function'));
    case 'Identifier':
      return judgeIdentifier(node.text, walk);
    case 'ColumnsApplyTransformer':
      walk.applies += 1;
      return undefined;
    default:
      if (transparent.has(node.kind)) return undefined;
      return object(
        'EXPRESSION_NOT_ALLOWED',
        'this kind of expression is not allowed',
        node.text.split(' ')[0] ?? '',
      );
  }
}

/** A column. One that begins with the name of a database is refused, wherever the engine would look for it. */
function judgeIdentifier(name: string, walk: Walk): Objection | undefined {
  const [database = '', view = ''] = name.split('.');
  if (!name.includes('.') || !databases.test(database)) return undefined;
  return database === walk.scope.database && isViewName(view) ? undefined : noTable(name);
}

function judgeFunction(node: AstNode, walk: Walk): Objection | undefined {
  if (!isAllowedFunction(node.text)) {
    return object('FUNCTION_NOT_ALLOWED', `function ${node.text} is not allowed`, node.text);
  }
  if (!membership.test(node.text)) return undefined;
  // `x IN name`: the name may be a table's.
  const set = node.children[0]?.children[1];
  if (set?.kind !== 'Identifier' || isTable(set.text, walk)) return undefined;
  return noTable(set.text);
}

function isTable(name: string, walk: Walk): boolean {
  if (isViewName(name)) return true;
  const prefix = `${walk.scope.database}.`;
  if (name.startsWith(prefix)) return isViewName(name.slice(prefix.length));
  return walk.ownNames.has(name) && !name.includes('.');
}

function noTable(name: string): Objection {
  const view = name.replace(databaseOfView, '');
  if (isPlannedViewName(view)) {
    const detail = `the view ${view} is part of the contract and not built yet; the views are ${viewNames.join(', ')}`;
    return object('NOT_BUILT', detail, name);
  }
  return object('TABLE_NOT_ALLOWED', `there is no view ${name}; the views are ${viewNames.join(', ')}`, name);
}

function judgeTableFunction(node: AstNode | undefined): Objection | undefined {
  if (node === undefined) return undefined;
  const name = node.text.toLowerCase();
  if (!tableFunctions.has(name)) {
    return object('TABLE_FUNCTION_NOT_ALLOWED', `table function ${node.text} is not allowed`, node.text);
  }
  if (name === 'values') return undefined;
  const argumentList = node.children[0]?.children ?? [];
  const isBounded = argumentList.length > 0 && argumentList.every((argument) => isBoundedNumber(argument));
  if (isBounded) return undefined;
  const detail = `${node.text} takes plain numbers up to ${numbersMax}`;
  return object('TABLE_FUNCTION_NOT_ALLOWED', detail, node.text);
}

/** A literal in bounds, or a parameter, whose number the limit on rows read bounds. */
function isBoundedNumber(node: AstNode): boolean {
  if (node.kind !== 'Literal') return false;
  if (node.text === placeholderLiteral) return true;
  const number = /^U?Int64_(-?\d+)$/.exec(node.text)?.[1];
  return number !== undefined && Math.abs(Number(number)) <= numbersMax;
}

function object(code: RefusalCode, detail: string, name: string): Objection {
  return { kind: 'objection', code, detail, name };
}
