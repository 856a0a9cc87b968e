import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { emptyPrivateDirectory } from './hand-over.ts';

const sharedMemory = '/dev/shm';

/**
 * Makes this process's folder in shared memory, named after user and process, or returns undefined where the
 * system has none. Folders of killed processes of the same user are removed: they could not do it themselves.
 * Throws what the file system throws.
 */
export function makeMemoryDirectory(processId: number): string | undefined {
  if (!existsSync(sharedMemory)) return undefined;
  const prefix = `haidang-${process.getuid?.() ?? 0}-`;
  for (const name of readdirSync(sharedMemory)) {
    const owner = name.startsWith(prefix) ? Number(name.slice(prefix.length)) : NaN;
    if (Number.isInteger(owner) && !isAlive(owner)) {
      rmSync(join(sharedMemory, name), { recursive: true, force: true });
    }
  }
  return emptyPrivateDirectory(join(sharedMemory, `${prefix}${processId}`));
}

function isAlive(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
