import type { IncomingMessage } from 'node:http';

import type { LaneName } from '../engine/lanes.ts';
import { refused } from '../problem.ts';

/** What the URL and the headers of a request say about its statement. */
export interface StatementOptions {
  /** The statement, or its beginning; empty when the body holds it. */
  readonly query: string;
  readonly queryId: string;
  readonly database: string | undefined;
  readonly defaultFormat: string | undefined;
  /** The lane that the client asked for; otherwise reads are live and the rest writes. */
  readonly lane: LaneName | undefined;
  /** `readonly` is last, so that the other settings can still be made. */
  readonly settings: ReadonlyMap<string, string>;
  readonly parameters: ReadonlyMap<string, string>;
  /** The whole answer is made before its first byte is sent, so that its status is true. */
  readonly waits: 'for the whole answer' | 'for the first bytes';
  readonly encoding: 'gzip' | 'identity';
}

const notSettings = new Set([
  ...['query', 'query_id', 'database', 'default_format', 'user', 'password', 'haidang_lane'],
  ...['enable_http_compression', 'http_zlib_compression_level', 'send_progress_in_http_headers'],
  ...['http_headers_progress_interval_ms', 'wait_end_of_query', 'buffer_size', 'add_http_cors_header'],
  ...['cancel_http_readonly_queries_on_client_close', 'http_write_exception_in_output_format', 'quota_key'],
  ...['http_response_headers', 'stacktrace', 'client_protocol_version', 'close_session', 'log_comment'],
  ...['session_timeout', 'session_check'],
]);

/**
 * Reads the options of a request.
 *
 * Throws StatementError: 115 for a setting that the engine does not know, 48 for what needs a session, a role or
 * ClickHouse's own block compression, 36 for a malformed value.
 */
export function readOptions(
  request: IncomingMessage,
  query: URLSearchParams,
  settingNames: ReadonlySet<string>,
): StatementOptions {
  refuseUnbuilt(query);
  const lane = laneOf(header(request, 'x-haidang-lane') ?? query.get('haidang_lane') ?? undefined);
  const settings = new Map<string, string>();
  const parameters = new Map<string, string>();
  for (const [name, value] of query) {
    if (name.startsWith('param_')) addParameter(parameters, name.slice('param_'.length), value);
    else if (!notSettings.has(name) && !['compress', 'decompress', 'readonly'].includes(name)) {
      if (!settingNames.has(name))
        throw refused(115, 'UNKNOWN_SETTING', `Unknown setting '${name.slice(0, 64)}'`);
      settings.set(name, value);
    }
  }
  const readonly = readonlyLevel(query.get('readonly'), request.method, lane);
  if (readonly !== undefined) settings.set('readonly', readonly);
  const takesGzip = /\bgzip\b/.test(header(request, 'accept-encoding') ?? '');
  return {
    query: query.get('query') ?? '',
    queryId: (query.get('query_id') ?? '').replaceAll(/[^\w.:-]/g, '').slice(0, 128) || crypto.randomUUID(),
    database: query.get('database') ?? header(request, 'x-clickhouse-database'),
    defaultFormat: query.get('default_format') ?? header(request, 'x-clickhouse-format'),
    lane,
    settings,
    parameters,
    waits: isOn(query.get('wait_end_of_query')) ? 'for the whole answer' : 'for the first bytes',
    encoding: isOn(query.get('enable_http_compression')) && takesGzip ? 'gzip' : 'identity',
  };
}

/** Adds the value of `{name:Type}`. Throws StatementError 36 for a name that no placeholder can have. */
export function addParameter(parameters: Map<string, string>, name: string, value: string): void {
  if (!/^\w{1,128}$/.test(name)) throw refused(36, 'BAD_ARGUMENTS', 'A parameter has a malformed name');
  parameters.set(name, value);
}

/**
 * ClickHouse lets a GET only read, with 2: it may still change settings. In the lanes of readers it is 1 whatever
 * the request says: with 2 the engine runs INSERT INTO FUNCTION file(…) and reads file(…) and url(…).
 */
function readonlyLevel(
  asked: string | null,
  method: string | undefined,
  lane: LaneName | undefined,
): string | undefined {
  if (asked !== null && !/^[012]$/.test(asked)) throw refused(36, 'BAD_ARGUMENTS', 'readonly is 0, 1 or 2');
  if (lane !== undefined && lane !== 'write') return '1';
  if (asked !== null && asked !== '0') return asked;
  return method === 'GET' || method === 'HEAD' ? '2' : undefined;
}

function refuseUnbuilt(query: URLSearchParams): void {
  const unbuilt = [
    ['session_id', 'Sessions are not available in the embedded engine: send settings with each request'],
    ['role', 'Roles are not available in the embedded engine'],
    ['compress', 'Block compression is not available: use enable_http_compression'],
    ['decompress', 'Block compression is not available: use Content-Encoding: gzip'],
  ] as const;
  for (const [name, message] of unbuilt) {
    const value = query.get(name);
    if (value !== null && value !== '' && value !== '0') throw refused(48, 'NOT_IMPLEMENTED', message);
  }
}

function laneOf(name: string | undefined): LaneName | undefined {
  if (name === undefined) return undefined;
  if (name === 'write' || name === 'live' || name === 'analyst' || name === 'parse') return name;
  throw refused(36, 'BAD_ARGUMENTS', 'X-Haidang-Lane is write, live, analyst or parse');
}

function header(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' ? value : undefined;
}

function isOn(value: string | null): boolean {
  return value === '1' || value === 'true';
}
