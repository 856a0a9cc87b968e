import { randomBytes } from 'node:crypto';
import { closeSync, copyFileSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** A body up to this size is handed over in memory, when the machine has a file system for that. */
export const memoryFileBytesMax = 16 * 1024 * 1024;
/** All bodies in memory together: a container's shared memory is often 64 MB. */
export const memoryBytesMax = 32 * 1024 * 1024;

/**
 * Files that carry the bodies of inserts to the engine, which reads them by `FROM INFILE`: that is the one way
 * in for every format, since the binding's own inserts turn binary bodies into text.
 *
 * Each file has an unguessable name in a folder that only this user may enter, and is removed when its insert
 * has ended. Both folders are emptied at start: what is found there is of a process that was killed.
 */
export class HandOver {
  readonly #memoryDirectory: string | undefined;
  readonly #diskDirectory: string;
  #memoryBytes = 0;

  constructor(memoryDirectory: string | undefined, diskDirectory: string) {
    this.#memoryDirectory = memoryDirectory;
    this.#diskDirectory = diskDirectory;
  }

  /** Removes both folders. */
  close(): void {
    for (const path of [this.#memoryDirectory, this.#diskDirectory]) {
      if (path !== undefined) rmSync(path, { recursive: true, force: true });
    }
  }

  /** A new empty file. */
  create(): HandOverFile {
    const name = `${randomBytes(16).toString('hex')}.body`;
    const disk = join(this.#diskDirectory, name);
    if (this.#memoryDirectory === undefined) return new HandOverFile(disk, disk, undefined);
    const memory = join(this.#memoryDirectory, name);
    return new HandOverFile(memory, disk, (bytes) => {
      if (this.#memoryBytes + bytes > memoryBytesMax) return false;
      this.#memoryBytes += bytes;
      return true;
    });
  }
}

/** One body on its way to the engine. Writes are synchronous: they are copies into memory or the page cache. */
export class HandOverFile {
  #path: string;
  readonly #diskPath: string;
  readonly #reserve: ((bytes: number) => boolean) | undefined;
  #descriptor: number | undefined;
  #sizeBytes = 0;
  #reservedBytes = 0;

  /** @param reserve books bytes of shared memory (negative gives back); undefined when there is none */
  constructor(path: string, diskPath: string, reserve: ((bytes: number) => boolean) | undefined) {
    this.#path = path;
    this.#diskPath = diskPath;
    this.#reserve = reserve;
    this.#descriptor = openSync(path, 'wx', 0o600);
  }

  get path(): string {
    return this.#path;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** Appends; moves the file to the disk when it outgrows its share of memory. */
  write(chunk: Uint8Array): void {
    if (this.#path !== this.#diskPath && !this.#fitsInMemory(chunk.length)) this.#moveToDisk();
    try {
      this.#append(chunk, 0);
    } catch (error) {
      if (this.#path === this.#diskPath || !isNoSpace(error)) throw error;
      this.#moveToDisk(); // Shared memory is fuller than we know; what was written of the chunk is cut off.
      this.#append(chunk, 0);
    }
    this.#sizeBytes += chunk.length;
  }

  /** No more writes. */
  finish(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }

  /** Gives the space back. */
  remove(): void {
    this.finish();
    rmSync(this.#path, { force: true });
    this.#release();
  }

  #fitsInMemory(bytes: number): boolean {
    if (this.#sizeBytes + bytes > memoryFileBytesMax || this.#reserve?.(bytes) !== true) return false;
    this.#reservedBytes += bytes;
    return true;
  }

  #append(chunk: Uint8Array, from: number): void {
    let offset = from;
    while (offset < chunk.length) {
      const position = this.#sizeBytes + offset;
      offset += writeSync(this.#descriptor ?? -1, chunk, offset, chunk.length - offset, position);
    }
  }

  #moveToDisk(): void {
    this.finish();
    copyFileSync(this.#path, this.#diskPath);
    rmSync(this.#path, { force: true });
    this.#release();
    this.#path = this.#diskPath;
    this.#descriptor = openSync(this.#diskPath, 'r+', 0o600);
  }

  #release(): void {
    this.#reserve?.(-this.#reservedBytes);
    this.#reservedBytes = 0;
  }
}

/** Makes an empty folder that only this user may enter. */
export function emptyPrivateDirectory(path: string): string {
  rmSync(path, { recursive: true, force: true });
  mkdirSync(path, { recursive: true, mode: 0o700 });
  return path;
}

function isNoSpace(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOSPC';
}
