import type { QuarantineAppender, QuarantinedRow } from '../pipeline/log/event-log.ts';
import type { Metrics } from '../pipeline/runtime/health/metrics.ts';
import type { Clock } from '../pipeline/time/clock.ts';
import { refusalOf, RequestRefusedError } from './errors.ts';
import type { Rows } from './formats/rows.ts';
import { Gatherer, type GathererOptions } from './gather/gatherer.ts';
import { RecentIds } from './gather/recent-ids.ts';
import { payloadCharactersMax, SetAside } from './gather/set-aside.ts';
import { Ticket } from './gather/ticket.ts';
import { isWellFormed } from './guard/canonical.ts';
import type { Lookups } from './guard/lookups.ts';
import { reject, type Rejection } from './guard/rejection.ts';
import { RowGuard } from './guard/row-guard.ts';
import { ingestMetrics, type IngestMetrics } from './ingest-metrics.ts';

/** Most feeds whose caches are kept. */
const feedsMax = 10_000;

/** One item per quarantined row. */
export interface RowError {
  /** From 1. */
  readonly row: number;
  readonly code: string;
  readonly detail: string;
}

/** The answer to a request whose rows are all stored or quarantined. */
export interface Verdict {
  readonly accepted: number;
  readonly duplicate: number;
  readonly quarantined: number;
  readonly errors: readonly RowError[];
  /** Highest position of the messages written; null when nothing was accepted. */
  readonly ack: { readonly stream: 'EVENTS'; readonly seq: number } | null;
}

/** What an intake needs. */
export interface IntakeOptions extends Omit<GathererOptions, 'observer'> {
  readonly quarantine: QuarantineAppender;
  readonly clock: Clock;
  readonly lookups: Lookups;
  readonly metrics: Metrics;
}

interface Sorted {
  accepted: number;
  duplicate: number;
  readonly errors: RowError[];
  readonly aside: QuarantinedRow[];
}

/** Judges the rows of a request, stores them, and says what became of each. The same for every way in. */
export class Intake {
  readonly #options: IntakeOptions;
  readonly #metrics: IngestMetrics;
  readonly #gatherer: Gatherer;
  readonly #setAside: SetAside;
  readonly #recent = new RecentIds();
  readonly #guards = new Map<string, RowGuard>();
  #requests = 0;

  constructor(options: IntakeOptions) {
    this.#options = options;
    this.#metrics = ingestMetrics(options.metrics);
    this.#gatherer = new Gatherer({ ...options, observer: this.#metrics });
    this.#setAside = new SetAside(options.quarantine, options.maxPayloadBytes, options);
  }

  /** Whether nothing is being stored. */
  get isIdle(): boolean {
    return this.#requests === 0 && this.#gatherer.isIdle;
  }

  /** Brings the gauges up to date; called when metrics are read. */
  measure(): void {
    this.#metrics.waiting(this.#requests, this.#gatherer.waitingBytes);
  }

  /** @throws RequestRefusedError QUEUE_FULL, LOG_UNAVAILABLE: before a body is read, to save the work */
  checkRoom(): void {
    if (!this.#options.ready()) {
      throw new RequestRefusedError('LOG_UNAVAILABLE', 'the broker is away; nothing was accepted');
    }
    if (this.#gatherer.isFull) {
      throw new RequestRefusedError('QUEUE_FULL', 'too many rows wait to be stored; nothing was accepted');
    }
  }

