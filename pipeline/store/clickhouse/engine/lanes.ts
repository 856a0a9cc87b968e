import type { EngineConnection } from './engine-connection.ts';
import { refused } from '../problem.ts';

/** Classes of statements that never wait for each other. */
export type LaneName = 'write' | 'live' | 'analyst' | 'parse';

/** Statements that may wait in each lane. */
export const waitingMax = 256;

/** Bounds of a lane. */
export interface LaneBounds {
  /** Statements at once. */
  readonly connections: number;
  /** Statements that may wait for a connection; one more is refused with 202. */
  readonly waitingMax: number;
}

/** A connection lent for one statement; `giveBack` undoes what the statement set. */
export interface Lease {
  readonly connection: EngineConnection;
  giveBack(): Promise<void>;
}

/**
 * A pool of connections, first come, first served.
 *
 * A connection that cannot be cleaned is closed and a new one opened in its place, so that no setting of one
 * request can reach another with other settings.
 */
export class Lane {
  readonly #name: LaneName;
  readonly #bounds: LaneBounds;
  readonly #open: () => EngineConnection;
  readonly #idle: EngineConnection[] = [];
  readonly #waiting = new Set<(connection: EngineConnection) => void>();
  #lent = 0;

  constructor(name: LaneName, bounds: LaneBounds, open: () => EngineConnection) {
    this.#name = name;
    this.#bounds = bounds;
    this.#open = open;
    for (let count = 0; count < bounds.connections; count += 1) this.#idle.push(open());
  }

  /**
   * Waits for a connection. Throws StatementError 202 when too many wait, 394 when `signal` fires first.
   *
   * @param dress of the idle connections, one that wears it is preferred
   */
  async borrow(signal: AbortSignal, dress = ''): Promise<Lease> {
    if (signal.aborted) throw cancelled();
    const connection = this.#takeIdle(dress) ?? (await this.#wait(signal));
    this.#lent += 1;
    return { connection, giveBack: () => this.#takeBack(connection) };
  }

  /** Statements that run now. */
  get running(): number {
    return this.#lent;
  }

  /** Closes what is idle. Call it when nothing runs. */
  close(): void {
    for (const connection of this.#idle.splice(0)) connection.close();
  }

  // Else the one that has been idle longest: who comes often finds what was set for it.
  #takeIdle(dress: string): EngineConnection | undefined {
    const at = this.#idle.findLastIndex((connection) => connection.wears(dress));
    return this.#idle.splice(Math.max(0, at), 1)[0];
  }

  #wait(signal: AbortSignal): Promise<EngineConnection> {
    if (this.#waiting.size >= this.#bounds.waitingMax) {
      const { connections, waitingMax } = this.#bounds;
      const detail = `lane ${this.#name}: ${connections} run, ${waitingMax} wait`;
      throw refused(202, 'TOO_MANY_SIMULTANEOUS_QUERIES', `Too many simultaneous queries (${detail})`);
    }
    return new Promise((resolve, reject) => {
      const take = (connection: EngineConnection): void => {
        signal.removeEventListener('abort', giveUp);
        resolve(connection);
      };
      const giveUp = (): void => {
        this.#waiting.delete(take);
        reject(cancelled());
      };
      this.#waiting.add(take);
      signal.addEventListener('abort', giveUp, { once: true });
    });
  }

  async #takeBack(used: EngineConnection): Promise<void> {
    let connection = used;
    try {
      await used.leave();
      if (used.isWorn) connection = this.#replace(used);
    } catch {
      // It could not be cleaned, whatever the reason: no other request may see what is left on it.
      connection = this.#replace(used);
    }
    this.#lent -= 1;
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#idle.push(connection);
      return;
    }
    this.#waiting.delete(next);
    next(connection);
  }

  #replace(used: EngineConnection): EngineConnection {
    used.close();
    return this.#open();
  }
}

function cancelled(): Error {
  return refused(394, 'QUERY_WAS_CANCELLED', 'Query was cancelled');
}
