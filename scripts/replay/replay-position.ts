import { createHash } from 'node:crypto';
import { createReadStream, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { writeSecretFile } from '../../pipeline/runtime/access/secret-file.ts';

/** Remembers how many rows of a replay are acknowledged, so that `--resume` sends only the others. */
export interface ReplayPosition {
  /** Rows acknowledged by earlier runs; 0 for a replay that is new or whose record is damaged. */
  read(): number;
  write(acknowledgedRows: number): void;
}

/**
 * The position of one replay, in the state folder. It belongs to the content of the files and to whatever
 * decides which rows are sent in which order; name, batch size and speed do not matter.
 */
export async function openPosition(
  home: string,
  paths: readonly string[],
  choices: readonly unknown[],
): Promise<ReplayPosition> {
  const hash = createHash('sha256').update(JSON.stringify(choices));
  for (const path of paths) hash.update(await fileHash(path));
  const folder = join(home, 'replay');
  const file = join(folder, `${hash.digest('hex').slice(0, 32)}.json`);
  return {
    read() {
      if (!existsSync(file)) return 0;
      try {
        const { acknowledgedRows } = JSON.parse(readFileSync(file, 'utf8')) as { acknowledgedRows?: unknown };
        const known = typeof acknowledgedRows === 'number' && Number.isSafeInteger(acknowledgedRows);
        return known && acknowledgedRows > 0 ? acknowledgedRows : 0;
      } catch (error) {
        // To send everything again is safe: that is what ids are for.
        if (error instanceof SyntaxError) return 0;
        throw error;
      }
    },
    write(acknowledgedRows) {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      writeSecretFile(file, `${JSON.stringify({ acknowledgedRows })}\n`);
    },
  };
}

async function fileHash(path: string): Promise<Buffer> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest();
}
