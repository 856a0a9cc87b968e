import { type JetStreamClient, type JetStreamManager, NatsError, type StoredMsg } from 'nats';

import { FencedError, LogUnavailableError } from '../../errors.ts';
import type { KpiMessage } from '../../model/kpi-value.ts';
import type { KpiShard } from '../../model/subsystem.ts';
import { sleep, systemTimers } from '../../time/clock.ts';
import type { KpiAppender, KpiReader, StoredKpiMessage } from '../kpi-log.ts';
import { isClosed, publish } from './publish.ts';
import { pull } from './pull.ts';
import { KPI_STREAM } from './streams.ts';

const RETRY_WAIT_MS = 200;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Reads the `KPI` stream. */
export function jetstreamKpiReader(client: JetStreamClient, manager: JetStreamManager): KpiReader {
  return {
    async epoch() {
      const { created } = await manager.streams.info(KPI_STREAM);
      return Date.parse(String(created)).toString(36);
    },
    async *read(from, signal) {
      for await (const message of pull(client, manager, {
        stream: KPI_STREAM,
        subject: 'kpi.*',
        from,
        signal,
      })) {
        yield {
          sequence: message.seq,
          message: parse(message.data),
          last: message.headers?.get('last') === '1',
        };
      }
    },
  };
}

/** Publishes emissions on `kpi.<subsystem>`, each message expecting the subject's last sequence. */
export function jetstreamKpiAppender(
  client: JetStreamClient,
  manager: JetStreamManager,
  maxPayloadBytes: number,
): KpiAppender {
  const lastSequences = new Map<KpiShard, number>();
  const last = async (subsystem: KpiShard): Promise<StoredKpiMessage | null> => {
    const stored = await lastOn(manager, `kpi.${subsystem}`);
    lastSequences.set(subsystem, stored?.seq ?? 0);
    if (stored === null) return null;
    return {
      sequence: stored.seq,
      message: parse(stored.data),
      last: stored.header.get('last') === '1',
    };
  };
  const store = async (subsystem: KpiShard, bytes: Uint8Array, place: PartPlace): Promise<number> => {
    for (;;) {
      const known = lastSequences.get(subsystem) ?? 0;
      try {
        return await publish(client, `kpi.${subsystem}`, bytes, {
          lastSubjectSequence: known,
          headers: { ...place },
        });
      } catch (error) {
        if (!(error instanceof LogUnavailableError)) throw error;
        const found = await whatHappened(manager, subsystem, { known, place });
        if (found !== null) return found;
      }
    }
  };
  return {
    last,
    async *since(shard, from) {
      const subject = `kpi.${shard}`;
      const end = (await lastOn(manager, subject))?.seq ?? 0;
      if (end < from) return;
      const { signal } = new AbortController();
      for await (const message of pull(client, manager, { stream: KPI_STREAM, subject, from, signal })) {
        const { seq: sequence, data, headers } = message;
        yield { sequence, message: parse(data), last: headers?.get('last') === '1' };
        if (sequence >= end) return;
      }
    },
    async append(emission) {
      const subsystem = emission.subsystem as KpiShard;
      if (!lastSequences.has(subsystem)) await last(subsystem);
      const parts = cut(emission, maxPayloadBytes / 2);
      let sequence = 0;
      for (const [index, bytes] of parts.entries()) {
        sequence = await store(subsystem, bytes, {
          position: String(emission.position),
          part: String(index),
          last: index === parts.length - 1 ? '1' : '0',
        });
        lastSequences.set(subsystem, sequence);
      }
      return sequence;
    },
  };
}

/** Headers of one part of an emission. */
interface PartPlace {
  readonly position: string;
  readonly part: string;
  readonly last: string;
}

/**
 * After a publish without an answer: waits for the broker and looks whether the part was stored after all.
 * @returns its sequence, or null when it must be published again.
 * @throws FencedError when somebody else's message stands there.
 */
async function whatHappened(
  manager: JetStreamManager,
  subsystem: KpiShard,
  { known, place }: { readonly known: number; readonly place: PartPlace },
): Promise<number | null> {
  for (;;) {
    await sleep(systemTimers, RETRY_WAIT_MS);
    try {
      const stored = await lastOn(manager, `kpi.${subsystem}`);
      if ((stored?.seq ?? 0) === known) return null;
      const { header } = stored!;
      if (header.get('position') === place.position && header.get('part') === place.part) return stored!.seq;
      throw new FencedError(`somebody else wrote to kpi.${subsystem}`);
    } catch (error) {
      if (!(error instanceof LogUnavailableError) || isClosed(error)) throw error;
    }
  }
}

async function lastOn(manager: JetStreamManager, subject: string): Promise<StoredMsg | null> {
  try {
    return await manager.streams.getMessage(KPI_STREAM, {
      last_by_subj: subject,
    });
  } catch (error) {
    if (error instanceof NatsError && error.api_error?.code === 404) return null;
    throw new LogUnavailableError(`the last message on ${subject} could not be read`, { cause: error });
  }
}

/** Messages of at most `bytesMax` (but at least one value each), the values serialised once. */
function cut(emission: KpiMessage, bytesMax: number): Uint8Array[] {
  const parts: Uint8Array[] = [];
  let texts: string[] = [];
  let bytes = 0;
  const flush = (): void => {
    const { subsystem, position, watermark } = emission;
    const head = JSON.stringify({ subsystem, position, watermark });
    parts.push(encoder.encode(`${head.slice(0, -1)},"values":[${texts.join()}]}`));
    texts = [];
    bytes = 0;
  };
  for (const value of emission.values) {
    const text = JSON.stringify(value);
    const size = Buffer.byteLength(text) + 1;
    if (texts.length > 0 && bytes + size > bytesMax) flush();
    texts.push(text);
    bytes += size;
  }
  if (texts.length > 0 || parts.length === 0) flush();
  return parts;
}

function parse(bytes: Uint8Array): KpiMessage {
  return JSON.parse(decoder.decode(bytes)) as KpiMessage;
}
