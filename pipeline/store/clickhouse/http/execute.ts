import type { IncomingMessage, ServerResponse } from 'node:http';

import type { Timers } from '../../../time/clock.ts';
import { laneSettings, type Engine } from '../engine/engine.ts';
import {
  dressOf,
  type EngineConnection,
  type StatementContext,
  type StatementResult,
} from '../engine/engine-connection.ts';
import type { LaneName } from '../engine/lanes.ts';
import { refused, toStatementError } from '../problem.ts';
import { sqlLiteral } from '../sql-tokens.ts';
import type { Statement } from '../statement/statement.ts';
import { assertOneArrowStream } from './arrow-stream.ts';
import { Answer, type Summary } from './answer.ts';
import { receiveStatement, type ReceivedStatement } from './body.ts';
import type { HandOver } from './hand-over.ts';
import type { StatementOptions } from './request.ts';

/** What a statement is run with. */
export interface ExecutionPorts {
  readonly engine: Engine;
  readonly handOver: HandOver;
  readonly timers: Timers;
  readonly database: string;
}

/** A client that reads nothing for so long loses its statement: it holds a connection. */
export const stalledMsMax = 60_000;

const defaultFormat = 'TabSeparated';
let statements = 0;

/**
 * Runs the statement of one request and answers it, also when it fails.
 *
 * `signal` ends it: a read or an INSERT … SELECT is killed; an insert whose body has arrived and DDL run to
 * their end, since half of them helps nobody.
 */
export async function execute(
  ports: ExecutionPorts,
  { request, response }: { readonly request: IncomingMessage; readonly response: ServerResponse },
  options: StatementOptions,
  signal: AbortSignal,
): Promise<void> {
  let answer = new Answer(response, ports.engine, options, options.defaultFormat ?? defaultFormat);
  try {
    const received = await receiveStatement(request, options, ports.handOver);
    const run = async (): Promise<Summary> => {
      const format = formatOf(received.statement, options);
      answer = new Answer(response, ports.engine, options, format);
      return runStatement(ports, received, options, { answer, format, signal });
    };
    // The body's file is gone before the client hears of its insert.
    const summary = await run().finally(() => received.data?.remove());
    answer.finish(summary);
  } catch (error) {
    answer.fail(toStatementError(error));
  }
}

interface Exchange {
  readonly answer: Answer;
  readonly format: string;
  readonly signal: AbortSignal;
}

async function runStatement(
  ports: ExecutionPorts,
  received: ReceivedStatement,
  options: StatementOptions,
  exchange: Exchange,
): Promise<Summary> {
  const { statement, parameters } = received;
  if (statement.kind === 'nothing') return summaryOf(nothing);
  const missing = statement.placeholders.find((name) => !parameters.has(name));
  if (missing !== undefined) {
    throw refused(456, 'UNKNOWN_QUERY_PARAMETER', `Substitution \`${missing}\` is not set`);
  }
  if (options.lane !== undefined && options.lane !== 'write' && statement.kind !== 'read') {
    // The engine would still run KILL QUERY with readonly = 1.
    throw refused(164, 'READONLY', `The lane ${options.lane} only reads`);
  }
  const lane: LaneName = options.lane ?? (statement.kind === 'read' ? 'live' : 'write');
  statements += 1;
  const context: StatementContext = {
    database: options.database ?? ports.database,
    settings: settingsOf(options, lane),
    parameters,
    tag: `haidang-${process.pid}-${statements}`,
  };
  const lease = await ports.engine.lane(lane).borrow(exchange.signal, dressOf(context));
  const { connection } = lease;
  try {
    await connection.enter(context);
    // What a parser answers is short: the detour through a pipe would cost more than the parsing.
    if (statement.kind === 'read' && statement.output === 'pipe' && lane !== 'parse') {
      return await runRead(ports, connection, statement, exchange);
    }
    if (statement.kind === 'insert') return await runInsert(connection, statement, received);
    const tail = statement.kind === 'read' ? ` ${statement.settings}` : '';
    const done = connection.run(statement.text + tail, exchange.format);
    const stop = isKillable(statement) ? killOnAbort(ports, connection, done, exchange.signal) : undefined;
    const result = await done.finally(stop);
    exchange.answer.write(result.bytes);
    return summaryOf(result);
  } finally {
    // The answer need not wait. Should it ever fail, the process ends: a lane must not lose a connection.
    void lease.giveBack();
  }
}

