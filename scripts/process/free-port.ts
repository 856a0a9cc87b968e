import { createServer } from 'node:net';

/** A TCP port of `host` that nobody listens on now. */
export function freePort(host = '127.0.0.1'): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, host, () => {
      const address = server.address();
      server.close(() => {
        if (address !== null && typeof address === 'object') resolve(address.port);
        else reject(new Error('the system gave no port'));
      });
    });
  });
}

/** Whether something could listen on this port; `code` is the system's reason when not. */
export type PortState = { readonly kind: 'free' } | { readonly kind: 'taken'; readonly code: string };

/** Tries to listen on a port and lets go of it at once. */
export function tryPort(host: string, port: number): Promise<PortState> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      resolve({ kind: 'taken', code: error.code ?? error.message });
    });
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve({ kind: 'free' })));
  });
}
