import { isAscii, isUtf8 } from 'node:buffer';
import { constants, gunzip } from 'node:zlib';

import { RequestRefusedError } from '../errors.ts';

/** Longest body as sent, bytes. */
export const bodyBytesMax = 8 * 1024 * 1024;

/** Longest body after gzip, bytes: a bomb stops here. */
export const inflatedBytesMax = 16 * 1024 * 1024;

/** Text of a body, and how many bytes stand before it. */
export interface BodyText {
  readonly text: string;
  /** 3 with a byte order mark, else 0: offsets in errors count the bytes that were sent. */
  readonly skippedBytes: number;
}

/**
 * Undoes `Content-Encoding`.
 *
 * @throws RequestRefusedError ENCODING_UNSUPPORTED, GZIP_INVALID, BODY_TOO_LARGE
 */
export async function inflated(body: Buffer, encoding: string | undefined): Promise<Buffer> {
  const name = (encoding ?? 'identity').trim().toLowerCase();
  if (name === 'identity' || name === '') return body;
  if (name !== 'gzip' && name !== 'x-gzip') {
    throw new RequestRefusedError(
      'ENCODING_UNSUPPORTED',
      `Content-Encoding ${name.slice(0, 40)}: only gzip is`,
    );
  }
  return new Promise((resolve, reject) => {
    const options = { maxOutputLength: inflatedBytesMax, finishFlush: constants.Z_FINISH };
    gunzip(body, options, (error, result) => {
      if (error === null) return resolve(result);
      const tooLarge = (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';
      reject(
        tooLarge
          ? new RequestRefusedError('BODY_TOO_LARGE', `more than ${inflatedBytesMax} bytes after gzip`, error)
          : new RequestRefusedError('GZIP_INVALID', 'the body is not one whole gzip stream', error),
      );
    });
  });
}

/**
 * Reads a body as UTF-8; a byte order mark is dropped.
 *
 * @throws RequestRefusedError EMPTY_BODY, INVALID_UTF8
 */
export function bodyText(body: Uint8Array): BodyText {
  if (body.length === 0) throw new RequestRefusedError('EMPTY_BODY', 'send one event at least');
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.length);
  const hasMark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  const skippedBytes = hasMark ? 3 : 0;
  // One byte a character is half the memory and parses faster; most bodies of sensors are plain ASCII.
  if (isAscii(bytes)) return { text: bytes.toString('latin1'), skippedBytes };
  if (!isUtf8(bytes)) throw new RequestRefusedError('INVALID_UTF8', 'the body must be UTF-8 throughout');
  return { text: bytes.toString('utf8', skippedBytes), skippedBytes };
}
