import type { WireAlert, WireCase, WirePost } from '../../pipeline/model/event-schema.ts';
import type { AlertEvent, CaseEvent, EventEnvelope, PostEvent } from '../../pipeline/model/event.ts';
import { extraValuesMax, inspect } from './canonical.ts';
import { reject, type Rejection } from './rejection.ts';
import type { RowContext } from './row-context.ts';
import type { TimeReader } from './times.ts';

type Envelope = Omit<EventEnvelope, 'eventTime'>;

/** A case whose shape was checked. Without a version the time of the state is its version. */
export function normaliseCase(context: RowContext, envelope: Envelope): CaseEvent | Rejection {
  const row = context.row as WireCase;
  const { times } = context;
  const attributes = row.attributes ?? null;
  if (attributes !== null) {
    const fault = inspect(attributes, 'attributes', { values: extraValuesMax });
    if (fault !== null) return fault;
  }
  const pauses = pausesOf(row, times);
  if (typeof pauses !== 'string') return pauses;
  const eventTime = times.required('eventTime', row.eventTime);
  const event: CaseEvent = {
    ...envelope,
    kind: 'case',
    eventTime,
    caseId: row.caseId,
    caseType: row.caseType,
    status: row.status,
    openedAt: times.required('openedAt', row.openedAt),
    dueAt: times.optional('dueAt', row.dueAt),
    newDueAt: times.optional('newDueAt', row.newDueAt),
    respondedAt: times.optional('respondedAt', row.respondedAt),
    completedAt: times.optional('completedAt', row.completedAt),
    closedAt: times.optional('closedAt', row.closedAt),
    pauses,
    channel: row.channel ?? '',
    agency: row.agency ?? '',
    procedure: row.procedure ?? '',
    rating: row.rating === undefined || row.rating === null ? null : row.rating + 0,
    attributes: attributes === null ? '' : JSON.stringify(attributes),
    version: (row.version ?? eventTime) + 0,
  };
  return times.fault ?? event;
}

/** A post whose shape was checked. Without a version the time of the state is its version. */
export function normalisePost(context: RowContext, envelope: Envelope): PostEvent | Rejection {
  const row = context.row as WirePost;
  const { times } = context;
  const topics = row.topics ?? [];
  const eventTime = times.required('eventTime', row.eventTime);
  const event: PostEvent = {
    ...envelope,
    kind: 'post',
    eventTime,
    platform: row.platform,
    postId: row.postId,
    action: row.action ?? 'create',
    text: row.text ?? '',
    language: row.language ?? '',
    topics: topics.length === 0 ? '' : JSON.stringify(topics),
    sentiment: row.sentiment === undefined || row.sentiment === null ? null : row.sentiment + 0,
    reach: row.reach === undefined || row.reach === null ? null : row.reach + 0,
    author: row.author ?? '',
    version: (row.version ?? eventTime) + 0,
  };
  return times.fault ?? event;
}

/** An alert whose shape was checked. */
export function normaliseAlert(context: RowContext, envelope: Envelope): AlertEvent | Rejection {
  const row = context.row as WireAlert;
  const { times } = context;
  const event: AlertEvent = {
    ...envelope,
    kind: 'alert',
    eventTime: times.required('eventTime', row.eventTime),
    category: row.category,
    signature: row.signature,
    severity: row.severity,
    source: row.source ?? '',
    target: row.target ?? '',
    count: row.count ?? 1,
  };
  return times.fault ?? event;
}

/** Pauses with their times in milliseconds UTC as ISO 8601, so that readers need not know the sender's offset. */
function pausesOf(row: WireCase, times: TimeReader): string | Rejection {
  if (row.pauses === undefined || row.pauses === null || row.pauses.length === 0) return '';
  const pauses = row.pauses.map(({ from, to, reason }) => ({
    from: times.required('pauses.from', from),
    to: times.optional('pauses.to', to),
    reason,
  }));
  if (times.fault !== null) return times.fault;
  if (pauses.some(({ from, to }) => to !== null && to < from)) {
    return reject('TIME_ORDER', 'pauses: one ends before it starts');
  }
  const iso = (ms: number): string => new Date(ms).toISOString();
  return JSON.stringify(
    pauses.map(({ from, to, reason }) => ({
      from: iso(from),
      ...(to === null ? {} : { to: iso(to) }),
      reason,
    })),
  );
}
