import { RequestRefusedError } from '../errors.ts';

/** Headers that decide what a request is: where one stands twice, two readers may take different ones. */
const ONCE = [
  'host',
  'authorization',
  'content-type',
  'content-encoding',
  'content-length',
  'transfer-encoding',
];

/**
 * Refuses what another reader of the same bytes (a proxy before us) could understand otherwise.
 *
 * @param rawHeaders names and values in turn, as they were sent; a framework's own record has merged them already
 * @throws RequestRefusedError REQUEST_MALFORMED
 */
export function checkHeaders(rawHeaders: readonly string[], httpVersion: string): void {
  const names = rawHeaders.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase());
  for (const name of ONCE) {
    if (names.indexOf(name) !== names.lastIndexOf(name)) {
      throw new RequestRefusedError('REQUEST_MALFORMED', `two ${name} headers`);
    }
  }
  if (httpVersion === '1.1' && !names.includes('host')) {
    throw new RequestRefusedError('REQUEST_MALFORMED', 'no Host header');
  }
  const at = names.indexOf('transfer-encoding');
  if (at !== -1 && rawHeaders[2 * at + 1]?.trim().toLowerCase() !== 'chunked') {
    throw new RequestRefusedError('REQUEST_MALFORMED', 'Transfer-Encoding: only chunked is undone');
  }
}
