import type { FastifyInstance } from 'fastify';
import { Type, type Static } from 'typebox';
import { Check } from 'typebox/value';

import type { TokenBook } from '../../../pipeline/runtime/access/token-book.ts';
import { MalformedRequestError, StatementRefusedError } from '../../errors.ts';
import { requestToken } from '../../routes/request-token.ts';
import { formatOf, formatTypes, noFormat, type Format } from '../guard/formats.ts';
import { parameterText } from '../run/parameter-text.ts';
import type { StatementRunner } from '../run/statement-runner.ts';
import { bodyText, takeBodiesAsBytes } from './body-text.ts';
import { clientGone, sendAnswer } from './send-answer.ts';

/** Body of `POST /v1/sql` when it is JSON. */
export const sqlBody = Type.Object(
  {
    sql: Type.String({ description: 'One SELECT, EXPLAIN of a SELECT, or DESCRIBE of a view.' }),
    params: Type.Optional(
      Type.Record(Type.String({ pattern: '^\\w{1,64}$' }), Type.Unknown(), {
        description: 'Values of {name:Type} in the statement.',
      }),
    ),
    format: Type.Optional(Type.String({ description: Object.keys(formatTypes).join(', ') })),
  },
  { additionalProperties: false },
);

/** What the doors of SQL need. */
export interface SqlDoorDeps {
  readonly runner: StatementRunner;
  readonly tokens: TokenBook;
}

interface SqlRequest {
  readonly sql: string;
  readonly parameters: ReadonlyMap<string, string>;
  readonly format: Format;
}

/** `POST /v1/sql`: a statement as text, or as JSON with parameters and a format. */
export async function sqlDoor(app: FastifyInstance, deps: SqlDoorDeps): Promise<void> {
  takeBodiesAsBytes(app);
  app.post('/v1/sql', async (request, reply) => {
    const token = requestToken(deps.tokens, request.headers);
    const text = bodyText(request.body, request.headers['content-encoding']);
    const asked = readBody(text, request.headers['content-type']);
    const signal = clientGone(request, reply);
    const answer = await deps.runner.run(token, { ...asked, settings: new Map(), signal });
    reply.header('x-haidang-format', answer.format).header('cache-control', 'no-store');
    return sendAnswer(reply, answer);
  });
}

// No statement begins with a brace, and `curl -d` calls everything form data.
function readBody(text: string, contentType: string | undefined): SqlRequest {
  if (!/^application\/(?:[\w.+-]+\+)?json\b/i.test(contentType ?? '') && !/^\s*\{/.test(text)) {
    return { sql: text, parameters: new Map(), format: 'JSON' };
  }
  const body = parseJson(text);
  if (!Check(sqlBody, body)) {
    throw new MalformedRequestError('expected {"sql": "…", "params": {…}, "format": "…"}');
  }
  const { sql, params = {}, format = 'JSON' }: Static<typeof sqlBody> = body;
  const known = formatOf(format);
  if (known === undefined) throw new StatementRefusedError('FORMAT_NOT_ALLOWED', noFormat(format));
  const parameters = new Map(Object.entries(params).map(([name, value]) => [name, parameterText(value)]));
  return { sql, parameters, format: known };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new MalformedRequestError('the body is not JSON', { cause });
  }
}
