/** What every normalised event has, whatever its kind. Strings that the sender left out are ''. */
export interface EventEnvelope {
  /** Idempotency key within the feed, 1 to 128 characters. */
  readonly id: string;
  /** 64 bits of (feed, id), in two unsigned 32-bit halves. */
  readonly idHashHigh: number;
  readonly idHashLow: number;
  /** 32 bits of what the sender wrote. */
  readonly contentHash: number;
  /** 1 when the sender named the id, 0 when it is the hash of the content. */
  readonly idGiven: 0 | 1;
  readonly feed: string;
  readonly entity: string;
  readonly area: string;
  /** Milliseconds since the Unix epoch, UTC. */
  readonly eventTime: number;
  readonly receivedAt: number;
  readonly latitude: number | null;
  readonly longitude: number | null;
  /** JSON object of the fields that the schema does not know, or ''. */
  readonly extra: string;
}

/** A number about an entity. */
export interface MeasurementEvent extends EventEnvelope {
  readonly kind: 'measurement';
  readonly property: string;
  /** In the property's own unit, after conversion. */
  readonly value: number;
  readonly unit: string;
  readonly quality: Quality;
  /** 0 when the sender gave none. With a version or a period the measurement is a row, not a fact. */
  readonly version: number;
  /** '2026-11-23', '2026-11', '2026-Q4', '2026', or ''. */
  readonly period: string;
}

/** Only `good` enters KPIs; the others are stored and lower availability. */
export type Quality = 'good' | 'suspect' | 'calibrating' | 'bad' | 'withdrawn';

/** The whole current state of something with a life: a report, a dossier, an incident. */
export interface CaseEvent extends EventEnvelope {
  readonly kind: 'case';
  readonly caseId: string;
  readonly caseType: string;
  readonly status: string;
  readonly openedAt: number;
  readonly dueAt: number | null;
  readonly newDueAt: number | null;
  readonly respondedAt: number | null;
  readonly completedAt: number | null;
  readonly closedAt: number | null;
  /** JSON array of {from, to?, reason}, or ''. */
  readonly pauses: string;
  readonly channel: string;
  readonly agency: string;
  readonly procedure: string;
  readonly rating: number | null;
  /** JSON object, or ''. */
  readonly attributes: string;
  readonly version: number;
}

/** Something said in public, its text masked. */
export interface PostEvent extends EventEnvelope {
  readonly kind: 'post';
  readonly platform: string;
  readonly postId: string;
  readonly action: 'create' | 'edit' | 'delete';
  readonly text: string;
  readonly language: string;
  /** JSON array of strings, or ''. */
  readonly topics: string;
  readonly sentiment: number | null;
  readonly reach: number | null;
  /** Keyed hash of the author; never a name. */
  readonly author: string;
  readonly version: number;
}

/** A detection by another system. */
export interface AlertEvent extends EventEnvelope {
  readonly kind: 'alert';
  readonly category: string;
  readonly signature: string;
  readonly severity: number;
  readonly source: string;
  readonly target: string;
  readonly count: number;
}

/** One validated, normalised event, ready for a batch. */
export type Event = MeasurementEvent | CaseEvent | PostEvent | AlertEvent;
