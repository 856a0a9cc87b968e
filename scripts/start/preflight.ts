import { accessSync, constants, existsSync, mkdirSync, statfsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

import type { LocalSettings } from '../../pipeline/runtime/settings.ts';
import { tryPort } from '../process/free-port.ts';

/** Least free space of the state folder's disk with which we start. */
export const diskFreeBytesMin = 512 * 1024 * 1024;

/** Makes the state folder, asks for its rights and looks at its disk; the problem in words, if there is one. */
export function checkHome(home: string, leastBytes = diskFreeBytesMin): string | undefined {
  try {
    makeFolder(resolve(home));
  } catch (error) {
    return `cannot create the state folder ${home}: ${reason(error)} (HAIDANG_HOME chooses another one)`;
  }
  try {
    accessSync(home, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch {
    return `the state folder ${home} cannot be written to by this user (HAIDANG_HOME chooses another one)`;
  }
  const { bavail, bsize } = statfsSync(home);
  const freeBytes = bavail * bsize;
  if (freeBytes >= leastBytes) return undefined;
  const [free, least] = [freeBytes, leastBytes].map((bytes) => Math.floor(bytes / 1024 / 1024));
  return `no disk space: ${free} MB are free for ${home}, at least ${least} MB are needed (HAIDANG_HOME chooses another disk)`;
}

/**
 * Like `mkdirSync` with `recursive`, which never returns where a folder that exists answers ENOENT for a new one in
 * it, as /proc does.
 */
function makeFolder(path: string): void {
  const parent = dirname(path);
  if (!existsSync(parent)) makeFolder(parent);
  // With `recursive` a folder that exists is no error; a file in its place is.
  mkdirSync(path, existsSync(path) ? { recursive: true } : { mode: 0o700 });
}

/** Looks at every port that we are going to listen on; one sentence for each that cannot be had. */
export async function checkPorts(settings: LocalSettings): Promise<readonly string[]> {
  const wanted = [
    { what: 'query', host: settings.host, port: settings.queryPort, variable: 'HAIDANG_PORT' },
    { what: 'ingest', host: settings.host, port: settings.ingestPort, variable: 'HAIDANG_INGEST_PORT' },
    { what: 'MQTT', host: settings.host, port: settings.mqttPort, variable: 'HAIDANG_MQTT_PORT' },
    { what: 'pipeline', host: '127.0.0.1', port: settings.pipelinePort, variable: 'HAIDANG_PIPELINE_PORT' },
  ];
  const problems: string[] = [];
  const seen = new Map<number, string>();
  for (const { what, host, port, variable } of wanted) {
    const other = seen.get(port);
    if (other !== undefined) problems.push(`${variable} and ${other} are both ${port}`);
    seen.set(port, variable);
    const state = await tryPort(host, port);
    if (state.kind === 'free') continue;
    problems.push(sentence({ what, host, port, variable, code: state.code }));
  }
  return problems;
}

function sentence(problem: {
  readonly what: string;
  readonly host: string;
  readonly port: number;
  readonly variable: string;
  readonly code: string;
}): string {
  const { what, host, port, variable, code } = problem;
  if (code === 'EADDRINUSE') {
    return `port ${port} on ${host}, for ${what}, is taken by another program (${variable} chooses another one)`;
  }
  if (code === 'EACCES')
    return `port ${port}, for ${what}, needs more rights (${variable} chooses another one)`;
  if (code === 'EADDRNOTAVAIL') return `${host} is not an address of this machine (HAIDANG_HOST)`;
  return `cannot listen on ${host}:${port} for ${what}: ${code} (${variable}, HAIDANG_HOST)`;
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
