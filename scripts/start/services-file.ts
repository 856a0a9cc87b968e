import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { writeSecretFile } from '../../pipeline/runtime/access/secret-file.ts';

/** Where the running services are, for the command line. Kept in `run/services.json`, mode 0600. */
export interface Services {
  readonly natsUrl: string;
  readonly clickhouseUrl: string;
  readonly clickhouseUser: string;
  readonly clickhousePassword: string;
  readonly clickhouseDatabase: string;
  readonly queryUrl: string;
  readonly ingestUrl: string;
  readonly mqttPort: number;
  readonly pipelineUrl: string;
  readonly durability: string;
  readonly pids: Readonly<Record<string, number>>;
}

/** The folder of files that matter only while something runs. */
export function runFolder(home: string): string {
  return join(home, 'run');
}

/** Replaces `run/services.json`. */
export function writeServices(home: string, services: Services): void {
  mkdirSync(runFolder(home), { recursive: true, mode: 0o700 });
  writeSecretFile(servicesPath(home), `${JSON.stringify(services, undefined, 2)}\n`);
}

/** What runs on this state folder; undefined when nothing was started, or the file cannot be read. */
export function readServices(home: string): Services | undefined {
  if (!existsSync(servicesPath(home))) return undefined;
  try {
    return JSON.parse(readFileSync(servicesPath(home), 'utf8')) as Services;
  } catch (error) {
    // Written in one step, so a damaged file was not ours: as good as none.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Forgets what ran. */
export function removeServices(home: string): void {
  rmSync(servicesPath(home), { force: true });
}

function servicesPath(home: string): string {
  return join(runFolder(home), 'services.json');
}
