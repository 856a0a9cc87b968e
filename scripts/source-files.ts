import { readdirSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

import { projectRoot } from './project-root.ts';

/** The folders that hold our sources. */
export const sourceFolders = ['pipeline', 'ingest', 'query', 'web-client', 'fixtures', 'scripts'] as const;

/** Every file below a folder of the project, as paths from the root with forward slashes, sorted. */
export function filesBelow(folder: string): readonly string[] {
  const found: string[] = [];
  const visit = (path: string): void => {
    for (const entry of readdirSync(path, { withFileTypes: true })) {
      const child = join(path, entry.name);
      if (entry.isDirectory() && entry.name !== 'node_modules') visit(child);
      else if (entry.isFile()) found.push(relative(projectRoot, child).split(sep).join('/'));
    }
  };
  visit(join(projectRoot, folder));
  return found.sort();
}
