import { pino, type Logger } from 'pino';
import { PinoPretty } from 'pino-pretty';

import type { LogLevel } from './settings.ts';

export type { Logger } from 'pino';

/** Who writes the log, and from which level on. */
export interface LoggerOptions {
  /** Name of the process in every line: `ingest`, `pipeline`, `query`, … */
  readonly role: string;
  readonly level: LogLevel;
}

/**
 * The log of one process: JSON lines on stderr, or readable lines when stderr is a terminal. Stdout stays free
 * for answers. Values under the usual names of secrets are blanked.
 */
export function createLogger(options: LoggerOptions): Logger {
  const settings = {
    level: options.level,
    base: { role: options.role, pid: process.pid },
    redact: { paths: ['token', 'password', '*.token', '*.password', 'req.headers.authorization'] },
  };
  return pino(settings, process.stderr.isTTY ? prettyStderr() : pino.destination({ dest: 2, sync: true }));
}

function prettyStderr(): ReturnType<typeof PinoPretty> {
  return PinoPretty({ destination: 2, sync: true, ignore: 'pid,role', messageFormat: '{role}: {msg}' });
}
