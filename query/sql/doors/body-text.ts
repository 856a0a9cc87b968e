import type { FastifyInstance } from 'fastify';
import { gunzipSync } from 'node:zlib';

import { MalformedRequestError, StatementRefusedError } from '../../errors.ts';
import { statementBytesMax } from '../guard/guard.ts';

/** Largest body: a statement as JSON with its escapes and parameters. */
export const bodyBytesMax = 4 * statementBytesMax;

/** Makes every body of an encapsulated context its bytes, whatever its content type says: curl says form data. */
export function takeBodiesAsBytes(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  const options = { parseAs: 'buffer', bodyLimit: bodyBytesMax } as const;
  app.addContentTypeParser('*', options, (_request, body, done) => done(null, body));
}

/**
 * The text of a body, unzipped where it says gzip.
 *
 * @throws MalformedRequestError for other encodings, broken gzip and what is not UTF-8
 */
export function bodyText(body: unknown, encoding: string | undefined): string {
  if (!Buffer.isBuffer(body)) return '';
  const bytes = isGzip(encoding) ? unzip(body) : body;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new MalformedRequestError('the body is not UTF-8', { cause });
  }
}

function isGzip(encoding: string | undefined): boolean {
  if (encoding === undefined || encoding === 'identity') return false;
  if (encoding === 'gzip') return true;
  throw new MalformedRequestError('the body may be plain or gzip');
}

function unzip(body: Buffer): Buffer {
  try {
    return gunzipSync(body, { maxOutputLength: bodyBytesMax });
  } catch (cause) {
    if (cause instanceof RangeError) {
      throw new StatementRefusedError(
        'STATEMENT_TOO_LARGE',
        `a body has at most ${bodyBytesMax} bytes unzipped`,
      );
    }
    throw new MalformedRequestError('the body says gzip and is not', { cause });
  }
}
