import type { Timers } from '../../pipeline/time/clock.ts';
import { refusalOf, RequestRefusedError } from '../errors.ts';
import { readRows, unreadableRows, type Rows } from '../formats/rows.ts';
import type { Intake, RowsOfSender, Verdict } from '../intake.ts';
import type { TokenQuotas } from '../quota/token-quotas.ts';
import type { Login } from './mqtt-logins.ts';

/** A published message that waits to be stored. */
export interface Message {
  readonly login: Login;
  readonly payload: Buffer;
  /** With 0 nothing was promised: it is not held back while the log is full or away. */
  readonly qos: 0 | 1 | 2;
  /** Called once: when every row is stored or quarantined, or with the reason to close the connection. */
  readonly done: (outcome: 'stored' | RequestRefusedError) => void;
}

/** What a gatherer needs. */
export interface MessageGathererOptions {
  readonly intake: Pick<Intake, 'acceptTogether' | 'countRefusal' | 'countWithheld'>;
  readonly quotas: TokenQuotas;
  readonly timers: Timers;
  /** Told about every message with a quarantined row. */
  readonly onVerdict: (feed: string, verdict: Verdict) => void;
  /** Told about a bug. */
  readonly onFailure: (error: unknown, feed: string) => void;
}

/** Messages that wait for their acknowledgement at most, over all connections; the one beyond closes its own. */
export const messagesInFlightMax = 50_000;
/** Their bytes at most. */
export const messageBytesInFlightMax = 128 * 1024 * 1024;
/** Messages of one connection that may wait while more of it is read. */
export const readAheadMessagesMax = 4_096;
/** Rows after which a slice is cut; the message that passes the bound still belongs to it. */
export const sliceRowsMax = 10_000;
/** How long messages wait before they are offered to a full or absent log again, milliseconds. */
const retryMs = 500;

/** A message with its rows, read once however often it is offered. */
interface Offered extends RowsOfSender {
  readonly message: Message;
}

/** The messages of one token and feed, in the order in which they came. */
interface Line {
  readonly key: string;
  readonly feed: string;
  queue: Message[];
  /** Slices that failed, oldest first: they are offered again before what is in the queue. */
  failed: Offered[];
  slicesInFlight: number;
  isHeld: boolean;
}

/**
 * Makes one request of the messages that came in one turn of the event loop, per token and feed: a message alone costs
 * a promise, a ticket and a timer, which is more than its reading.
 *
 *     sockets    m1 m2 m3 . m4 m5 |          m6 m7 |
 *     intake                      [m1 m2 m3 m4 m5] |[m6 m7]      one acceptTogether each
 *     PUBACK                                 1 2 3 4 5 . . 6 7   when the log has stored the rows
 *
 * While a line is held (the log is full or away, or the token's quota is used up) its messages keep their order and
 * their senders get no acknowledgement, so that aedes reads no more of them. Bounded by `messagesInFlightMax` and
 * `messageBytesInFlightMax`.
 */
export class MessageGatherer {
  readonly #options: MessageGathererOptions;
  readonly #lines = new Map<string, Line>();
  readonly #touched = new Set<Line>();
  #messages = 0;
  #bytes = 0;
  #isClosing = false;

  constructor(options: MessageGathererOptions) {
    this.#options = options;
  }

  /** From now on nothing is taken and nothing is offered again; what was offered is still answered. */
  stopAccepting(): void {
    this.#isClosing = true;
  }

  /** Whether more of a connection may be read although messages of it still wait. */
  mayReadAhead(login: Login): boolean {
    const isHalfFull =
      this.#messages * 2 >= messagesInFlightMax || this.#bytes * 2 >= messageBytesInFlightMax;
    return !isHalfFull && login.messagesInFlight < readAheadMessagesMax;
  }

