import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of our package.json: the same for the sources and for what is built into `dist/`. */
export const projectRoot: string = findRoot(dirname(fileURLToPath(import.meta.url)));

/** Where a compiled script of the product is, seen from the root: `builtPath('query/main')`. */
export function builtPath(name: string): string {
  return join(projectRoot, 'dist', `${name}.js`);
}

function findRoot(start: string): string {
  for (let folder = start; folder !== dirname(folder); folder = dirname(folder)) {
    const file = join(folder, 'package.json');
    if (existsSync(file) && readFileSync(file, 'utf8').includes('"name": "haidang"')) return folder;
  }
  throw new Error(`no package.json of haidang above ${start}`);
}
