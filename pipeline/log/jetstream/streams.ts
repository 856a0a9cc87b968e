import {
  DiscardPolicy,
  type JetStreamManager,
  NatsError,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
} from 'nats';

export const EVENTS_STREAM = 'EVENTS';
export const KPI_STREAM = 'KPI';
export const QUARANTINE_STREAM = 'QUARANTINE';

/** How much each stream may hold, bytes. A full `EVENTS` means unprocessed data: producers are told to wait. */
export interface StreamLimits {
  readonly eventsBytesMax: number;
  readonly kpiBytesMax: number;
  readonly quarantineBytesMax: number;
}

export const STREAM_LIMITS: StreamLimits = {
  eventsBytesMax: 4 * 1024 ** 3,
  kpiBytesMax: 512 * 1024 ** 2,
  quarantineBytesMax: 512 * 1024 ** 2,
};

/** NATS counts duplicates by `Nats-Msg-Id` within this window; nothing rests on it but the retry of one publish. */
const DUPLICATE_WINDOW_NS = 120 * 1e9;

/**
 * Creates the streams that are missing. An `EVENTS` stream that has to be created beside stored rows starts
 * above the highest position in them, so that no position ever means two things.
 */
export async function ensureStreams(
  manager: JetStreamManager,
  storedPosition: number,
  limits: StreamLimits = STREAM_LIMITS,
): Promise<void> {
  await ensure(manager, {
    name: EVENTS_STREAM,
    subjects: ['events.>'],
    discard: DiscardPolicy.New,
    max_bytes: limits.eventsBytesMax,
    first_seq: storedPosition + 1,
  });
  await ensure(manager, {
    name: QUARANTINE_STREAM,
    subjects: ['quarantine.>'],
    discard: DiscardPolicy.New,
    max_bytes: limits.quarantineBytesMax,
  });
  await ensure(manager, {
    name: KPI_STREAM,
    subjects: ['kpi.*'],
    discard: DiscardPolicy.Old,
    max_bytes: limits.kpiBytesMax,
  });
}

async function ensure(manager: JetStreamManager, config: Partial<StreamConfig>): Promise<void> {
  try {
    await manager.streams.info(config.name!);
  } catch (error) {
    if (!(error instanceof NatsError) || error.api_error?.code !== 404) throw error;
    await manager.streams.add({
      retention: RetentionPolicy.Limits,
      storage: StorageType.File,
      max_age: 0,
      duplicate_window: DUPLICATE_WINDOW_NS,
      ...config,
    });
  }
}
