/**
 * One request's claim on the batches that hold its rows: settled once, when all of them are stored or the first one
 * failed. One promise per request, none per row.
 */
export class Ticket {
  readonly stored: Promise<number>;
  readonly #resolve: (position: number) => void;
  readonly #reject: (error: unknown) => void;
  #pending = 0;
  #closed = false;
  #position = 0;

  constructor() {
    let resolve: (position: number) => void = () => {};
    let reject: (error: unknown) => void = () => {};
    this.stored = new Promise<number>((onStored, onFailed) => {
      resolve = onStored;
      reject = onFailed;
    });
    this.#resolve = resolve;
    this.#reject = reject;
    // The request may still be reading its rows when a batch fails: it looks at the promise afterwards.
    this.stored.catch(() => {});
  }

  /** Another batch holds a row of this request. */
  expect(): void {
    this.#pending += 1;
  }

  /** No more rows will come: the promise may settle from now on, with 0 when there was none. */
  close(): void {
    this.#closed = true;
    this.#settle();
  }

  /** A batch was stored at `position`. */
  confirm(position: number): void {
    this.#pending -= 1;
    this.#position = Math.max(this.#position, position);
    this.#settle();
  }

  /** A batch was not stored, as far as is known. */
  fail(error: unknown): void {
    this.#reject(error);
  }

  #settle(): void {
    if (this.#closed && this.#pending === 0) this.#resolve(this.#position);
  }
}
