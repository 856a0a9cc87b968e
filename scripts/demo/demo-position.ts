import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { writeSecretFile } from '../../pipeline/runtime/access/secret-file.ts';
import type { DemoPosition } from './feed-province.ts';

/** The demo's position in the state folder; another seed is another province and begins anew. */
export function openDemoPosition(home: string, seed: number): DemoPosition {
  const folder = join(home, 'run');
  const file = join(folder, 'demo-position.json');
  return {
    read() {
      if (!existsSync(file)) return 0;
      try {
        const kept = JSON.parse(readFileSync(file, 'utf8')) as { seed?: unknown; reachedMs?: unknown };
        return kept.seed === seed && Number.isSafeInteger(kept.reachedMs) ? Number(kept.reachedMs) : 0;
      } catch (error) {
        // To push the whole past again is safe, only longer.
        if (error instanceof SyntaxError) return 0;
        throw error;
      }
    },
    write(reachedMs) {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      writeSecretFile(file, `${JSON.stringify({ seed, reachedMs })}\n`);
    },
  };
}
