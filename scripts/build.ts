import { chmodSync, copyFileSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { builtPath, projectRoot } from './project-root.ts';
import { filesBelow, sourceFolders } from './source-files.ts';

/** What the compiled code reads beside itself; `tsc` copies none of it. */
const assetPattern = /\.(yaml|json|sql|csv|ndjson|geojson|svg)$/;

copyAssets();
removeOrphans();
if (existsSync(builtPath('scripts/haidang'))) chmodSync(builtPath('scripts/haidang'), 0o755);
await buildWebClient();

function copyAssets(): void {
  for (const folder of sourceFolders) {
    if (folder === 'web-client' || !existsSync(join(projectRoot, folder))) continue;
    for (const path of filesBelow(folder).filter((file) => assetPattern.test(file))) {
      const target = join(projectRoot, 'dist', path);
      mkdirSync(dirname(target), { recursive: true });
      copyFileSync(join(projectRoot, path), target);
    }
  }
}

/** A deleted source must not live on in `dist/`: a role could still import it, a check could still read it. */
function removeOrphans(): void {
  for (const folder of sourceFolders) {
    if (folder === 'web-client' || !existsSync(join(projectRoot, 'dist', folder))) continue;
    for (const built of filesBelow(join('dist', folder))) {
      const path = built.slice('dist/'.length);
      const source = path.replace(/\.js(\.map)?$/, '.ts');
      const isKept = existsSync(join(projectRoot, source)) || existsSync(join(projectRoot, `${source}x`));
      if (!isKept) rmSync(join(projectRoot, built));
    }
  }
}

async function buildWebClient(): Promise<void> {
  const root = join(projectRoot, 'web-client');
  if (!existsSync(join(root, 'index.html'))) return;
  const { build } = await import('vite');
  const outDir = join(projectRoot, 'dist', 'web-client');
  await build({ root, logLevel: 'warn', build: { outDir, emptyOutDir: true } });
}