  /** Takes a message; it is offered to the intake at the end of this turn. */
  add(message: Message): void {
    if (this.#isClosing) return;
    if (this.#messages >= messagesInFlightMax || this.#bytes >= messageBytesInFlightMax) {
      this.#options.intake.countRefusal('QUEUE_FULL');
      return message.done(new RequestRefusedError('QUEUE_FULL', 'too many messages wait to be stored'));
    }
    this.#messages += 1;
    message.login.messagesInFlight += 1;
    this.#bytes += message.payload.length;
    const line = this.#lineOf(message.login);
    line.queue.push(message);
    if (this.#touched.size === 0) setImmediate(() => this.#endTurn());
    this.#touched.add(line);
  }

  #lineOf({ key, feed }: Login): Line {
    let line = this.#lines.get(key);
    if (line === undefined) {
      line = { key, feed, queue: [], failed: [], slicesInFlight: 0, isHeld: false };
      this.#lines.set(key, line);
    }
    return line;
  }

  #endTurn(): void {
    const lines = [...this.#touched];
    this.#touched.clear();
    for (const line of lines) this.#drain(line);
  }

  #drain(line: Line): void {
    let at = 0;
    while (!line.isHeld && at < line.queue.length) {
      const waitMs = this.#quotaWaitMs(line.queue[at]);
      if (waitMs > 0) {
        this.#options.intake.countWithheld(line.queue[at]?.login.token.name ?? '', waitMs);
        this.#hold(line, waitMs);
        break;
      }
      const slice = this.#slice(line, at);
      at += slice.length;
      this.#offer(line, slice);
    }
    line.queue = line.queue.slice(at);
    if (line.queue.length === 0 && line.slicesInFlight === 0 && !line.isHeld) this.#lines.delete(line.key);
  }

  /** As many messages as the quota lets through, the first one whatever it holds. */
  #slice(line: Line, from: number): Offered[] {
    const slice: Offered[] = [];
    let rows = 0;
    for (let at = from; at < line.queue.length && rows < sliceRowsMax; at += 1) {
      const message = line.queue[at];
      if (message === undefined || (at > from && this.#quotaWaitMs(message) > 0)) break;
      const offered = { message, rows: rowsOf(message.payload), bytes: message.payload.length };
      this.#options.quotas.take(message.login.token, offered.rows.rows.length, offered.bytes);
      rows += offered.rows.rows.length;
      slice.push(offered);
    }
    return slice;
  }

  #quotaWaitMs(message: Message | undefined): number {
    return message === undefined ? 0 : this.#options.quotas.waitMs(message.login.token);
  }

  #offer(line: Line, slice: readonly Offered[]): void {
    line.slicesInFlight += 1;
    void this.#options.intake
      .acceptTogether(line.feed, slice)
      .then(
        (verdicts) => this.#stored(line, slice, verdicts),
        (error: unknown) => this.#failed(line, slice, error),
      )
      .finally(() => {
        line.slicesInFlight -= 1;
        this.#drain(line);
      });
  }

  #stored(line: Line, slice: readonly Offered[], verdicts: readonly Verdict[]): void {
    for (const [index, { message }] of slice.entries()) {
      const verdict = verdicts[index];
      if (verdict !== undefined && verdict.quarantined > 0) this.#options.onVerdict(line.feed, verdict);
      this.#leave(message);
      message.done('stored');
    }
  }

  #failed(line: Line, slice: readonly Offered[], error: unknown): void {
    const refusal = refusalOf(error);
    const isBug = refusal.disposition !== 'retry';
    if (isBug) this.#options.onFailure(error, line.feed);
    for (const offered of slice) {
      const { message } = offered;
      if (!isBug && message.qos > 0) {
        line.failed.push(offered);
        continue;
      }
      // QoS 0 is not held back: there is nobody to be told, and nothing was promised.
      if (!isBug) this.#options.intake.countRefusal(refusal.code);
      this.#leave(message);
      message.done(isBug ? refusal : 'stored');
    }
    if (line.failed.length > 0) this.#hold(line, retryMs);
  }

  #hold(line: Line, waitMs: number): void {
    if (line.isHeld) return;
    line.isHeld = true;
    this.#options.timers.after(waitMs, () => this.#release(line));
  }

  #release(line: Line): void {
    line.isHeld = false;
    const isLost = ({ login }: Message): boolean => this.#isClosing || login.client.closed;
    for (const { message } of line.failed) if (isLost(message)) this.#leave(message);
    for (const message of line.queue) if (isLost(message)) this.#leave(message);
    const again = line.failed.filter(({ message }) => !isLost(message));
    line.failed = [];
    line.queue = line.queue.filter((message) => !isLost(message));
    if (again.length > 0) this.#offer(line, again);
    this.#drain(line);
  }

  #leave({ payload, login }: Message): void {
    login.messagesInFlight -= 1;
    this.#messages -= 1;
    this.#bytes -= payload.length;
  }
}

/** A payload that cannot be cut into rows is one bad row: who sent it must not send it for ever. */
function rowsOf(payload: Buffer): Rows {
  try {
    return readRows(payload, 'json');
  } catch (error) {
    if (error instanceof RequestRefusedError) return unreadableRows(payload, error);
    throw error;
  }
}
