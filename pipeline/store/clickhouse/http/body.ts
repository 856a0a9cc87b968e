import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { createGunzip, createInflate } from 'node:zlib';

import { refused, StatementError } from '../problem.ts';
import { parseStatement, type Statement } from '../statement/statement.ts';
import type { HandOver, HandOverFile } from './hand-over.ts';
import { addParameter, type StatementOptions } from './request.ts';

/** The longest text of a statement, INSERT … VALUES included. */
export const textBytesMax = 16 * 1024 * 1024;
/** The longest body of an insert, decompressed. */
export const bodyBytesMax = 2 * 1024 * 1024 * 1024;
/** Where an insert's data begins must show within so many bytes. */
export const headBytesMax = 256 * 1024;

/** A statement with the values of its placeholders, and the data of an insert in a file. */
export interface ReceivedStatement {
  readonly statement: Statement;
  readonly parameters: ReadonlyMap<string, string>;
  /** To be removed by the caller. */
  readonly data: HandOverFile | undefined;
}

/**
 * Receives a request's body to its end, and only then says what is to be done: half a body must not become
 * half an insert.
 *
 * Throws StatementError: 62 for a text over its bound or a malformed statement, 307 for a body over its bound,
 * 354 for a body that does not decompress, 210 when the client went away.
 */
export async function receiveStatement(
  request: IncomingMessage,
  options: StatementOptions,
  handOver: HandOver,
): Promise<ReceivedStatement> {
  const chunks = new BodyReader(decoded(request));
  try {
    if (request.headers['content-type']?.startsWith('multipart/form-data') === true) {
      return await receiveForm(await chunks.rest(), request.headers['content-type'], options);
    }
    return await receivePlain(chunks, options, handOver);
  } catch (error) {
    throw error instanceof StatementError ? error : toBodyError(error);
  }
}

async function receivePlain(
  chunks: BodyReader,
  options: StatementOptions,
  handOver: HandOver,
): Promise<ReceivedStatement> {
  const { parameters } = options;
  const inUrl = options.query === '' ? undefined : parseStatement(options.query);
  if (inUrl?.kind === 'insert') {
    const begun = Buffer.from(options.query.slice(inUrl.dataStart));
    return { statement: inUrl, parameters, data: await spool(handOver, begun, chunks) };
  }
  if (inUrl === undefined) {
    const head = await chunks.head();
    const insert = insertIn(head.toString('utf8'));
    if (insert !== undefined) {
      const offset = Buffer.byteLength(head.toString('utf8').slice(0, insert.dataStart));
      const data = await spool(handOver, head.subarray(offset), chunks, 'head taken');
      return { statement: insert, parameters, data };
    }
  }
  const body = (await chunks.rest()).toString('utf8');
  if (inUrl !== undefined && body.trim() === '') return { statement: inUrl, parameters, data: undefined };
  const text = options.query === '' ? body : `${options.query}\n${body}`;
  return { statement: parseStatement(text), parameters, data: undefined };
}

/** The client sends long parameters as a form. */
async function receiveForm(
  body: Buffer,
  contentType: string,
  options: StatementOptions,
): Promise<ReceivedStatement> {
  const form = await new Response(body, { headers: { 'content-type': contentType } }).formData();
  const parameters = new Map(options.parameters);
  let text = options.query;
  for (const [name, value] of form) {
    if (typeof value !== 'string') throw refused(48, 'NOT_IMPLEMENTED', 'External tables are not available');
    if (name === 'query') text += value;
    else if (name.startsWith('param_')) addParameter(parameters, name.slice('param_'.length), value);
  }
  return { statement: parseStatement(text), parameters, data: undefined };
}

/** An insert with data, if the text begins with one; any other text is judged when it is complete. */
function insertIn(head: string): Extract<Statement, { kind: 'insert' }> | undefined {
  if (!/^\s*(?:--|#|\/\*|INSERT\b)/i.test(head)) return undefined;
  try {
    const statement = parseStatement(head);
    return statement.kind === 'insert' ? statement : undefined;
  } catch (error) {
    if (error instanceof StatementError) return undefined; // Judged again with the whole text.
    throw error;
  }
}

async function spool(
  handOver: HandOver,
  begun: Buffer,
  chunks: BodyReader,
  head: 'head taken' | 'head left' = 'head left',
): Promise<HandOverFile> {
  const file = handOver.create();
  try {
    file.write(begun);
    if (head === 'head left') file.write(await chunks.head());
    for (;;) {
      const chunk = await chunks.next();
      if (chunk === undefined) break;
      file.write(chunk);
    }
    file.finish();
    return file;
  } catch (error) {
    file.remove();
    throw error;
  }
}

/** Reads a body in two steps: its head, to see what it is, then what follows. */
class BodyReader {
  readonly #iterator: AsyncIterator<Buffer>;
  #receivedBytes = 0;
  #head: Buffer | undefined;

  constructor(stream: AsyncIterable<Buffer>) {
    this.#iterator = stream[Symbol.asyncIterator]();
  }

  /** The first `headBytesMax` bytes or a little more, fewer when the body ends before; always the same. */
  async head(): Promise<Buffer> {
    if (this.#head !== undefined) return this.#head;
    const parts: Buffer[] = [];
    while (this.#receivedBytes < headBytesMax) {
      const chunk = await this.next();
      if (chunk === undefined) break;
      parts.push(chunk);
    }
    this.#head = Buffer.concat(parts);
    return this.#head;
  }

  async next(): Promise<Buffer | undefined> {
    const result = await this.#iterator.next();
    if (result.done === true) return undefined;
    this.#receivedBytes += result.value.length;
    if (this.#receivedBytes > bodyBytesMax) {
      throw refused(307, 'TOO_MANY_BYTES', `A body may have ${bodyBytesMax} bytes`);
    }
    return result.value;
  }

  /** The whole body, head included. */
  async rest(): Promise<Buffer> {
    const parts = [await this.head()];
    for (;;) {
      const chunk = await this.next();
      if (chunk === undefined) return Buffer.concat(parts);
      parts.push(chunk);
      if (this.#receivedBytes > textBytesMax) {
        const advice = 'send the rows of an insert with FORMAT instead of VALUES';
        throw refused(62, 'SYNTAX_ERROR', `Max query size exceeded: ${textBytesMax} bytes; ${advice}`);
      }
    }
  }
}

function decoded(request: IncomingMessage): Readable {
  const encoding = request.headers['content-encoding']?.trim().toLowerCase() ?? 'identity';
  if (encoding === 'identity' || encoding === '') return request;
  const decoder = encoding === 'gzip' ? createGunzip() : encoding === 'deflate' ? createInflate() : undefined;
  if (decoder === undefined) {
    throw refused(48, 'NOT_IMPLEMENTED', 'Content-Encoding may be gzip or deflate');
  }
  request.once('error', (error) => decoder.destroy(error));
  request.once('aborted', () => decoder.destroy(new Error('aborted')));
  return request.pipe(decoder);
}

function toBodyError(error: unknown): StatementError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const options = { cause: error };
  if (code.startsWith('Z_')) {
    return new StatementError(354, 'ZLIB_INFLATE_FAILED', 'The body does not decompress', options);
  }
  if (code === 'ENOSPC') {
    return new StatementError(243, 'NOT_ENOUGH_SPACE', 'No space left for the body of the insert', options);
  }
  return new StatementError(210, 'NETWORK_ERROR', `The body did not arrive: ${String(error)}`, options);
}
