import { spawnSync } from 'node:child_process';

import { fetchNatsServer } from './fetch-nats.ts';
import { findNatsServer, type NatsServer } from './find-nats.ts';
import { howToInstallNats } from './how-to-install.ts';
import { formatVersion, isAtLeast, strictSince } from './nats-version.ts';

/** What setup ended with. `lines` are for a person, the most important one last. */
export interface SetupOutcome {
  readonly server: NatsServer | undefined;
  readonly lines: readonly string[];
}

/**
 * Makes sure that there is a nats-server to start: keeps one that is new enough, else fetches one. Never throws
 * for want of a network: `npm ci` must succeed without one.
 */
export function setupNats(env: NodeJS.ProcessEnv): SetupOutcome {
  if (env.NATS_URL !== undefined && env.NATS_URL !== '') {
    return { server: undefined, lines: ['broker: NATS_URL is set, no nats-server is fetched'] };
  }
  const present = findNatsServer();
  if (present !== undefined && isAtLeast(present.version, strictSince)) {
    return { server: present, lines: [describe(present)] };
  }
  const outcome = fetchNatsServer();
  const reasons = outcome.kind === 'failed' ? outcome.reasons : [];
  const server = outcome.kind === 'fetched' ? newer(outcome.server, present) : present;
  if (server === undefined) return { server, lines: [...reasons, missingNatsMessage()] };
  if (isAtLeast(server.version, strictSince)) return { server, lines: [describe(server)] };
  const warning = `WARNING: ${describe(server)} is older than 2.10: Hải Đăng will run in relaxed mode`;
  return { server, lines: [...reasons, warning] };
}

/** What to do when there is no nats-server at all. */
export function missingNatsMessage(): string {
  const command = howToInstallNats(process.platform, hasProgram);
  return `no nats-server found. Install one with: ${command}\nor set NATS_URL to a broker that runs already.`;
}

function describe(server: NatsServer): string {
  return `nats-server ${formatVersion(server.version)} at ${server.path}`;
}

function newer(one: NatsServer, other: NatsServer | undefined): NatsServer {
  return other !== undefined && isAtLeast(other.version, one.version) ? other : one;
}

function hasProgram(name: string): boolean {
  return spawnSync('sh', ['-c', 'command -v "$1"', 'sh', name], { stdio: 'ignore' }).status === 0;
}
