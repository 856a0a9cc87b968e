import type { FastifyReply } from 'fastify';

import { RequestError, StatementRefusedError } from '../errors.ts';

/** A problem document (RFC 9457), the body of every error but those of ClickHouse's own interface. */
export interface Problem {
  readonly type: 'about:blank';
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly line?: number;
  readonly column?: number;
}

/** The document of an error that a caller may see. */
export function problemOf(error: RequestError): Problem {
  const { title, status, message: detail, code } = error;
  const place = error instanceof StatementRefusedError && error.place !== undefined ? error.place : {};
  return { type: 'about:blank', title, status, detail, code, ...place };
}

/** Sends a problem document with the headers that its status asks for. */
export function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  if (problem.status === 401) reply.header('www-authenticate', 'Bearer realm="haidang"');
  if (problem.status === 429 || problem.status === 503) reply.header('retry-after', '1');
  return reply.code(problem.status).type('application/problem+json').send(problem);
}

/** Whether an error is the sender's business in the form it has. */
export function isRequestError(error: unknown): error is RequestError {
  return error instanceof RequestError;
}
