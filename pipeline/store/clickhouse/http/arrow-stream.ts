import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

import { refused } from '../problem.ts';

/** Messages of one stream: schema, dictionaries, batches. */
export const arrowMessagesMax = 1_000_000;

/**
 * Refuses a file that goes on after the end of its first Arrow stream.
 *
 * The engine reads the first stream and ignores the rest without a word, so two streams written one after the
 * other would lose rows. Only the prefixes of the messages are read. Anything malformed is left to the engine.
 *
 * Throws StatementError 33.
 */
export function assertOneArrowStream(path: string): void {
  const file = openSync(path, 'r');
  try {
    const sizeBytes = fstatSync(file).size;
    let position = 0;
    for (let count = 0; count < arrowMessagesMax && position + 8 <= sizeBytes; count += 1) {
      const prefix = read(file, position, 8);
      const hasMarker = prefix.readInt32LE(0) === -1;
      const metadataBytes = prefix.readInt32LE(hasMarker ? 4 : 0);
      position += hasMarker ? 8 : 4;
      if (metadataBytes === 0) {
        if (position < sizeBytes) throw severalStreams(sizeBytes - position);
        return;
      }
      if (metadataBytes < 8 || position + metadataBytes > sizeBytes) return;
      const bodyBytes = messageBodyBytes(read(file, position, Math.min(metadataBytes, 4096)));
      position += metadataBytes + bodyBytes;
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error; // Not a message after all: the engine will say so.
  } finally {
    closeSync(file);
  }
}

/** `bodyLength`, the fourth field of the flatbuffer table `Message` (Arrow columnar format, Message.fbs). */
function messageBodyBytes(metadata: Buffer): number {
  const table = metadata.readUInt32LE(0);
  const vtable = table - metadata.readInt32LE(table);
  const fieldAt = 4 + 2 * 3;
  if (metadata.readUInt16LE(vtable) <= fieldAt) return 0;
  const offset = metadata.readUInt16LE(vtable + fieldAt);
  return offset === 0 ? 0 : Number(metadata.readBigInt64LE(table + offset));
}

function read(file: number, position: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  return bytes.subarray(0, readSync(file, bytes, 0, length, position));
}

function severalStreams(extraBytes: number): Error {
  const detail = `${extraBytes} bytes follow the end of the first one`;
  return refused(33, 'CANNOT_READ_ALL_DATA', `The body must be one Arrow stream: ${detail}`);
}
