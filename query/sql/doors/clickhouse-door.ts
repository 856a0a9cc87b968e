import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import { MalformedRequestError, StatementRefusedError, type RequestError } from '../../errors.ts';
import { isRequestError } from '../../routes/problem.ts';
import { requestToken } from '../../routes/request-token.ts';
import { formatOf, noFormat, type Format } from '../guard/formats.ts';
import { settingUse } from '../guard/harmless-settings.ts';
import { publicDatabase } from '../guard/views.ts';
import { engineFailure } from '../run/engine-failure.ts';
import { bodyText, takeBodiesAsBytes } from './body-text.ts';
import { clickHouseProblem } from './clickhouse-error.ts';
import { clientGone, sendAnswer } from './send-answer.ts';
import type { SqlDoorDeps } from './sql-door.ts';

/** What the door of ClickHouse's interface needs. */
export interface ClickHouseDoorDeps extends SqlDoorDeps {
  /** Sends the web client's page. */
  readonly sendPage: (reply: FastifyReply) => FastifyReply;
}

/**
 * ClickHouse's HTTP interface at `/` and `/ping`, as its clients use it; a browser that asks `/` for a page gets
 * the web client. Settings in the URL are applied when they are harmless and ignored otherwise, since clients
 * send many by themselves; those in the statement's own text are judged.
 */
export async function clickHouseDoor(app: FastifyInstance, deps: ClickHouseDoorDeps): Promise<void> {
  takeBodiesAsBytes(app);
  app.setErrorHandler((error, request, reply) => {
    const known = isRequestError(error) ? error : undefined;
    if (known === undefined) {
      const status = statusOf(error);
      if (status >= 500) request.log.error({ err: error }, 'a statement could not be answered');
      const detail = status === 413 ? 'the body is too large' : 'the request could not be answered';
      return sendText(reply, new MalformedRequestError(detail), status);
    }
    return sendText(reply, known, known.status);
  });
  const ok = (_request: FastifyRequest, reply: FastifyReply): FastifyReply =>
    reply.type('text/plain; charset=UTF-8').send('Ok.\n');
  app.get('/ping', ok);
  app.get('/', (request, reply) => {
    const query = queryOf(request);
    if (query.has('query')) return answerStatement(deps, request, reply);
    const wantsPage = /\btext\/html\b/.test(request.headers.accept ?? '');
    return wantsPage ? deps.sendPage(reply) : ok(request, reply);
  });
  app.post('/', (request, reply) => answerStatement(deps, request, reply));
}

async function answerStatement(
  deps: ClickHouseDoorDeps,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const token = requestToken(deps.tokens, request.headers);
  const query = queryOf(request);
  refuseOtherDatabase(query.get('database') ?? headerOf(request, 'x-clickhouse-database'));
  const answer = await deps.runner.run(token, {
    sql: statementOf(query, bodyText(request.body, request.headers['content-encoding'])),
    parameters: parametersOf(query),
    settings: settingsOf(query),
    format: defaultFormat(query.get('default_format') ?? headerOf(request, 'x-clickhouse-format')),
    signal: clientGone(request, reply),
  });
  const exceptionTag = answer.queryId.replaceAll('-', '').slice(0, 16);
  reply.headers({
    'x-clickhouse-query-id': plainId(query.get('query_id')) ?? answer.queryId,
    'x-clickhouse-format': answer.format,
    'x-clickhouse-timezone': answer.timezone ?? 'UTC',
    'x-clickhouse-summary': answer.summary ?? '{}',
    'x-clickhouse-server-display-name': 'haidang',
    'x-clickhouse-exception-tag': exceptionTag,
    'cache-control': 'no-store',
  });
  return sendAnswer(reply, answer, (error) => exceptionBlock(error, exceptionTag));
}

/** What ClickHouse writes when an answer that has begun fails; its clients know it. */
function exceptionBlock(error: Error, tag: string): string {
  const { text } = clickHouseProblem(engineFailure(error));
  return `\r\n__exception__\r\n${tag}\r\n${text}${Buffer.byteLength(text)} ${tag}\r\n__exception__\r\n`;
}

/** The statement in the URL goes before the one in the body, as if they were one text. */
function statementOf(query: URLSearchParams, body: string): string {
  const inUrl = query.get('query') ?? '';
  if (inUrl === '') return body;
  return body.trim() === '' ? inUrl : `${inUrl}\n${body}`;
}

function parametersOf(query: URLSearchParams): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>();
  for (const [name, value] of query) {
    if (name.startsWith('param_')) parameters.set(name.slice('param_'.length), value);
  }
  return parameters;
}

function settingsOf(query: URLSearchParams): ReadonlyMap<string, string> {
  const settings = new Map<string, string>();
  for (const [name, value] of query) if (settingUse(name) === 'applied') settings.set(name, value);
  return settings;
}

function defaultFormat(name: string | undefined | null): Format {
  if (name === undefined || name === null || name === '') return 'TabSeparated';
  const format = formatOf(name);
  if (format !== undefined) return format;
  throw new StatementRefusedError('FORMAT_NOT_ALLOWED', noFormat(name));
}

function refuseOtherDatabase(name: string | undefined): void {
  if (name === undefined || ['', 'default', publicDatabase].includes(name)) return;
  throw new StatementRefusedError('TABLE_NOT_ALLOWED', `there is no database ${name.slice(0, 64)}`);
}

function queryOf(request: FastifyRequest): URLSearchParams {
  return new URL(request.raw.url ?? '/', 'http://localhost').searchParams;
}

function headerOf(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' ? value : undefined;
}

function plainId(id: string | null): string | undefined {
  return id !== null && /^[\w.:-]{1,128}$/.test(id) ? id : undefined;
}

function statusOf(error: unknown): number {
  if (typeof error !== 'object' || error === null || !('statusCode' in error)) return 500;
  return typeof error.statusCode === 'number' ? error.statusCode : 500;
}

function sendText(reply: FastifyReply, error: RequestError, status: number): FastifyReply {
  const problem = clickHouseProblem(error);
  if (status === 401) reply.header('www-authenticate', 'Basic realm="ClickHouse server HTTP API"');
  if (status === 429 || status === 503) reply.header('retry-after', '1');
  return reply
    .code(status)
    .header('x-clickhouse-exception-code', String(problem.number))
    .type('text/plain; charset=UTF-8')
    .send(problem.text);
}
