import type { KpiMessage } from '../model/kpi-value.ts';
import type { KpiShard } from '../model/subsystem.ts';

/** A stored message of the `KPI` stream. */
export interface StoredKpiMessage {
  /** Sequence in the `KPI` stream: the order that cursors of the live protocol count in. */
  readonly sequence: number;
  readonly message: KpiMessage;
  /** Whether this is the last part of its emission. */
  readonly last: boolean;
}

/** Reads emissions of every shard in stream order. */
export interface KpiReader {
  /** Identifies this incarnation of the stream; a cursor of another epoch is worth nothing. */
  epoch(): Promise<string>;
  /** Messages with sequence >= `from` (or the oldest still kept), then those that come, until `signal` fires. */
  read(from: number, signal: AbortSignal): AsyncIterable<StoredKpiMessage>;
}

/** Publishes the emissions of one shard; refuses to write after somebody else did. */
export interface KpiAppender {
  /** The last message of the shard's subject, or null when there is none. */
  last(subsystem: KpiShard): Promise<StoredKpiMessage | null>;
  /**
   * Cuts the emission into messages, publishes them in order.
   * @returns sequence of the last part.
   * @throws FencedError when the subject's last sequence is not the one this appender wrote or read.
   */
  append(message: KpiMessage): Promise<number>;
  /**
   * What stands on the shard's subject from a sequence of the stream on: published, and perhaps not stored.
   * @throws LogUnavailableError
   */
  since(shard: string, from: number): AsyncIterable<StoredKpiMessage>;
}
