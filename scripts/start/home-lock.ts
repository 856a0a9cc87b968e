import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { writeSecretFile } from '../../pipeline/runtime/access/secret-file.ts';
import { killIfThere } from '../process/guardian.ts';
import { waitUntil } from '../process/probe.ts';
import { processIdentity } from '../process/process-identity.ts';
import { runFolder } from './services-file.ts';

/** A process and when it was started, so that a later one with its id is not taken for it. */
interface Holder {
  readonly pid: number;
  readonly identity: string;
}

/** Whether the state folder is ours now. */
export type LockOutcome =
  { readonly kind: 'locked'; readonly lock: HomeLock } | { readonly kind: 'held'; readonly pid: number };

/** Our hold on a state folder. */
export interface HomeLock {
  /** Remembers a child, so that the next start can wait for its end if we are killed. */
  remember(name: string, pid: number | undefined): void;
  release(): void;
}

/** How long the children of a killed start may take to end before they are killed, milliseconds. */
const leftoverPatienceMs = 2_000;

/** Takes a state folder for this process. A folder whose holder is dead is taken over, its children gone. */
export async function lockHome(home: string): Promise<LockOutcome> {
  mkdirSync(runFolder(home), { recursive: true, mode: 0o700 });
  const path = join(runFolder(home), 'supervisor.lock');
  const self: Holder = { pid: process.pid, identity: processIdentity(process.pid) ?? '' };
  while (!tryCreate(path, self)) {
    const holder = readHolders(path).get('supervisor');
    if (holder !== undefined && isAlive(holder)) return { kind: 'held', pid: holder.pid };
    rmSync(path, { force: true });
  }
  const childrenPath = join(runFolder(home), 'children.json');
  await endLeftovers(readHolders(childrenPath));

  const children = new Map<string, Holder>();
  const lock: HomeLock = {
    remember(name, pid) {
      const identity = pid === undefined ? undefined : processIdentity(pid);
      if (pid === undefined || identity === undefined) children.delete(name);
      else children.set(name, { pid, identity });
      writeSecretFile(childrenPath, JSON.stringify(Object.fromEntries(children)));
    },
    release() {
      rmSync(childrenPath, { force: true });
      rmSync(path, { force: true });
    },
  };
  return { kind: 'locked', lock };
}

/** Creates the lock file unless it is there: of two that try at once, one succeeds. */
function tryCreate(path: string, self: Holder): boolean {
  try {
    writeFileSync(path, JSON.stringify({ supervisor: self }), { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

async function endLeftovers(leftovers: ReadonlyMap<string, Holder>): Promise<void> {
  const alive = (): Holder[] => [...leftovers.values()].filter(isAlive);
  const isQuiet = async (): Promise<boolean> => alive().length === 0;
  if ((await waitUntil(isQuiet, { timeoutMs: leftoverPatienceMs, everyMs: 20 })) === 'ready') return;
  for (const { pid } of alive()) killIfThere(pid, 'SIGKILL');
  await waitUntil(isQuiet, { timeoutMs: leftoverPatienceMs, everyMs: 20 });
}

function isAlive(holder: Holder): boolean {
  return processIdentity(holder.pid) === holder.identity;
}

/** The holders in a file; none when it is missing or was torn by a crash. */
function readHolders(path: string): Map<string, Holder> {
  const found = new Map<string, Holder>();
  if (!existsSync(path)) return found;
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) return found;
    throw error;
  }
  if (typeof content !== 'object' || content === null) return found;
  for (const [name, value] of Object.entries(content)) if (isHolder(value)) found.set(name, value);
  return found;
}

function isHolder(value: unknown): value is Holder {
  if (typeof value !== 'object' || value === null) return false;
  return 'pid' in value && typeof value.pid === 'number' && 'identity' in value;
}