  /**
   * Resolves when every row is stored in the log or in the quarantine.
   *
   * @throws RequestRefusedError when that is not known; the same rows may be sent again
   */
  async accept(feed: string, rows: Rows, bytes: number): Promise<Verdict> {
    this.checkRoom();
    const request = this.#recent.begin();
    const ticket = new Ticket();
    this.#requests += 1;
    try {
      const sorted = this.#sort(feed, rows, request, ticket);
      ticket.close();
      const [position] = await Promise.all([ticket.stored, this.#setAside.store(sorted.aside)]);
      this.#recent.stored(request);
      this.#metrics.answered(feed, sorted, bytes);
      return verdictOf(sorted, position);
    } catch (error) {
      this.#recent.failed(request);
      const refusal = refusalOf(error);
      this.#metrics.refused(refusal.code);
      throw refusal;
    } finally {
      this.#requests -= 1;
    }
  }

  /**
   * Quarantines an input that is refused as a whole but whose sender cannot be told (MQTT has no answer but PUBACK).
   *
   * @throws RequestRefusedError when it is not stored
   */
  async setAside(feed: string, input: Buffer, refusal: RequestRefusedError): Promise<Verdict> {
    const { code, message: detail } = refusal;
    const receivedAt = this.#options.clock.now();
    const payload = input.toString('utf8', 0, payloadCharactersMax);
    const errors = [{ row: 1, code, detail }];
    this.#requests += 1;
    try {
      await this.#setAside.store([{ feed, code, detail, payload, receivedAt, position: 0, row: 0 }]);
    } catch (error) {
      throw refusalOf(error);
    } finally {
      this.#requests -= 1;
    }
    this.#metrics.answered(feed, { accepted: 0, duplicate: 0, errors }, input.length);
    return { accepted: 0, duplicate: 0, quarantined: 1, errors, ack: null };
  }

  #sort(feed: string, rows: Rows, request: number, ticket: Ticket): Sorted {
    const guard = this.#guard(feed);
    const receivedAt = this.#options.clock.now();
    const sorted: Sorted = { accepted: 0, duplicate: 0, errors: [], aside: [] };
    for (let index = 0; index < rows.rows.length; index++) {
      const judged = rows.faults.get(index) ?? judge(guard, rows, index, receivedAt);
      if (judged.kind === 'rejected') {
        this.#refuseLoneDeepRow(rows, judged);
        setAside(sorted, feed, judged, { row: index + 1, source: rows.source(index), receivedAt });
        continue;
      }
      const { event, subsystem } = judged;
      if (this.#recent.isRepeat(request, event.idHashHigh, event.idHashLow, event.contentHash)) {
        sorted.duplicate += 1;
        continue;
      }
      sorted.accepted += 1;
      this.#gatherer.add(subsystem, event, ticket);
    }
    return sorted;
  }

  /** A body that is nothing but one bottomless row is malformed as a whole; among other rows it is only a bad row. */
  #refuseLoneDeepRow(rows: Rows, rejection: Rejection): void {
    if (rows.rows.length > 1 || rejection.code !== 'NESTING_TOO_DEEP') return;
    throw new RequestRefusedError('NESTING_TOO_DEEP', rejection.detail);
  }

  #guard(feed: string): RowGuard {
    let guard = this.#guards.get(feed);
    if (guard === undefined) {
      if (this.#guards.size >= feedsMax) this.#guards.clear();
      guard = new RowGuard(feed, this.#options.lookups);
      this.#guards.set(feed, guard);
    }
    return guard;
  }
}

function judge(
  guard: RowGuard,
  rows: Rows,
  index: number,
  receivedAt: number,
): ReturnType<RowGuard['check']> {
  const judged = guard.check(rows.rows[index], receivedAt);
  if (judged.kind === 'rejected' || !rows.maySplitSurrogates || isWellFormed(rows.rows[index])) return judged;
  return reject('TEXT_INVALID', 'a text holds half of a surrogate pair');
}

function setAside(
  sorted: Sorted,
  feed: string,
  rejection: Rejection,
  from: { readonly row: number; readonly source: string; readonly receivedAt: number },
): void {
  const { code, detail } = rejection;
  const payload = from.source.slice(0, payloadCharactersMax);
  sorted.errors.push({ row: from.row, code, detail });
  sorted.aside.push({ feed, code, detail, payload, receivedAt: from.receivedAt, position: 0, row: 0 });
}

function verdictOf(sorted: Sorted, position: number): Verdict {
  const { accepted, duplicate, errors } = sorted;
  const ack = accepted === 0 ? null : ({ stream: 'EVENTS', seq: position } as const);
  return { accepted, duplicate, quarantined: errors.length, errors, ack };
}