async function runRead(
  ports: ExecutionPorts,
  connection: EngineConnection,
  statement: Extract<Statement, { kind: 'read' }>,
  exchange: Exchange,
): Promise<Summary> {
  const stalled = new AbortController();
  const signal = AbortSignal.any([exchange.signal, stalled.signal]);
  const { output, done } = connection.read(statement.text, exchange.format, statement.settings);
  const stop = killOnAbort(ports, connection, done, signal);
  let failure: unknown;
  // The pipe is read to its end whatever happens: see EngineConnection.read.
  for await (const chunk of output) {
    if (signal.aborted) continue;
    try {
      if (exchange.answer.write(chunk) === 'open') continue;
    } catch (error) {
      failure = error;
      stalled.abort();
      continue;
    }
    const cancelTimer = ports.timers.after(stalledMsMax, () => stalled.abort());
    await exchange.answer.drained(signal);
    cancelTimer();
  }
  stop();
  if (failure !== undefined) {
    await done.catch(() => 'the answer failed first');
    throw failure;
  }
  return summaryOf(await done);
}

async function runInsert(
  connection: EngineConnection,
  statement: Extract<Statement, { kind: 'insert' }>,
  received: ReceivedStatement,
): Promise<Summary> {
  const file = received.data;
  if (file === undefined || file.sizeBytes === 0) return summaryOf(nothing);
  if (statement.format === 'ArrowStream') assertOneArrowStream(file.path);
  const from = `FROM INFILE ${sqlLiteral(file.path)} ${statement.settings} FORMAT ${statement.format}`;
  const result = await connection.run(`${statement.target} ${from}`);
  const { rowsRead, bytesRead } = result;
  return { ...summaryOf(result), writtenRows: rowsRead, writtenBytes: bytesRead };
}

function killOnAbort(
  ports: ExecutionPorts,
  connection: EngineConnection,
  done: Promise<unknown>,
  signal: AbortSignal,
): () => void {
  const kill = (): void => {
    connection.spendTag();
    ports.engine.kill(connection.tag, done);
  };
  if (signal.aborted) kill();
  else signal.addEventListener('abort', kill, { once: true });
  return () => signal.removeEventListener('abort', kill);
}

function isKillable(statement: Extract<Statement, { kind: 'read' | 'command' }>): boolean {
  if (statement.kind === 'read') return true;
  return /^[\s(]*(?:INSERT|WITH)\b/i.test(statement.text);
}

function settingsOf(options: StatementOptions, lane: LaneName): ReadonlyMap<string, string> {
  const settings = new Map(laneSettings[lane]);
  settings.delete('readonly');
  for (const [name, value] of options.settings) settings.set(name, value);
  return settings;
}

function formatOf(statement: Statement, options: StatementOptions): string {
  const format = (statement.kind === 'read' ? statement.format : undefined) ?? options.defaultFormat;
  if (format === undefined) return defaultFormat;
  if (!/^\w{1,64}$/.test(format)) throw refused(73, 'UNKNOWN_FORMAT', 'Unknown format');
  return format;
}

const nothing: StatementResult = { bytes: new Uint8Array(), rowsRead: 0, bytesRead: 0, elapsedSeconds: 0 };

function summaryOf(result: StatementResult): Summary {
  return {
    readRows: result.rowsRead,
    readBytes: result.bytesRead,
    writtenRows: 0,
    writtenBytes: 0,
    elapsedSeconds: result.elapsedSeconds,
  };
}
