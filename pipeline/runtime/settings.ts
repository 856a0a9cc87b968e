import { delimiter, resolve } from 'node:path';

import { SettingInvalidError } from './settings-errors.ts';

/** The environment as a process gets it. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** `strict`: an acknowledgement survives a power cut. `relaxed`: it survives `kill -9` only. */
export type Durability = 'strict' | 'relaxed';

/** A switch in the environment. */
export type Switch = 'on' | 'off';

/** pino's levels. */
export type LogLevel = (typeof logLevels)[number];

/** What every process and the command line read: where state lives and which ports are ours. */
export interface LocalSettings {
  /** Absolute path of the state folder. */
  readonly home: string;
  readonly host: string;
  readonly queryPort: number;
  readonly ingestPort: number;
  readonly mqttPort: number;
  readonly pipelinePort: number;
  readonly demo: Switch;
  readonly logLevel: LogLevel;
}

/** How to reach the broker. */
export interface NatsSettings {
  readonly url: string;
  /** Path of a credentials file, for a broker of one's own. */
  readonly credsPath: string | undefined;
}

/** How to reach ClickHouse. */
export interface ClickHouseSettings {
  readonly url: string;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  /** With a name, tables are replicated on that cluster. */
  readonly cluster: string | undefined;
}

/** Everything that a role (`ingest`, `pipeline`, `query`) reads from its environment. */
export interface Settings extends LocalSettings {
  readonly durability: Durability;
  /** Whether an unknown feed is created with defaults on first use. */
  readonly autoFeeds: Switch;
  /** Folders of registry files beside the product's own; a later one adds to an earlier one. */
  readonly registryFolders: readonly string[];
  readonly nats: NatsSettings;
  readonly clickhouse: ClickHouseSettings;
}

const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
const switches = ['on', 'off'] as const;
const durabilities = ['strict', 'relaxed'] as const;

/**
 * Reads what needs no server.
 *
 * @throws SettingInvalidError naming the variable
 */
export function readLocalSettings(env: Environment): LocalSettings {
  return {
    home: resolve(text(env, 'HAIDANG_HOME') ?? 'var'),
    host: text(env, 'HAIDANG_HOST') ?? '127.0.0.1',
    queryPort: port(env, 'HAIDANG_PORT', 8080),
    ingestPort: port(env, 'HAIDANG_INGEST_PORT', 8081),
    mqttPort: port(env, 'HAIDANG_MQTT_PORT', 1883),
    pipelinePort: port(env, 'HAIDANG_PIPELINE_PORT', 8082),
    demo: choice(env, 'HAIDANG_DEMO', switches) ?? 'on',
    logLevel: choice(env, 'LOG_LEVEL', logLevels) ?? 'info',
  };
}

/**
 * Reads everything that a role needs. `haidang start` sets it all; a role that is started alone must be told
 * its broker and its ClickHouse.
 *
 * @throws SettingInvalidError naming the variable
 */
export function readSettings(env: Environment): Settings {
  return {
    ...readLocalSettings(env),
    durability: readDurability(env) ?? 'strict',
    autoFeeds: choice(env, 'HAIDANG_AUTO_FEEDS', switches) ?? 'off',
    registryFolders: (text(env, 'HAIDANG_REGISTRY') ?? '').split(delimiter).filter((path) => path !== ''),
    nats: { url: required(env, 'NATS_URL'), credsPath: text(env, 'NATS_CREDS') },
    clickhouse: {
      ...readClickHouseNames(env),
      url: required(env, 'CLICKHOUSE_URL'),
      password: env.CLICKHOUSE_PASSWORD ?? '',
    },
  };
}

/** The mode that was asked for; undefined when the choice is left to the broker's version. */
export function readDurability(env: Environment): Durability | undefined {
  return choice(env, 'HAIDANG_DURABILITY', durabilities);
}

/** User, database and cluster, with their defaults. */
export function readClickHouseNames(
  env: Environment,
): Pick<ClickHouseSettings, 'user' | 'database' | 'cluster'> {
  return {
    user: text(env, 'CLICKHOUSE_USER') ?? 'haidang',
    database: text(env, 'CLICKHOUSE_DATABASE') ?? 'haidang',
    cluster: text(env, 'CLICKHOUSE_CLUSTER'),
  };
}

/** Reads a switch; undefined when it is not set. */
export function readSwitch(env: Environment, variable: string): Switch | undefined {
  return choice(env, variable, switches);
}

function text(env: Environment, variable: string): string | undefined {
  const value = env[variable]?.trim();
  return value === undefined || value === '' ? undefined : value;
}

function required(env: Environment, variable: string): string {
  const value = text(env, variable);
  if (value !== undefined) return value;
  throw new SettingInvalidError(
    variable,
    'is not set; `haidang start` sets it, a role started alone needs it',
  );
}

function port(env: Environment, variable: string, standard: number): number {
  const value = text(env, variable);
  if (value === undefined) return standard;
  const number = Number(value);
  if (/^\d{1,5}$/.test(value) && number >= 1 && number <= 65_535) return number;
  throw new SettingInvalidError(variable, `"${value}" is not a port (1 to 65535)`);
}

function choice<Choice extends string>(
  env: Environment,
  variable: string,
  choices: readonly Choice[],
): Choice | undefined {
  const value = text(env, variable);
  if (value === undefined) return undefined;
  const found = choices.find((one) => one === value);
  if (found !== undefined) return found;
  throw new SettingInvalidError(variable, `"${value}" is none of ${choices.join(', ')}`);
}
