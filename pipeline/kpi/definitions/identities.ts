import { keyOf, ruleOf, windowName } from '../derived/input-rules.ts';
import type { Kpi } from '../kpi.ts';
import { hintOf } from '../rows/row-scope.ts';
import type { Complain } from '../rows/row-scope.ts';
import { parseExpression } from './expression.ts';
import type { Expression } from './expression.ts';
import type { WrittenIdentity } from './schema.ts';

/** Two expressions over KPIs that must agree in every window and key; names in them are ids of KPIs. */
export interface Identity {
  readonly id: string;
  readonly left: Expression;
  readonly right: Expression;
  /** The KPIs of both sides. */
  readonly kpis: readonly string[];
  /** Largest difference that is no fault. */
  readonly tolerance: number;
}

const KPI_ID = /[a-z][a-z-]*\.[a-z][a-z0-9_]*/g;

/**
 * Reads an identity. All its KPIs have the same windows and the same key: else there is nothing to compare.
 *
 * @returns null when it has mistakes, which `complain` has heard then
 */
export function readIdentity(
  written: WrittenIdentity,
  kpis: ReadonlyMap<string, Kpi>,
  complain: Complain,
): Identity | null {
  const ids = new Set<string>();
  const side = (name: 'left' | 'right'): Expression | null =>
    sideOf(written[name], ids, told(complain, name));
  const [left, right] = [side('left'), side('right')];
  const shapes = new Map<string, string>();
  let isRight = left !== null && right !== null;
  for (const id of ids) {
    const kpi = kpis.get(id);
    if (kpi === undefined) {
      isRight = false;
      complain(['left'], `"${id}" is no KPI`, hintOf(id, kpis.keys()));
    } else shapes.set(shapeOf(kpi), id);
  }
  if (shapes.size > 1) {
    isRight = false;
    complain(
      [],
      `${[...shapes.values()].join(' and ')} differ in window or key`,
      [...shapes.keys()].join('; '),
    );
  }
  if (!isRight || left === null || right === null) return null;
  return { id: written.id, left, right, kpis: [...ids], tolerance: written.tolerance ?? 0 };
}

type Tell = (reason: string, hint: string) => void;

function told(complain: Complain, name: string): Tell {
  return (reason, hint) => complain([name], reason, hint);
}

/** Ids hold dots and hyphens, which expressions do not: each stands as `k0`, `k1`, … while it is parsed. */
function sideOf(text: string, ids: Set<string>, tell: Tell): Expression | null {
  const named: string[] = [];
  const plain = text.replaceAll(KPI_ID, (id) => {
    ids.add(id);
    return `k${named.push(id) - 1}`;
  });
  const expression = parseExpression(plain);
  if (expression.kind === 'refused') {
    tell(`"${text}": ${expression.reason}`, 'numbers, ids of KPIs, + - * / and parentheses');
    return null;
  }
  return renamed(expression, named, tell);
}

function renamed(expression: Expression, named: readonly string[], tell: Tell): Expression | null {
  switch (expression.kind) {
    case 'number':
      return expression;
    case 'name': {
      const name = /^k\d+$/.test(expression.name) ? named[Number(expression.name.slice(1))] : undefined;
      if (name !== undefined) return { kind: 'name', name };
      tell(`"${expression.name}" is no id of a KPI`, 'an id is a subsystem, a dot and a name');
      return null;
    }
    case 'call':
      tell(`${expression.name}() cannot stand in an identity`, '+ - * / and parentheses');
      return null;
    case 'binary': {
      const left = renamed(expression.left, named, tell);
      const right = renamed(expression.right, named, tell);
      return left === null || right === null ? null : { ...expression, left, right };
    }
  }
}

function shapeOf(kpi: Kpi): string {
  const by = keyOf(kpi);
  return `${windowName(ruleOf(kpi))} by ${by.length === 0 ? 'nothing' : by.join(', ')}`;
}
