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
  /** Folders with programs; those of PATH and of the system unless given. */
  readonly programFolders?: readonly string[];
  /** Where setup keeps what it fetched: one folder per version. */
  readonly cacheFolder?: string;
}

/** Where setup keeps the nats-server that it fetched. */
export const natsCacheFolder: string = join(projectRoot, 'node_modules', '.cache', 'haidang', 'nats-server');

/** Folders of system programs that are not on every user's PATH. */
const systemFolders = ['/usr/local/bin', '/usr/local/sbin', '/usr/bin', '/usr/sbin', '/opt/homebrew/bin'];

/**
 * The nats-server to use: the first one of the machine's own that is new enough, else the newest of what the
 * machine has and what setup fetched; undefined when there is none. Uses no network.
 */
export function findNatsServer(options: FindNatsOptions = {}): NatsServer | undefined {
  const installed = probeFolders(options.programFolders ?? machineFolders());
  const newEnough = installed.find((server) => isAtLeast(server.version, strictSince));
  if (newEnough !== undefined) return newEnough;
  const cached = cachedFolders(options.cacheFolder ?? natsCacheFolder);
  return newest([...installed, ...probeFolders(cached)]);
}

/** Asks a program for its version; undefined when it does not run here. */
export function probeNatsServer(path: string): NatsServer | undefined {
  const answer = spawnSync(path, ['--version'], { encoding: 'utf8', timeout: 10_000 });
  if (answer.status !== 0) return undefined;
  const version = parseVersion(`${answer.stdout}${answer.stderr}`);
  return version === undefined ? undefined : { path, version };
}

function machineFolders(): readonly string[] {
  const path = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  return [...new Set([...path, ...systemFolders])];
}

function cachedFolders(cacheFolder: string): readonly string[] {
  return existsSync(cacheFolder) ? readdirSync(cacheFolder).map((entry) => join(cacheFolder, entry)) : [];
}

function probeFolders(folders: readonly string[]): readonly NatsServer[] {
  const programs = folders.map((folder) => join(folder, 'nats-server')).filter(isExecutable);
  return programs.map(probeNatsServer).filter((server) => server !== undefined);
}

function newest(servers: readonly NatsServer[]): NatsServer | undefined {
  let found: NatsServer | undefined;
  for (const server of servers) {
    if (found === undefined || !isAtLeast(found.version, server.version)) found = server;
  }
  return found;
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
