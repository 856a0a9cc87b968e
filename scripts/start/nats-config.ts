import type { Durability } from '../../pipeline/runtime/settings.ts';
import { isAtLeast, strictSince, type Version } from '../setup/nats-version.ts';

/** What the embedded broker is told. */
export interface NatsConfig {
  readonly host: string;
  readonly port: number;
  readonly token: string;
  readonly storeFolder: string;
  readonly durability: Durability;
  readonly version: Version;
}

/** Upper bound of what the broker's streams may reserve together; each stream has its own bound below it. */
export const jetStreamFileMax = '1TB';

/**
 * The broker's configuration file: one client port with a token, JetStream on files, no MQTT, no monitoring, no
 * cluster. `sync_interval: always` makes an acknowledgement survive a power cut; an older server does not know the
 * word and would refuse to start.
 */
export function natsConfigText(config: NatsConfig): string {
  const syncsAlways = config.durability === 'strict' && isAtLeast(config.version, strictSince);
  return [
    'server_name: haidang',
    `listen: ${JSON.stringify(`${config.host}:${config.port}`)}`,
    `authorization { token: ${JSON.stringify(config.token)} }`,
    'logtime: false',
    'jetstream {',
    `  store_dir: ${JSON.stringify(config.storeFolder)}`,
    '  max_memory_store: 64MB',
    `  max_file_store: ${jetStreamFileMax}`,
    ...(syncsAlways ? ['  sync_interval: always'] : []),
    '}',
    '',
  ].join('\n');
}
