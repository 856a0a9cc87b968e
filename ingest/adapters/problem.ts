import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';

import { REFUSALS, RequestRefusedError, refusalOf, type RefusalCode } from '../errors.ts';

/** Media type of every error body (RFC 9457). */
export const problemType = 'application/problem+json';

/** An error body. */
export interface Problem {
  readonly type: 'about:blank';
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: RefusalCode;
}

/** The error body of a refusal. */
export function problemOf(refusal: RequestRefusedError): Problem {
  const { title, status, message, code } = refusal;
  return { type: 'about:blank', title, status, detail: message, code };
}

/** What the web framework throws, in our own words. */
export function httpRefusal(error: unknown): RequestRefusedError {
  if (error instanceof RequestRefusedError) return error;
  const { code, statusCode } = error as { code?: unknown; statusCode?: unknown };
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return new RequestRefusedError('BODY_TOO_LARGE', 'send several smaller requests', error);
  }
  if (statusCode === 415) {
    return new RequestRefusedError('CONTENT_TYPE_UNSUPPORTED', 'the content type cannot be read', error);
  }
  if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500) {
    return new RequestRefusedError('REQUEST_MALFORMED', 'the request cannot be read', error);
  }
  return refusalOf(error);
}

/** Answers a connection whose bytes are not a request, or which took too long, and closes it. */
export function answerBrokenRequest(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const code = brokenCode(error);
  const [status, title] = REFUSALS[code];
  const body = JSON.stringify({ type: 'about:blank', title, status, detail: title, code });
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? title}\r\nContent-Type: ${problemType}\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}

function brokenCode(error: NodeJS.ErrnoException): RefusalCode {
  if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') return 'REQUEST_TIMEOUT';
  if (error.code === 'HPE_HEADER_OVERFLOW') return 'HEADERS_TOO_LARGE';
  return 'REQUEST_MALFORMED';
}
