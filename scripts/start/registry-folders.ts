import { join } from 'node:path';

import type { Environment, LocalSettings } from '../../pipeline/runtime/settings.ts';
import { projectRoot } from '../project-root.ts';

/** Folders of registries: the demo province's when the demo is on, then the operator's own. */
export function registryFolders(settings: Pick<LocalSettings, 'demo'>, env: Environment): readonly string[] {
  const own = (env['HAIDANG_REGISTRY'] ?? '').split(':').filter((folder) => folder !== '');
  const demo = join(projectRoot, 'fixtures', 'province', 'registry');
  return settings.demo === 'on' ? [demo, ...own] : own;
}
