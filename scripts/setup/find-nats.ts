import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

import { projectRoot } from '../project-root.ts';
import { isAtLeast, parseVersion, strictSince, type Version } from './nats-version.ts';

/** A nats-server that runs on this machine. */
export interface NatsServer {
  readonly path: string;
  readonly version: Version;
}

/** Where to look. */
export interface FindNatsOptions {
  /** The value of PATH. */
  readonly searchPath?: string;
  /** Where setup keeps what it fetched: one folder per version. */
  readonly cacheFolder?: string;
}

/** Where setup keeps the nats-server that it fetched. */
export const natsCacheFolder: string = join(projectRoot, 'node_modules', '.cache', 'haidang', 'nats-server');

/** Folders of system programs that are not on every user's PATH. */
const systemFolders = ['/usr/local/bin', '/usr/local/sbin', '/usr/bin', '/usr/sbin', '/opt/homebrew/bin'];

/**
 * The nats-server to use: one that is new enough on the PATH, else the newest that setup fetched, else an older
 * one from either place; undefined when there is none. Uses no network.
 */
export function findNatsServer(options: FindNatsOptions = {}): NatsServer | undefined {
  const onPath = searchPath(options.searchPath ?? process.env.PATH ?? '');
  if (onPath !== undefined && isAtLeast(onPath.version, strictSince)) return onPath;
  return searchCache(options.cacheFolder ?? natsCacheFolder) ?? onPath;
}

/** Asks a program for its version; undefined when it does not run here. */
export function probeNatsServer(path: string): NatsServer | undefined {
  const answer = spawnSync(path, ['--version'], { encoding: 'utf8', timeout: 10_000 });
  if (answer.status !== 0) return undefined;
  const version = parseVersion(`${answer.stdout}${answer.stderr}`);
  return version === undefined ? undefined : { path, version };
}

function searchPath(path: string): NatsServer | undefined {
  const folders = path === '' ? [] : [...path.split(delimiter), ...systemFolders];
  for (const folder of folders) {
    const candidate = join(folder, 'nats-server');
    const server = isExecutable(candidate) ? probeNatsServer(candidate) : undefined;
    if (server !== undefined) return server;
  }
  return undefined;
}

function searchCache(folder: string): NatsServer | undefined {
  if (!existsSync(folder)) return undefined;
  let newest: NatsServer | undefined;
  for (const entry of readdirSync(folder)) {
    const candidate = join(folder, entry, 'nats-server');
    const server = isExecutable(candidate) ? probeNatsServer(candidate) : undefined;
    if (server === undefined) continue;
    if (newest === undefined || isAtLeast(server.version, newest.version)) newest = server;
  }
  return newest;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch (error) {
    if (error instanceof Error && 'code' in error) return false;
    throw error;
  }
}
