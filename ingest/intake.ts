import { strict as assert } from 'node:assert';

import type { QuarantineAppender, QuarantinedRow } from '../pipeline/log/event-log.ts';
import type { Metrics } from '../pipeline/runtime/health/metrics.ts';
import type { Clock } from '../pipeline/time/clock.ts';
import { refusalOf, RequestRefusedError, type RefusalCode } from './errors.ts';
import type { Rows } from './formats/rows.ts';
import { Gatherer, type GathererOptions } from './gather/gatherer.ts';
import { RecentIds } from './gather/recent-ids.ts';
import { payloadCharactersMax, SetAside } from './gather/set-aside.ts';
import { Ticket } from './gather/ticket.ts';
import { isWellFormed } from './guard/canonical.ts';
import type { Lookups } from './guard/lookups.ts';
import { reject } from './guard/rejection.ts';
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

/** What one sender sent at once. */
export interface RowsOfSender {
  readonly rows: Rows;
  /** As sent, after gzip. */
  readonly bytes: number;
}

interface Sorted {
  accepted: number;
  duplicate: number;
  readonly errors: RowError[];
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

  /** Counts a request that is refused as a whole. */
  countRefusal(code: RefusalCode): void {
    this.#metrics.refused(code);
  }

  /** Counts how long messages of a token are held back because its quota is used up, milliseconds. */
  countWithheld(token: string, ms: number): void {
    this.#metrics.withheld(token, ms);
  }

  /**
   * Resolves when every row is stored in the log or in the quarantine.
   *
   * @throws RequestRefusedError when that is not known; the same rows may be sent again
   */
  async accept(feed: string, rows: Rows, bytes: number): Promise<Verdict> {
    const [verdict] = await this.#accept(feed, [{ rows, bytes }], refuseLoneDeepRow);
    assert(verdict !== undefined, 'one request has one verdict');
    return verdict;
  }

  /**
   * The same for several inputs of one feed at once, with a verdict each. They are stored, or not, together: an
   * `ack.seq` is the highest position of all.
   */
  async acceptTogether(feed: string, inputs: readonly RowsOfSender[]): Promise<readonly Verdict[]> {
    return this.#accept(feed, inputs, () => {});
  }

  async #accept(
    feed: string,
    inputs: readonly RowsOfSender[],
    refuse: (sorted: Sorted, rows: Rows) => void,
  ): Promise<readonly Verdict[]> {
    this.checkRoom();
    const request = this.#recent.begin();
    const ticket = new Ticket();
    this.#requests += 1;
    try {
      const aside: QuarantinedRow[] = [];
      const sorted = inputs.map(({ rows }) => {
        const one = this.#sort(feed, rows, { request, ticket, aside });
        refuse(one, rows);
        return one;
      });
      ticket.close();
      const [position] = await Promise.all([ticket.stored, this.#setAside.store(aside)]);
      this.#recent.stored(request);
      this.#metrics.answered(feed, sorted, inputs);
      return sorted.map((one) => verdictOf(one, position));
    } catch (error) {
      this.#recent.failed(request);
      throw refusalOf(error);
    } finally {
      this.#requests -= 1;
    }
  }

  #sort(
    feed: string,
    rows: Rows,
    { request, ticket, aside }: { request: number; ticket: Ticket; aside: QuarantinedRow[] },
  ): Sorted {
    const guard = this.#guard(feed);
    const receivedAt = this.#options.clock.now();
    const sorted: Sorted = { accepted: 0, duplicate: 0, errors: [] };
    for (let index = 0; index < rows.rows.length; index++) {
      const judged = rows.faults.get(index) ?? judge(guard, rows, index, receivedAt);
      if (judged.kind === 'rejected') {
        const { code, detail } = judged;
        const payload = rows.source(index).slice(0, payloadCharactersMax);
        sorted.errors.push({ row: index + 1, code, detail });
        aside.push({ feed, code, detail, payload, receivedAt, position: 0, row: 0 });
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

/** A body that is nothing but one bottomless row is malformed as a whole; among other rows it is only a bad row. */
function refuseLoneDeepRow({ errors }: Sorted, rows: Rows): void {
  const [error] = errors;
  if (rows.rows.length > 1 || error?.code !== 'NESTING_TOO_DEEP') return;
  throw new RequestRefusedError('NESTING_TOO_DEEP', error.detail);
}

function verdictOf(sorted: Sorted, position: number): Verdict {
  const { accepted, duplicate, errors } = sorted;
  const ack = accepted === 0 ? null : ({ stream: 'EVENTS', seq: position } as const);
  return { accepted, duplicate, quarantined: errors.length, errors, ack };
}
