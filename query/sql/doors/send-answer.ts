import type { FastifyReply, FastifyRequest } from 'fastify';
import { Transform, type Readable } from 'node:stream';

import type { StatementAnswer } from '../run/statement-runner.ts';

/** Fires when the client goes away before the answer has ended. */
export function clientGone(request: FastifyRequest, reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) controller.abort();
  });
  if (request.raw.destroyed && !request.raw.complete) controller.abort();
  return controller.signal;
}

/**
 * Streams an answer. One that the engine ends in the middle is cut, so that nobody takes a part for the whole;
 * `lastWords` may write what the client understands before that.
 */
export function sendAnswer(
  reply: FastifyReply,
  answer: StatementAnswer,
  lastWords: (error: Error) => string = () => '',
): FastifyReply {
  const stream = withLastWords(answer.body, lastWords, () => reply.raw.destroy());
  reply.raw.once('close', () => answer.body.destroy());
  return reply.header('content-type', answer.contentType).send(stream);
}

function withLastWords(body: Readable, lastWords: (error: Error) => string, cut: () => void): Readable {
  const out = new Transform({ transform: (chunk: Buffer, _encoding, done) => done(null, chunk) });
  body.once('error', (error) => {
    const words = lastWords(error);
    // Written, then cut without the end of a chunked answer: a client sees that it is not whole.
    if (words === '') cut();
    else out.write(words, () => setImmediate(cut));
  });
  body.pipe(out);
  return out;
}
