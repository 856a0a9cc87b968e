import type { EventKind, Subsystem } from '../model/subsystem.ts';
import type { ExclusionMessage } from '../window/exclusions.ts';

/** One stored message of a shard, in log order. */
export interface LogMessage {
  /** Sequence in the `EVENTS` stream, > 0, rising: the log position. */
  readonly position: number;
  readonly kind: EventKind | 'control';
  /** Arrow IPC stream of one batch, or UTF-8 JSON of a control message. */
  readonly bytes: Uint8Array;
}

/** A message on `events.<subsystem>.control`. Whatever can change a value takes effect at its position. */
export type ControlMessage =
  /** Time marker: what the runtime's clock said, milliseconds UTC. */
  | { readonly type: 'time'; readonly now: number }
  /** Definitions and registries in force from here on. */
  | { readonly type: 'configuration'; readonly hash: string }
  /** A span of a feed is taken out of every KPI, or put back. */
  | ExclusionMessage;

/** Writes to the log. `append` resolves when the broker has stored the message in the stated durability mode. */
export interface EventAppender {
  /**
   * @param messageId `Nats-Msg-Id`: a retry with the same id inside two minutes is stored once.
   * @returns the log position.
   * @throws LogUnavailableError when the broker did not confirm (retry with the same id),
   *         LogFullError when the stream holds its maximum.
   */
  append(batch: {
    readonly subsystem: Subsystem;
    readonly kind: EventKind | 'control';
    readonly bytes: Uint8Array;
    readonly messageId: string;
  }): Promise<number>;
}

/** Reads one shard in order from a position. Nothing is acknowledged: the checkpoint is the position. */
export interface EventReader {
  /**
   * Every message of the subsystem with position >= `from`, in order, then those that come, until `signal`
   * fires. Pull is the back-pressure. Broker outages are waited out inside.
   * @throws LogGapError when messages at or after `from` were purged before they were read.
   */
  read(subsystem: Subsystem, from: number, signal: AbortSignal): AsyncIterable<LogMessage>;
}

/** An input that could not be accepted, once, with its reason. */
export interface QuarantinedRow {
  readonly feed: string;
  /** Upper snake case reason. */
  readonly code: string;
  readonly detail: string;
  /** What was sent, as text; at most 64 KiB are kept. */
  readonly payload: string;
  readonly receivedAt: number;
  /** Log position and row when the pipeline set it aside (CONFLICT, TOO_OLD), else 0. */
  readonly position: number;
  readonly row: number;
}

/** Stores quarantined rows in the `QUARANTINE` stream; the pipeline carries them on to the table. */
export interface QuarantineAppender {
  /** @returns the stream sequence. @throws LogUnavailableError, LogFullError. */
  append(rows: readonly QuarantinedRow[], messageId: string): Promise<number>;
}

/** Reads the `QUARANTINE` stream in order. */
export interface QuarantineReader {
  read(
    from: number,
    signal: AbortSignal,
  ): AsyncIterable<{ readonly sequence: number; readonly rows: readonly QuarantinedRow[] }>;
}
