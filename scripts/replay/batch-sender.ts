import { emptyReceipt, sumReceipts, type Receipt } from './push-batch.ts';

/** Sends one batch until it is stored. */
export type Push = (rows: readonly string[]) => Promise<Receipt>;

/**
 * Keeps a bounded number of batches in flight and knows up to which row everything is acknowledged.
 *
 * ```text
 *   rows     0....1000....2000....3000....4000
 *   batches  [ acked ][ in flight ][ acked ]
 *   acknowledgedRows  ^ 1000: what lies behind a gap is sent again after a stop
 * ```
 */
export class BatchSender {
  readonly #push: Push;
  readonly #inFlightMax: number;
  readonly #inFlight = new Set<Promise<void>>();
  /** Ends of acknowledged batches beyond the first gap, by their starts. */
  readonly #ends = new Map<number, number>();
  #failure: unknown;
  #next: number;
  #acknowledged: number;
  #receipt = emptyReceipt;

  /** @param fromRow rows before it were acknowledged by an earlier run */
  constructor(push: Push, inFlightMax: number, fromRow: number) {
    this.#push = push;
    this.#inFlightMax = inFlightMax;
    this.#next = fromRow;
    this.#acknowledged = fromRow;
  }

  /** Rows from the beginning that are acknowledged without a gap. */
  get acknowledgedRows(): number {
    return this.#acknowledged;
  }

  /** What ingest said about the batches of this run so far. */
  get receipt(): Receipt {
    return this.#receipt;
  }

  /**
   * Sends a batch; returns as soon as another may be sent. A failure of an earlier batch is thrown here or by
   * `drain`.
   *
   * @throws what `push` threw
   */
  async send(rows: readonly string[]): Promise<void> {
    while (this.#inFlight.size >= this.#inFlightMax) await Promise.race(this.#inFlight);
    this.#throwFailure();
    const start = this.#next;
    this.#next += rows.length;
    const flight: Promise<void> = this.#push(rows)
      .then(
        (receipt) => this.#acknowledge(start, rows.length, receipt),
        (error: unknown) => {
          this.#failure ??= error;
        },
      )
      .finally(() => this.#inFlight.delete(flight));
    this.#inFlight.add(flight);
  }

  /**
   * Waits for everything in flight.
   *
   * @throws what `push` threw
   */
  async drain(): Promise<void> {
    await this.settle();
    this.#throwFailure();
  }

  /** Waits for everything in flight, however it ends. */
  async settle(): Promise<void> {
    await Promise.all(this.#inFlight);
  }

  #acknowledge(start: number, count: number, receipt: Receipt): void {
    this.#receipt = sumReceipts(this.#receipt, receipt);
    this.#ends.set(start, start + count);
    for (let end = this.#ends.get(this.#acknowledged); end !== undefined; end = this.#ends.get(end)) {
      this.#ends.delete(this.#acknowledged);
      this.#acknowledged = end;
    }
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }
}
