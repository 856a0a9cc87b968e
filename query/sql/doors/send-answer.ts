import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ServerResponse } from 'node:http';
import { Transform } from 'node:stream';

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
  const out = new Transform({ transform: (chunk: Buffer, _encoding, done) => done(null, chunk) });
  answer.body.once('error', (error) => {
    // Cut without the end of a chunked answer: a client sees that it is not whole.
    out.write(lastWords(error), () => whenFlushed(out, reply.raw, () => reply.raw.destroy()));
  });
  answer.body.pipe(out);
  reply.raw.once('close', () => answer.body.destroy());
  return reply.header('content-type', answer.contentType).send(out);
}

function whenFlushed(out: Transform, response: ServerResponse, then: () => void): void {
  if (response.destroyed || (out.readableLength === 0 && response.writableLength === 0)) return then();
  const again = (): void => whenFlushed(out, response, then);
  if (response.writableNeedDrain) response.once('drain', again).once('close', again);
  else setImmediate(again);
}
