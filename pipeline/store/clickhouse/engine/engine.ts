import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { sleep, type Timers } from '../../../time/clock.ts';
import { EngineConnection } from './engine-connection.ts';
import { Lane, waitingMax, type LaneName } from './lanes.ts';
import { DataDirectoryError, StatementError } from '../problem.ts';
import { sqlLiteral, sqlName } from '../sql-tokens.ts';

/** What the engine needs to start. */
export interface EngineOptions {
  readonly dataDirectory: string;
  /** Where the named pipes lie; only this user may enter it. */
  readonly pipeDirectory: string;
  readonly connectionArgs: readonly string[];
  /** Created as Atomic when missing. */
  readonly database: string;
  /** Threads of the process's pool (UV_THREADPOOL_SIZE): each running statement holds one. */
  readonly threads: number;
  readonly timers: Timers;
}

/** How often a statement that should end is looked for, until it has ended. */
export const killPeriodMs = 100;
/** A killed predecessor may hold the data directory for a moment. */
const openAttemptsMax = 5;
const openRetryMs = 300;

/** Settings of a lane unless the request says otherwise. */
export const laneSettings: Readonly<Record<LaneName, ReadonlyMap<string, string>>> = {
  write: new Map([['max_execution_time', '600']]),
  live: new Map([['max_execution_time', '30']]),
  analyst: new Map([
    ['max_execution_time', '60'],
    ['max_threads', '1'],
  ]),
  parse: new Map([['max_execution_time', '5']]),
};

/** The embedded engine: its lanes of connections, and one more connection to kill statements with. */
export class Engine {
  readonly version: string;
  readonly timezone: string;
  /** Names that SET takes. */
  readonly settingNames: ReadonlySet<string>;
  readonly #lanes: Readonly<Record<LaneName, Lane>>;
  readonly #control: EngineConnection;
  readonly #timers: Timers;
  readonly #doomed = new Set<string>();
  #killing: Promise<void> | undefined;

  private constructor(options: EngineOptions, control: EngineConnection, facts: EngineFacts) {
    this.#control = control;
    this.#timers = options.timers;
    this.version = facts.version;
    this.timezone = facts.timezone;
    this.settingNames = facts.settingNames;
    let pipes = 0;
    const lane = (name: LaneName, connections: number): Lane =>
      new Lane(name, { connections, waitingMax }, () => {
        pipes += 1;
        return openConnection(options, `${name}-${pipes}.pipe`);
      });
    const size = laneSizes(options.threads);
    const live = lane('live', size.live);
    this.#lanes = {
      ...{ write: lane('write', size.write), live, analyst: lane('analyst', size.analyst) },
      parse: size.parse === 0 ? live : lane('parse', size.parse),
    };
  }

  /** Opens the data directory. Throws DataDirectoryError when another process holds it. */
  static async start(options: EngineOptions): Promise<Engine> {
    const control = await openFirst(options);
    await control.run(`CREATE DATABASE IF NOT EXISTS ${sqlName(options.database)} ENGINE = Atomic`);
    const facts = await control.run('SELECT version(), timezone()');
    const [version = '', timezone = ''] = text(facts.bytes).trim().split('\t');
    const names = await control.run('SELECT name FROM system.settings');
    const settingNames = new Set(text(names.bytes).trim().split('\n'));
    return new Engine(options, control, { version, timezone, settingNames });
  }

  /** The lane of that name. */
  lane(name: LaneName): Lane {
    return this.#lanes[name];
  }

  /** Statements that run now, over all lanes. */
  get running(): number {
    return this.#distinct.reduce((sum, lane) => sum + lane.running, 0);
  }

  /**
   * Ends a running statement. The engine ignores query ids, so the statement is found by its tag; it may not
   * have begun yet, so it is looked for again until `done` settles.
   */
  kill(tag: string, done: Promise<unknown>): void {
    this.#doomed.add(tag);
    const forget = (): void => void this.#doomed.delete(tag);
    done.then(forget, forget);
    this.#killing ??= this.#killDoomed().finally(() => (this.#killing = undefined));
  }

  /** Closes every connection. Call it when nothing runs. */
  async close(): Promise<void> {
    await this.#killing;
    for (const lane of this.#distinct) lane.close();
    this.#control.close();
  }

  get #distinct(): readonly Lane[] {
    return [...new Set(Object.values(this.#lanes))];
  }

  async #killDoomed(): Promise<void> {
    while (this.#doomed.size > 0) {
      const tags = [...this.#doomed].map(sqlLiteral).join(', ');
      const kill = `KILL QUERY WHERE Settings['log_comment'] IN (${tags}) ASYNC`;
      await this.#control.run(kill).catch((error: unknown) => {
        // Out of memory, most likely because of a statement to be killed: the next round tries again.
        if (!(error instanceof StatementError)) throw error;
      });
      await sleep(this.#timers, killPeriodMs);
    }
  }
}

interface EngineFacts {
  readonly version: string;
  readonly timezone: string;
  readonly settingNames: ReadonlySet<string>;
}

/**
 * Connections per lane for a pool of that many threads: one thread is for killing, one or more for gzip. With
 * Node's own four, each lane has one connection, and parsing none of its own: it takes that of the live lane.
 */
export function laneSizes(threads: number): Readonly<Record<LaneName, number>> {
  if (threads >= 14) return { write: 3, live: 4, analyst: 3, parse: 2 };
  if (threads >= 8) return { write: 2, live: 2, analyst: 2, parse: 1 };
  return { write: 1, live: 1, analyst: 1, parse: 0 };
}

function openConnection(options: EngineOptions, pipe: string): EngineConnection {
  return new EngineConnection(
    options.dataDirectory,
    options.connectionArgs,
    join(options.pipeDirectory, pipe),
  );
}

async function openFirst(options: EngineOptions): Promise<EngineConnection> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return openConnection(options, 'control.pipe');
    } catch (cause) {
      if (attempt < openAttemptsMax) {
        await sleep(options.timers, openRetryMs);
        continue;
      }
      const holder = holderOf(options.dataDirectory);
      throw new DataDirectoryError(
        `cannot open the engine's data in ${options.dataDirectory}: ` +
          (holder === undefined ? "see the engine's message above" : `process ${holder} holds it (error 76)`),
        { cause },
      );
    }
  }
}

/** The engine writes its process id into `status` of the data directory. */
function holderOf(dataDirectory: string): number | undefined {
  try {
    const id = Number(/PID: (\d+)/.exec(readFileSync(join(dataDirectory, 'status'), 'utf8'))?.[1]);
    process.kill(id, 0);
    return id;
  } catch {
    return undefined; // No status file, or its process is gone: the reason is another one.
  }
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('utf8');
}
