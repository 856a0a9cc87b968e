import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync, rmSync } from 'node:fs';
import { Socket } from 'node:net';

import { Session } from 'chdb';

import { toStatementError } from '../problem.ts';
import { sqlLiteral, sqlName } from '../sql-tokens.ts';

/** What binds a connection for the length of one statement. */
export interface StatementContext {
  /** Unqualified names mean this database. */
  readonly database: string;
  /** Settings by name; the caller has checked that the engine knows the names. */
  readonly settings: ReadonlyMap<string, string>;
  /** Values of `{name:Type}` as the HTTP interface writes them. */
  readonly parameters: ReadonlyMap<string, string>;
  /** Names the statement among the running ones, so that it can be killed. */
  readonly tag: string;
}

/** Engine-side counts of one statement. */
export interface StatementResult {
  readonly bytes: Uint8Array;
  readonly rowsRead: number;
  readonly bytesRead: number;
  readonly elapsedSeconds: number;
}

/** A running read: its formatted bytes as they come, and its end. `done` settles before `output` ends. */
export interface RunningRead {
  readonly output: AsyncIterable<Buffer>;
  readonly done: Promise<StatementResult>;
}

/** A connection is replaced after this many parameter names: the engine cannot forget one. */
export const parameterNamesMax = 500;

/** The engine parses 256 KiB of a text unless `max_query_size` says more; characters may take four bytes. */
const plainTextMax = 64 * 1024;

/**
 * One connection of the embedded engine. It runs one statement at a time.
 *
 *     enter(context) -> read(text) or run(text) -> leave()
 *
 * A setting made with SET stays on a connection. The next statement most often wants the very same ones, so they
 * are left on, and `enter` does nothing when database and settings are the same to the letter. Otherwise it first
 * puts back every setting that is on (`SET name = DEFAULT`, which also undoes `readonly`). After a statement that
 * failed or was to be killed `leave` puts them back at once, and throws when it cannot: the owner then replaces the
 * connection. A parameter cannot be unset; the caller checks that each placeholder has a value in this request, so
 * that an old value is never seen.
 *
 * Rows come out through a named pipe: `INTO OUTFILE pipe APPEND FORMAT x`. The engine formats and writes, the
 * pipe's 64 KB are all that is ever buffered, and a slow reader stops the engine's thread.
 */
export class EngineConnection {
  readonly #session: Session;
  readonly #pipe: string;
  readonly #parameterNames = new Set<string>();
  #database: string | undefined;
  #changed: readonly string[] = [];
  /** What is on, when all of it is known to be on; undefined otherwise. */
  #dress: string | undefined;
  #tag = '';

  /** @param pipe path of the named pipe, which is made here and removed by `close` */
  constructor(dataDirectory: string, connectionArgs: readonly string[], pipe: string) {
    this.#session = new Session(dataDirectory, { connectionArgs });
    this.#pipe = pipe;
    rmSync(pipe, { force: true });
    execFileSync('mkfifo', ['-m', '600', pipe]);
  }

  /** Whether the connection has met so many parameter names that it should be replaced. */
  get isWorn(): boolean {
    return this.#parameterNames.size > parameterNamesMax;
  }

  /** What finds the running statement among all of them, to kill it. */
  get tag(): string {
    return this.#tag;
  }

  /** Whether a statement of this context finds everything set already. */
  wears(dress: string): boolean {
    return this.#dress === dress;
  }

  /** Applies a statement's settings, parameters and database. Throws StatementError; `leave` is due anyway. */
  async enter(context: StatementContext): Promise<void> {
    const dress = dressOf(context);
    if (this.#dress === dress && context.parameters.size === 0) return;
    this.#dress = undefined;
    await this.#undress();
    if (context.database !== this.#database) {
      this.#database = undefined;
      await this.run(`USE ${sqlName(context.database)}`);
      this.#database = context.database;
    }
    this.#changed = [...context.settings.keys()];
    this.#tag = context.tag;
    const changes = [`log_comment = ${sqlLiteral(context.tag)}`];
    for (const [name, value] of context.settings) changes.push(`${name} = ${sqlLiteral(value)}`);
    for (const [name, value] of context.parameters) {
      this.#parameterNames.add(name);
      changes.push(`param_${name} = ${sqlLiteral(value)}`);
    }
    const set = `SET ${changes.join(', ')}`;
    const isLong = set.length > plainTextMax;
    if (isLong) {
      this.#changed = [...new Set([...this.#changed, 'max_query_size'])];
      await this.run(`SET max_query_size = ${set.length * 4}`);
    }
    await this.run(set);
    // A long SET has a setting on that nobody asked for.
    if (!isLong) this.#dress = dress;
  }

  /** The running statement is to be killed by its tag: no other one may ever run under it. */
  spendTag(): void {
    this.#dress = undefined;
  }

  /** Ends a statement's use. Throws when the connection must not be used again. */
  async leave(): Promise<void> {
    if (this.#dress === undefined) await this.#undress();
  }

  async #undress(): Promise<void> {
    if (this.#changed.length === 0) return;
    await this.run(`SET ${this.#changed.map((name) => `${name} = DEFAULT`).join(', ')}`);
    this.#changed = [];
  }

  /** Runs a statement whose answer is small. Throws StatementError. */
  async run(text: string, format = 'TabSeparated'): Promise<StatementResult> {
    try {
      const result = await this.#session.queryAsync(text, { format });
      return {
        bytes: result.bytes(),
        rowsRead: result.rowsRead,
        bytesRead: result.bytesRead,
        elapsedSeconds: result.elapsed,
      };
    } catch (error) {
      // The engine keeps a failed statement among the running ones until the connection's next one.
      this.#dress = undefined;
      throw toStatementError(error);
    }
  }

  /**
   * Starts a read. The caller consumes `output` to its end, also when it no longer wants it: the pipe must not
   * be closed while the engine writes, since the engine would wait for ever for another reader.
   *
   * @param tail the SETTINGS clause that followed the FORMAT clause, or an empty text
   */
  read(text: string, format: string, tail: string): RunningRead {
    const reading = openSync(this.#pipe, constants.O_RDONLY | constants.O_NONBLOCK);
    // Held open so that the reader sees the end only when the statement has ended, whatever the engine does.
    const writing = openSync(this.#pipe, constants.O_WRONLY | constants.O_NONBLOCK);
    const output = new Socket({ fd: reading, readable: true, writable: false });
    const into = `\nINTO OUTFILE ${sqlLiteral(this.#pipe)} APPEND FORMAT ${format} ${tail}`;
    const done = this.run(text + into, format).finally(() => closeSync(writing));
    done.catch(() => 'reported by whoever awaits done');
    return { output, done };
  }

  /** Only when nothing runs on it: closing during a statement ends the engine for the whole process. */
  close(): void {
    this.#session.close();
    rmSync(this.#pipe, { force: true });
  }
}

/** What a statement wants to be set, as a text that is the same exactly when that is. */
export function dressOf(context: Pick<StatementContext, 'database' | 'settings'>): string {
  return JSON.stringify([context.database, ...context.settings]);
}
