import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { readDurability, type Durability, type Environment } from '../../pipeline/runtime/settings.ts';
import { freePort } from '../process/free-port.ts';
import { natsGreeting } from '../process/probe.ts';
import type { ServiceSpec } from '../process/supervised.ts';
import { findNatsServer } from '../setup/find-nats.ts';
import { decideDurability, formatVersion, parseVersion } from '../setup/nats-version.ts';
import { missingNatsMessage } from '../setup/setup-nats.ts';
import { natsConfigText } from './nats-config.ts';
import { runFolder } from './services-file.ts';

/** The broker that we use, or why there is none. */
export type Broker =
  | {
      readonly kind: 'ready';
      readonly url: string;
      readonly version: string;
      readonly durability: Durability;
      readonly warning: string | undefined;
      /** The process to start; undefined for a broker that runs elsewhere. */
      readonly service: ServiceSpec | undefined;
    }
  | { readonly kind: 'none'; readonly reason: string };

/** How the embedded broker's log lines are passed on. */
export type LogLine = (line: string) => void;

/** Takes the broker of `NATS_URL`, or prepares the embedded one, and settles the durability mode. */
export function chooseBroker(home: string, env: Environment, onLine: LogLine): Promise<Broker> {
  const url = env.NATS_URL?.trim();
  return url === undefined || url === '' ? embedBroker(home, env, onLine) : askBroker(url, env);
}

async function askBroker(url: string, env: Environment): Promise<Broker> {
  const first = url.split(',')[0] ?? url;
  if (!URL.canParse(first))
    return { kind: 'none', reason: `NATS_URL="${url}" is not a URL (nats://host:4222)` };
  const { hostname, port } = new URL(first);
  const greeting = await natsGreeting(hostname, port === '' ? 4222 : Number(port));
  const version = greeting === undefined ? undefined : parseVersion(greeting.version);
  if (greeting === undefined || version === undefined) {
    return { kind: 'none', reason: `no broker answers at ${hostname}:${port || 4222} (NATS_URL)` };
  }
  if (!greeting.jetstream) {
    return { kind: 'none', reason: `the broker at ${hostname} has no JetStream: start it with -js` };
  }
  const decision = decideDurability(version, readDurability(env));
  if (decision.kind === 'refused') return { kind: 'none', reason: decision.reason };
  const { durability } = decision;
  const unseen =
    durability === 'strict'
      ? 'the broker of NATS_URL must have jetstream { sync_interval: always } for strict mode; that cannot be seen from here'
      : undefined;
  const warning = [decision.warning, unseen].filter((text) => text !== undefined).join('; ') || undefined;
  return { kind: 'ready', url, version: formatVersion(version), durability, warning, service: undefined };
}

async function embedBroker(home: string, env: Environment, onLine: LogLine): Promise<Broker> {
  const server = findNatsServer();
  if (server === undefined) return { kind: 'none', reason: missingNatsMessage() };
  const decision = decideDurability(server.version, readDurability(env));
  if (decision.kind === 'refused') return { kind: 'none', reason: decision.reason };

  const { durability, warning } = decision;
  const { version } = server;
  const host = '127.0.0.1';
  const port = await freePort(host);
  const token = randomBytes(32).toString('hex');
  const storeFolder = join(home, 'nats');
  mkdirSync(storeFolder, { recursive: true, mode: 0o700 });
  const configPath = join(runFolder(home), 'nats.conf');
  const text = natsConfigText({ host, port, token, storeFolder, durability, version });
  writeFileSync(configPath, text, { mode: 0o600 });
  const service: ServiceSpec = {
    name: 'nats-server',
    command: {
      program: server.path,
      args: ['-c', configPath],
      env: { ...env, HAIDANG_HOME: home },
      output: 'pipe',
    },
    isReady: async () => (await natsGreeting(host, port)) !== undefined,
    startTimeoutMs: 60_000,
    stopTimeoutMs: 2_000,
    onLine,
  };
  const url = `nats://${token}@${host}:${port}`;
  return { kind: 'ready', url, version: formatVersion(version), durability, warning, service };
}
