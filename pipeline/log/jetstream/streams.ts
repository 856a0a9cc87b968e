import {
  DiscardPolicy,
  type JetStreamManager,
  NatsError,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
} from 'nats';

/** Every event and control message, subjects `events.<subsystem>.<kind>`. */
export const EVENTS_STREAM = 'EVENTS';
const EVENTS_SUBJECTS = 'events.>';
const SETUP_SUBJECT = 'setup.events';
/** Every emission of every shard, subjects `kpi.<subsystem>`. */
export const KPI_STREAM = 'KPI';
/** Every input that was set aside. */
export const QUARANTINE_STREAM = 'QUARANTINE';

/** How much each stream may hold, bytes. A full `EVENTS` means unprocessed data: producers are told to wait. */
export interface StreamLimits {
  readonly eventsBytesMax: number;
  readonly kpiBytesMax: number;
  readonly quarantineBytesMax: number;
}

/** The limits of an installation on one machine. */
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
 *
 * Not by `first_seq` of its configuration: nats-server 2.10.27 then forgets every message when it is killed (tried,
 * with `sync_interval: always` too). Purging an empty stream up to a sequence does the same and survives.
 */
export async function ensureStreams(
  manager: JetStreamManager,
  storedPosition: number,
  limits: StreamLimits = STREAM_LIMITS,
): Promise<void> {
  await ensureEvents(manager, storedPosition, limits);
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

/** Until its first position is set the stream listens to a subject that nobody writes to. */
async function ensureEvents(
  manager: JetStreamManager,
  storedPosition: number,
  limits: StreamLimits,
): Promise<void> {
  const config = { name: EVENTS_STREAM, discard: DiscardPolicy.New, max_bytes: limits.eventsBytesMax };
  await ensure(manager, { ...config, subjects: [SETUP_SUBJECT] });
  const info = await manager.streams.info(EVENTS_STREAM);
  if (info.config.subjects.includes(EVENTS_SUBJECTS)) return;
  if (storedPosition > 0) await manager.streams.purge(EVENTS_STREAM, { seq: storedPosition + 1 });
  await manager.streams.update(EVENTS_STREAM, { subjects: [EVENTS_SUBJECTS] });
}

async function ensure(
  manager: JetStreamManager,
  config: Partial<StreamConfig> & { readonly name: string },
): Promise<void> {
  try {
    await manager.streams.info(config.name);
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
