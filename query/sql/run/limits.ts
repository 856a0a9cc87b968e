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
    ...{ concurrentMax: 2, secondsMax: 5, resultRowsMax: 200_000, resultBytesMax: 64 * 2 ** 20 },
    ...{ readRowsMax: 100_000_000, memoryBytesMax: 512 * 2 ** 20 },
  },
  analyst: {
    ...{ concurrentMax: 2, secondsMax: 30, resultRowsMax: 5_000_000, resultBytesMax: 1024 * 2 ** 20 },
    ...{ readRowsMax: 1_000_000_000, memoryBytesMax: 1024 * 2 ** 20 },
  },
  admin: {
    ...{ concurrentMax: 2, secondsMax: 60, resultRowsMax: 50_000_000, resultBytesMax: 8192 * 2 ** 20 },
    ...{ readRowsMax: 10_000_000_000, memoryBytesMax: 2048 * 2 ** 20 },
  },
};

/** The limits of a token. @throws ForbiddenError for a token that only pushes events. */
export function limitsOf(token: Token): StatementLimits {
  if (token.role !== 'ingest') return limits[token.role];
  throw new ForbiddenError('this token pushes events; to ask, use an analyst token');
}

/**
 * The limits as the engine's settings. What they do when they are reached is the engine's default, to throw, and
 * no statement can change it. Few on purpose: each is set and unset around every statement.
 */
export function limitSettings(of: StatementLimits): Readonly<Record<string, string>> {
  return {
    max_execution_time: String(of.secondsMax),
    max_result_rows: String(of.resultRowsMax),
    max_result_bytes: String(of.resultBytesMax),
    max_rows_to_read: String(of.readRowsMax),
    max_memory_usage: String(of.memoryBytesMax),
    max_threads: '1',
  };
}

/** Statements of one token that may wait for their turn; one more is refused. */
export const waitingMax = 64;

interface TokenQueue {
  running: number;
  readonly waiting: Set<() => void>;
}

/**
 * Turns of each token: some statements at once, the next ones in the order in which they came. So one token cannot
 * take every connection of the engine, and a burst is answered instead of refused.
 */
export class StatementTurns {
  readonly #queues = new Map<string, TokenQueue>();

  /**
   * Waits for a turn. Call what it resolves with once, when the statement has ended.
   *
   * @throws TooManyStatementsError when too many wait already, or when `signal` fires first
   */
  async take(token: Token, concurrentMax: number, signal: AbortSignal): Promise<() => void> {
    const queue = this.#queues.get(token.sha256) ?? { running: 0, waiting: new Set<() => void>() };
    this.#queues.set(token.sha256, queue);
    if (queue.running < concurrentMax) queue.running += 1;
    else await waitIn(queue, signal);
    let isTaken = true;
    return () => {
      if (!isTaken) return;
      isTaken = false;
      this.#giveBack(token.sha256, queue);
    };
  }

  /** Statements that run now, of all tokens. */
  get running(): number {
    let sum = 0;
    for (const queue of this.#queues.values()) sum += queue.running;
    return sum;
  }

  // A turn goes to the next in line as it is, so `running` stays.
  #giveBack(key: string, queue: TokenQueue): void {
    const [next] = queue.waiting;
    if (next !== undefined) {
      queue.waiting.delete(next);
      next();
      return;
    }
    queue.running -= 1;
    if (queue.running === 0) this.#queues.delete(key);
  }
}

function waitIn(queue: TokenQueue, signal: AbortSignal): Promise<void> {
  if (queue.waiting.size >= waitingMax) {
    throw new TooManyStatementsError(`${waitingMax} statements of this token wait already; come again later`);
  }
  return new Promise((resolve, reject) => {
    const start = (): void => {
      signal.removeEventListener('abort', giveUp);
      resolve();
    };
    const giveUp = (): void => {
      queue.waiting.delete(start);
      reject(new TooManyStatementsError('the client went away while its statement waited'));
    };
    if (signal.aborted) return giveUp();
    queue.waiting.add(start);
    signal.addEventListener('abort', giveUp, { once: true });
  });
}
