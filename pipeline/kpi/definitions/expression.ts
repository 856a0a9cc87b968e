/** An expression of a definition: numbers, measures, calls and the four operations. */
export type Expression =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Expression[] }
  | {
      readonly kind: 'binary';
      readonly operator: Operator;
      readonly left: Expression;
      readonly right: Expression;
    };

/** The four operations. */
export type Operator = '+' | '-' | '*' | '/';

/** What is wrong with a text that is no expression. */
export interface Refusal {
  readonly kind: 'refused';
  readonly reason: string;
}

/** Deepest nesting that is read; a definition that needs more is not readable either. */
export const expressionDepthMax = 20;

const TOKEN = /\s*(?:(\d+(?:\.\d+)?)|(attributes\.[A-Za-z][A-Za-z0-9_]*|[A-Za-z][A-Za-z0-9]*)|([-+*/(),]))/y;

/**
 * Reads an expression.
 *
 * ```text
 * sum     := product (('+' | '-') product)*
 * product := operand (('*' | '/') operand)*
 * operand := number | '-' operand | name | name '(' sum (',' sum)* ')' | '(' sum ')'
 * name    := letters and digits, or those after 'attributes.'
 * ```
 */
export function parseExpression(text: string): Expression | Refusal {
  try {
    return new Parser(tokensOf(text)).all();
  } catch (error) {
    if (error instanceof ExpressionMistake) return { kind: 'refused', reason: error.message };
    throw error;
  }
}

class ExpressionMistake extends Error {}

function tokensOf(text: string): string[] {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  while (text.slice(TOKEN.lastIndex).trim() !== '') {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (match === null) throw new ExpressionMistake(`cannot read "${text.slice(at).trim()}"`);
    tokens.push(match[0].trim());
  }
  return tokens;
}

class Parser {
  readonly #tokens: readonly string[];
  #next = 0;

  constructor(tokens: readonly string[]) {
    this.#tokens = tokens;
  }

  all(): Expression {
    const expression = this.#sum(0);
    const rest = this.#tokens[this.#next];
    if (rest !== undefined) throw new ExpressionMistake(`"${rest}" is not expected here`);
    return expression;
  }

  #sum(depth: number): Expression {
    let left = this.#product(depth);
    for (let operator = this.#take('+', '-'); operator !== undefined; operator = this.#take('+', '-')) {
      left = { kind: 'binary', operator, left, right: this.#product(depth) };
    }
    return left;
  }

  #product(depth: number): Expression {
    let left = this.#operand(depth);
    for (let operator = this.#take('*', '/'); operator !== undefined; operator = this.#take('*', '/')) {
      left = { kind: 'binary', operator, left, right: this.#operand(depth) };
    }
    return left;
  }

  #operand(depth: number): Expression {
    if (depth > expressionDepthMax) throw new ExpressionMistake('it is nested too deeply');
    const token = this.#tokens[this.#next];
    this.#next += 1;
    if (token === undefined) throw new ExpressionMistake('it ends too early');
    if (/^\d/.test(token)) return { kind: 'number', value: Number(token) };
    if (token === '-') {
      const zero = { kind: 'number', value: 0 } as const;
      return { kind: 'binary', operator: '-', left: zero, right: this.#operand(depth + 1) };
    }
    if (token === '(') {
      const inner = this.#sum(depth + 1);
      this.#expect(')');
      return inner;
    }
    if (!/^[A-Za-z]/.test(token)) throw new ExpressionMistake(`"${token}" is not expected here`);
    if (this.#take('(') === undefined) return { kind: 'name', name: token };
    const args = [this.#sum(depth + 1)];
    while (this.#take(',') !== undefined) args.push(this.#sum(depth + 1));
    this.#expect(')');
    return { kind: 'call', name: token, args };
  }

  #take<Token extends string>(...expected: readonly Token[]): Token | undefined {
    const found = expected.find((token) => token === this.#tokens[this.#next]);
    if (found !== undefined) this.#next += 1;
    return found;
  }

  #expect(token: string): void {
    if (this.#take(token) === undefined) throw new ExpressionMistake(`"${token}" is missing`);
  }
}
