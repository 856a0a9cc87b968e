import {
  connect,
  type ConnectionOptions,
  type JetStreamClient,
  type JetStreamManager,
  type NatsConnection,
} from 'nats';

import { LogUnavailableError } from '../../errors.ts';
import type { EventAppender, EventReader, QuarantineAppender, QuarantineReader } from '../event-log.ts';
import type { KpiAppender, KpiReader } from '../kpi-log.ts';
import type { CheckpointStore } from '../checkpoint-store.ts';
import { jetstreamAppender } from './appender.ts';
import { jetstreamCheckpoints } from './checkpoints.ts';
import { jetstreamKpiAppender, jetstreamKpiReader } from './kpi.ts';
import { jetstreamQuarantine, jetstreamQuarantineReader } from './quarantine.ts';
import { jetstreamReader } from './reader.ts';

/** Everything that a role does with the broker, over one connection that reconnects for ever. */
export interface LogConnection {
  readonly events: EventAppender;
  readonly reader: EventReader;
  readonly quarantine: QuarantineAppender;
  readonly quarantined: QuarantineReader;
  readonly kpis: KpiReader;
  readonly kpiAppender: KpiAppender;
  readonly checkpoints: CheckpointStore;
  readonly manager: JetStreamManager;
  readonly client: JetStreamClient;
  /** Largest message the server takes, bytes. */
  readonly maxPayloadBytes: number;
  /** Whether the connection stands right now. */
  ready(): boolean;
  close(): Promise<void>;
}

const REQUEST_TIMEOUT_MS = 2_500;
const RECONNECT_WAIT_MS = 200;

/**
 * Connects to JetStream; waits for a broker that is not there yet.
 *
 * @param url `nats://token@host:port` or `nats://user:password@host:port`
 * @param name shown by the server beside the connection
 */
export async function connectLog(url: string, name: string): Promise<LogConnection> {
  const connection = await connect({ ...optionsOf(url), name }).catch((error: unknown) => {
    throw new LogUnavailableError(`no broker at ${withoutSecret(url)}`, {
      cause: error,
    });
  });
  const client = connection.jetstream({ timeout: REQUEST_TIMEOUT_MS });
  const manager = await connection.jetstreamManager({
    timeout: REQUEST_TIMEOUT_MS,
    checkAPI: false,
  });
  const up = trackStatus(connection);
  const maxPayloadBytes = connection.info?.max_payload ?? 1_048_576;
  return {
    events: jetstreamAppender(client),
    reader: jetstreamReader(client, manager),
    quarantine: jetstreamQuarantine(client),
    quarantined: jetstreamQuarantineReader(client, manager),
    kpis: jetstreamKpiReader(client, manager),
    kpiAppender: jetstreamKpiAppender(client, manager, maxPayloadBytes),
    checkpoints: jetstreamCheckpoints(client),
    manager,
    client,
    maxPayloadBytes,
    ready: up,
    close: () => connection.close(),
  };
}

function optionsOf(url: string): ConnectionOptions {
  const parsed = new URL(url);
  const user = decodeURIComponent(parsed.username);
  const pass = decodeURIComponent(parsed.password);
  const identity = user === '' ? {} : pass === '' ? { token: user } : { user, pass };
  return {
    servers: `${parsed.hostname}:${parsed.port === '' ? '4222' : parsed.port}`,
    ...identity,
    maxReconnectAttempts: -1,
    reconnectTimeWait: RECONNECT_WAIT_MS,
    waitOnFirstConnect: true,
    pingInterval: 5_000,
    maxPingOut: 2,
  };
}

function trackStatus(connection: NatsConnection): () => boolean {
  let up = true;
  void (async () => {
    for await (const status of connection.status()) {
      if (status.type === 'disconnect') up = false;
      if (status.type === 'reconnect') up = true;
    }
    up = false;
  })();
  return () => up && !connection.isClosed();
}

function withoutSecret(url: string): string {
  const parsed = new URL(url);
  return `${parsed.hostname}:${parsed.port}`;
}
