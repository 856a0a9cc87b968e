import type { FastifyReply } from 'fastify';

/** Answers with a problem document; the live side says the same at all of its doors. */
export function sendLiveProblem(
  reply: FastifyReply,
  about: { readonly status: number; readonly code: string; readonly detail: string },
): FastifyReply {
  const { status, code, detail } = about;
  const body = { type: 'about:blank', title: code.toLowerCase().replaceAll('_', ' '), status, detail, code };
  if (status === 503 || status === 429) reply.header('retry-after', '1');
  return reply.code(status).type('application/problem+json').send(body);
}
