import { randomUUID } from 'node:crypto';
import { pipeline, type Readable } from 'node:stream';
import { text as textOf } from 'node:stream/consumers';

import type { Token, VisibilityCeiling } from '../../../pipeline/runtime/access/tokens.ts';
import { RequestError, StatementRefusedError } from '../../errors.ts';
import type { QueryMetrics } from '../../query-metrics.ts';
import { formatTypes, type Format } from '../guard/formats.ts';
import type { Guard, Verdict } from '../guard/guard.ts';
import { ceilingDatabase } from '../guard/views.ts';
import type { StatementEngine } from './engine-door.ts';
import { engineFailure, isStoreAway, storeAway } from './engine-failure.ts';
import { explainedLines } from './explained-lines.ts';
import { cutAtException } from './exception-cut.ts';
import { limitSettings, limitsOf, StatementTurns, type StatementLimits } from './limits.ts';

/** A statement as it came in through one of the doors. */
export interface StatementRequest {
  readonly sql: string;
  /** Values of placeholders in the encoding of the HTTP interface. */
  readonly parameters: ReadonlyMap<string, string>;
  /** Used when the statement has no FORMAT of its own. */
  readonly format: Format;
  /** Settings of the request; harmless ones only. */
  readonly settings: ReadonlyMap<string, string>;
  /** The client went away: the engine stops. */
  readonly signal: AbortSignal;
}

/** An answer that has begun. Read it to its end or destroy it: until then it counts against the token. */
export interface StatementAnswer {
  readonly body: Readable;
  readonly format: Format;
  readonly contentType: string;
  readonly queryId: string;
  /** Counts as ClickHouse reports them, JSON. */
  readonly summary: string | undefined;
  readonly timezone: string | undefined;
}

/** Longer texts need a larger bound of the engine, in characters. */
const shortLength = 16 * 1024;

/** What a runner works with. */
export interface RunnerPorts {
  readonly guard: Guard;
  /** In the lane of analysts. */
  readonly engine: StatementEngine;
  readonly metrics: Pick<QueryMetrics, 'stated'>;
}

interface ExecuteOptions {
  /** The ceiling's. */
  readonly database: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  readonly format: Format;
}

/** Runs statements for tokens: judged by the guard, inside the ceiling's database, within the token's limits. */
export class StatementRunner {
  readonly #ports: RunnerPorts;
  readonly #turns = new StatementTurns();

  constructor(ports: RunnerPorts) {
    this.#ports = ports;
  }

  /** Statements that run now. */
  get running(): number {
    return this.#turns.running;
  }

  /**
   * @throws StatementRefusedError, TooManyStatementsError, ForbiddenError before anything ran;
   *         StatementFailedError when the engine ended it
   */
  async run(token: Token, request: StatementRequest): Promise<StatementAnswer> {
    const limits = limitsOf(token);
    const giveBack = await this.#turns.take(token, limits.concurrentMax, request.signal);
    try {
      const verdict = await this.#judge(request.sql, token.ceiling);
      const format = verdict.format ?? request.format;
      const settings = engineSettings(limits, verdict, { ...request, format });
      const database = ceilingDatabase(token.ceiling);
      const options = { settings, signal: request.signal, format, database };
      const run = verdict.kind === 'explain' ? this.#explain : this.#execute;
      const answer = await run.call(this, verdict.sql, options);
      let outcome = 'cut';
      answer.body.once('end', () => (outcome = 'ok'));
      answer.body.once('close', () => {
        giveBack();
        this.#ports.metrics.stated(outcome);
      });
      return answer;
    } catch (error) {
      giveBack();
      this.#ports.metrics.stated(error instanceof RequestError ? error.code : 'INTERNAL');
      throw error;
    }
  }

  async #judge(sql: string, ceiling: VisibilityCeiling): Promise<Verdict> {
    try {
      return await this.#ports.guard.judge(sql, ceiling);
    } catch (error) {
      if (isStoreAway(error)) throw storeAway();
      throw error;
    }
  }

  async #explain(sql: string, options: ExecuteOptions): Promise<StatementAnswer> {
    const text = await this.#textOf(sql, options);
    const settings = {
      ...options.settings,
      max_query_size: String(2 * Buffer.byteLength(text) + shortLength),
    };
    return this.#execute(explainedLines(text), { ...options, settings });
  }

  async #textOf(sql: string, options: ExecuteOptions): Promise<string> {
    try {
      return await textOf(await this.#ports.engine.send({ ...options, sql, format: 'TabSeparatedRaw' }));
    } catch (error) {
      throw engineFailure(error);
    }
  }

  async #execute(sql: string, options: ExecuteOptions): Promise<StatementAnswer> {
    const queryId = randomUUID();
    try {
      const response = await this.#ports.engine.send({
        ...{ ...options, sql: `${sql}\nFORMAT ${options.format}`, queryId },
      });
      const header = (name: string): string | undefined => {
        const value = response.headers[name];
        return typeof value === 'string' ? value : undefined;
      };
      return {
        body: withoutException(response, header('x-clickhouse-exception-tag')),
        format: options.format,
        contentType: formatTypes[options.format],
        queryId,
        summary: header('x-clickhouse-summary'),
        timezone: header('x-clickhouse-timezone'),
      };
    } catch (error) {
      throw engineFailure(error);
    }
  }
}

function withoutException(stream: Readable, tag: string | undefined): Readable {
  if (tag === undefined) return stream;
  const cut = cutAtException(tag);
  // Errors of either side reach whoever reads `cut`.
  pipeline(stream, cut, () => undefined);
  return cut;
}

function engineSettings(
  limits: StatementLimits,
  verdict: Verdict,
  request: StatementRequest,
): Readonly<Record<string, string>> {
  const settings: Record<string, string> = {
    output_format_json_quote_64bit_integers: '1',
    ...formatSettings(request.format),
    ...Object.fromEntries(request.settings),
    ...Object.fromEntries(verdict.settings),
    ...limitSettings(limits),
    ...(verdict.sql.length > shortLength ? { max_query_size: '2097152' } : {}),
    cancel_http_readonly_queries_on_client_close: '1',
    readonly: '2',
  };
  for (const { name } of verdict.placeholders) {
    const value = request.parameters.get(name);
    if (value === undefined) {
      throw new StatementRefusedError('PARAMETER_MISSING', `parameter ${name} has no value`);
    }
    // As a URL parameter, since the value is already in the interface's own encoding.
    settings[`param_${name}`] = value;
  }
  return settings;
}

/** JavaScript's Arrow reader has no codecs. */
function formatSettings(format: Format): Readonly<Record<string, string>> {
  const isArrow = format === 'Arrow' || format === 'ArrowStream';
  if (isArrow)
    return { output_format_arrow_compression_method: 'none', output_format_arrow_string_as_string: '1' };
  return format === 'Parquet' ? { output_format_parquet_compression_method: 'snappy' } : {};
}
