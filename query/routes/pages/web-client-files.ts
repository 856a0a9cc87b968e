import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const yearMs = 365 * 86_400_000;

/**
 * Serves the web client's files. Those under `assets/` carry a hash in their names and never change.
 *
 * @returns sends the page itself
 */
export async function webClientFiles(
  app: FastifyInstance,
  folder: string,
): Promise<(reply: FastifyReply) => FastifyReply> {
  if (!existsSync(join(folder, 'index.html'))) {
    return (reply) =>
      reply.code(503).type('text/plain; charset=utf-8').send('The web client is not built.\n');
  }
  await app.register(fastifyStatic, {
    ...{ root: folder, prefix: '/', index: false, redirect: false, cacheControl: false, dotfiles: 'deny' },
    setHeaders(response, path) {
      const isHashed = path.startsWith(join(folder, 'assets'));
      response.setHeader(
        'cache-control',
        isHashed ? `public, max-age=${yearMs / 1_000}, immutable` : 'no-cache',
      );
    },
  });
  return (reply) => reply.sendFile('index.html');
}
