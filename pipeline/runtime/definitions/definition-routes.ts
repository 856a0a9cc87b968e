import type { IncomingMessage, ServerResponse } from 'node:http';
import { Type, type Static, type TSchema } from 'typebox';
import { Compile } from 'typebox/compile';

import { HaidangError } from '../../errors.ts';
import type { TokenBook } from '../access/token-book.ts';
import type { DefinitionKeeper } from './definition-keeper.ts';

/** Largest request: some thousand definitions. */
const BODY_BYTES_MAX = 4 * 1024 * 1024;

const changeRequest = Type.Object(
  {
    packs: Type.Array(
      Type.Object({ name: Type.String({ minLength: 1, maxLength: 1_000 }), text: Type.String() }),
      { maxItems: 100 },
    ),
    drop: Type.Array(Type.String({ maxLength: 128 }), { maxItems: 500 }),
    mode: Type.Union([Type.Literal('compare'), Type.Literal('apply')]),
  },
  { additionalProperties: false },
);

const backfillRequest = Type.Object(
  {
    kpi: Type.String({ maxLength: 128 }),
    /** Windows that start in [from, to), milliseconds UTC; absent: no bound. */
    from: Type.Optional(Type.Integer()),
    to: Type.Optional(Type.Integer()),
  },
  { additionalProperties: false },
);

const [isChangeRequest, isBackfillRequest] = [Compile(changeRequest), Compile(backfillRequest)];

/** Answers a request that is one of these routes, and says whether it was. */
export type Route = (request: IncomingMessage, response: ServerResponse) => Promise<'answered' | 'not mine'>;

/**
 * `GET /v1/definitions` (what runs), `POST /v1/definitions` (compare or apply), `POST /v1/definitions/backfill`: for
 * an admin's token, on the pipeline's port, which is loopback.
 */
export function definitionRoutes({
  keeper,
  tokens,
}: {
  readonly keeper: DefinitionKeeper;
  readonly tokens: TokenBook;
}): Route {
  return async (request, response) => {
    const path = (request.url ?? '').split('?')[0];
    if (path !== '/v1/definitions' && path !== '/v1/definitions/backfill') return 'not mine';
    const refusal = refusalOf(request, tokens);
    if (refusal !== undefined) {
      sendProblem(response, refusal);
      return 'answered';
    }
    try {
      await answer(path, { request, response, keeper });
    } catch (error) {
      if (!(error instanceof HaidangError)) throw error;
      sendProblem(response, {
        ...{ status: statusOf(error), code: error.code, title: 'Not done', detail: error.message },
      });
    }
    return 'answered';
  };
}

interface Problem {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly detail: string;
}

async function answer(
  path: '/v1/definitions' | '/v1/definitions/backfill',
  {
    request,
    response,
    keeper,
  }: {
    readonly request: IncomingMessage;
    readonly response: ServerResponse;
    readonly keeper: DefinitionKeeper;
  },
): Promise<void> {
  if (request.method === 'GET' && path === '/v1/definitions') {
    return sendJson(response, { definitions: await keeper.list() });
  }
  if (request.method !== 'POST') return sendProblem(response, methodProblem);
  const body = await readJson(request);
  if (path === '/v1/definitions/backfill') {
    if (!isBackfillRequest.Check(body)) return sendProblem(response, malformed(body, backfillRequest));
    const { kpi, from, to } = body as Static<typeof backfillRequest>;
    keeper.backfill(kpi, { from: from ?? Number.NEGATIVE_INFINITY, to: to ?? Number.POSITIVE_INFINITY });
    return sendJson(response, { kpi });
  }
  if (!isChangeRequest.Check(body)) return sendProblem(response, malformed(body, changeRequest));
  const { packs, drop, mode } = body as Static<typeof changeRequest>;
  const wanted = { packs, drop };
  const changes = mode === 'apply' ? await keeper.apply(wanted) : await keeper.compare(wanted);
  sendJson(response, { changes });
}

const methodProblem: Problem = {
  ...{ status: 405, code: 'METHOD_NOT_ALLOWED', title: 'Method not allowed', detail: 'GET or POST' },
};

function refusalOf(request: IncomingMessage, tokens: TokenBook): Problem | undefined {
  const given = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1];
  const token = given === undefined ? undefined : tokens.find(given);
  if (token === undefined)
    return { status: 401, code: 'TOKEN_UNKNOWN', title: 'Who is it?', detail: 'a token is needed' };
  if (token.role === 'admin') return undefined;
  return { status: 403, code: 'NOT_ALLOWED', title: 'Not allowed', detail: 'definitions are an admin’s' };
}

function statusOf({ code, disposition }: HaidangError): number {
  const known = { CONFIGURATION: 422, VERSION_NEEDED: 409, DEFINITION_UNKNOWN: 404 }[code];
  return known ?? (disposition === 'retry' ? 503 : 500);
}

function malformed(body: unknown, schema: TSchema): Problem {
  const [first] = Compile(schema).Errors(body);
  const detail = first === undefined ? 'not as expected' : `${first.instancePath} ${first.message}`;
  return { status: 400, code: 'MALFORMED_REQUEST', title: 'Malformed request', detail };
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request) {
    bytes += (part as Buffer).length;
    if (bytes > BODY_BYTES_MAX) return undefined;
    parts.push(part as Buffer);
  }
  try {
    return JSON.parse(Buffer.concat(parts).toString('utf8'));
  } catch {
    // No JSON is as wrong as JSON of another form.
    return undefined;
  }
}

function sendJson(response: ServerResponse, body: object): void {
  response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(JSON.stringify(body));
}

function sendProblem(response: ServerResponse, problem: Problem): void {
  response.writeHead(problem.status, { 'content-type': 'application/problem+json' });
  response.end(JSON.stringify({ type: 'about:blank', ...problem }));
}
