interface Pending<Value> {
  readonly sequence: number;
  readonly value: Value;
}

/** What was taken: values in line order, and how many others they stand for. */
export interface Taken<Value> {
  readonly values: Value[];
  readonly conflated: number;
}

/**
 * Holds at most one pending value per key; a newer one takes the older one's place in line.
 *
 * This bounds a slow reader by the number of keys it watches, not by how fast they change.
 */
export class ConflatingQueue<Value> {
  readonly #pending = new Map<string, Pending<Value>>();
  #conflated = 0;

  /** @param sequence position in the `KPI` stream that the value came with */
  put(key: string, sequence: number, value: Value): void {
    if (this.#pending.has(key)) this.#conflated += 1;
    this.#pending.set(key, { sequence, value });
  }

  /** Removes and returns up to `max` values, longest-waiting key first. */
  take(max: number): Taken<Value> {
    const values: Value[] = [];
    for (const [key, pending] of this.#pending) {
      if (values.length === max) break;
      values.push(pending.value);
      this.#pending.delete(key);
    }
    const conflated = this.#conflated;
    this.#conflated = 0;
    return { values, conflated };
  }

  /** Puts everything that waits here into `other` too, with its positions. */
  copyInto(other: ConflatingQueue<Value>): void {
    for (const [key, { sequence, value }] of this.#pending) other.put(key, sequence, value);
    other.#conflated += this.#conflated;
  }

  clear(): void {
    this.#pending.clear();
    this.#conflated = 0;
  }

  get size(): number {
    return this.#pending.size;
  }

  /** The lowest position that still waits, or undefined when none does. */
  get lowestSequence(): number | undefined {
    let lowest: number | undefined;
    for (const { sequence } of this.#pending.values()) {
      if (lowest === undefined || sequence < lowest) lowest = sequence;
    }
    return lowest;
  }
}
