import type { Token, TokenRole } from '../../../pipeline/runtime/access/tokens.ts';
import { ForbiddenError, TooManyStatementsError } from '../../errors.ts';

/** Bounds of one token's statements. */
export interface StatementLimits {
  /** Statements of this token that run at once. */
  readonly concurrentMax: number;
  readonly secondsMax: number;
  readonly resultRowsMax: number;
  readonly resultBytesMax: number;
  readonly readRowsMax: number;
  readonly memoryBytesMax: number;
}

const limits: Readonly<Record<Exclude<TokenRole, 'ingest'>, StatementLimits>> = {
  wall: {
    ...{ concurrentMax: 4, secondsMax: 5, resultRowsMax: 200_000, resultBytesMax: 64 * 2 ** 20 },
    ...{ readRowsMax: 100_000_000, memoryBytesMax: 512 * 2 ** 20 },
  },
  analyst: {
    ...{ concurrentMax: 4, secondsMax: 30, resultRowsMax: 5_000_000, resultBytesMax: 1024 * 2 ** 20 },
    ...{ readRowsMax: 1_000_000_000, memoryBytesMax: 1024 * 2 ** 20 },
  },
  admin: {
    ...{ concurrentMax: 8, secondsMax: 60, resultRowsMax: 50_000_000, resultBytesMax: 8192 * 2 ** 20 },
    ...{ readRowsMax: 10_000_000_000, memoryBytesMax: 2048 * 2 ** 20 },
  },
};

/** The limits of a token. @throws ForbiddenError for a token that only pushes events. */
export function limitsOf(token: Token): StatementLimits {
  if (token.role !== 'ingest') return limits[token.role];
  throw new ForbiddenError('this token pushes events; to ask, use an analyst token');
}

/** The limits as the engine's settings. */
export function limitSettings(of: StatementLimits): Readonly<Record<string, string>> {
  return {
    max_execution_time: String(of.secondsMax),
    timeout_overflow_mode: 'throw',
    max_result_rows: String(of.resultRowsMax),
    max_result_bytes: String(of.resultBytesMax),
    result_overflow_mode: 'throw',
    max_rows_to_read: String(of.readRowsMax),
    read_overflow_mode: 'throw',
    max_memory_usage: String(of.memoryBytesMax),
    max_threads: '1',
    max_query_size: '2097152',
    max_parser_depth: '600',
    max_recursive_cte_evaluation_depth: '100',
    allow_introspection_functions: '0',
  };
}

/** Counts the statements that each token runs now. */
export class StatementSlots {
  readonly #running = new Map<string, number>();

  /**
   * Takes a slot. Call what it returns once, when the statement has ended.
   *
   * @throws TooManyStatementsError when the token has none left
   */
  take(token: Token, max: number): () => void {
    const now = this.#running.get(token.sha256) ?? 0;
    if (now >= max) {
      throw new TooManyStatementsError(`this token runs ${max} statements at once; wait for one to end`);
    }
    this.#running.set(token.sha256, now + 1);
    let isTaken = true;
    return () => {
      if (!isTaken) return;
      isTaken = false;
      const left = (this.#running.get(token.sha256) ?? 1) - 1;
      if (left > 0) this.#running.set(token.sha256, left);
      else this.#running.delete(token.sha256);
    };
  }

  /** Statements that run now, of all tokens. */
  get running(): number {
    let sum = 0;
    for (const count of this.#running.values()) sum += count;
    return sum;
  }
}
