import { DAY_MS, HOUR_MS } from '../../model/time.ts';

/** Windows that start in [from, to), milliseconds UTC. */
export interface WindowSpan {
  readonly from: number;
  readonly to: number;
}

const SPAN_MS_FIRST = DAY_MS;
const SPAN_MS_MIN = HOUR_MS;
const SPAN_MS_MAX = 92 * DAY_MS;
/** A comparison that takes longer, milliseconds, is followed by one of half the span; a much shorter one by a longer. */
const ELAPSED_MS_LONG = 800;
const ELAPSED_MS_SHORT = 200;
/** Of so many turns of a definition one looks at older windows, the others at the newest. */
const OLDER_EVERY = 3;
/** Of so many turns one looks at a span again that differed. */
const AGAIN_EVERY = 4;

interface Turns {
  spanMs: number;
  taken: number;
  /** Older windows are looked at from here back. */
  olderTo: number | null;
}

/**
 * Which windows are compared next: definitions in turn, mostly their newest windows, and in between older ones from new
 * to old, so that every window has its turn. How long a span is follows from how long the last one took.
 */
export class VerifierSchedule {
  readonly #turns = new Map<string, Turns>();
  #next = 0;

  /** The definition whose turn it is; undefined when there is none. */
  next<Kpi>(kpis: readonly Kpi[]): Kpi | undefined {
    if (kpis.length === 0) return undefined;
    this.#next += 1;
    return kpis[(this.#next - 1) % kpis.length];
  }

  /** Whether a span that differed is looked at again now. */
  get isForDoubts(): boolean {
    return this.#next % AGAIN_EVERY === 0;
  }

  /** The span of a definition that is compared now. @param stored first and last start of its windows */
  spanOf(id: string, stored: { readonly first: number; readonly last: number }): WindowSpan {
    const turns = this.#turnsOf(id);
    turns.taken += 1;
    const end = stored.last + 1;
    if (turns.taken % OLDER_EVERY !== 0) return { from: end - turns.spanMs, to: end };
    const to = turns.olderTo ?? end - turns.spanMs;
    const from = to - turns.spanMs;
    turns.olderTo = from <= stored.first ? null : from;
    return { from, to };
  }

  /** Learns from how long a comparison took. */
  took(id: string, elapsedMs: number): void {
    const turns = this.#turnsOf(id);
    if (elapsedMs > ELAPSED_MS_LONG) turns.spanMs = Math.max(SPAN_MS_MIN, turns.spanMs / 2);
    if (elapsedMs < ELAPSED_MS_SHORT) turns.spanMs = Math.min(SPAN_MS_MAX, turns.spanMs * 2);
  }

  #turnsOf(id: string): Turns {
    let turns = this.#turns.get(id);
    if (turns === undefined)
      this.#turns.set(id, (turns = { spanMs: SPAN_MS_FIRST, taken: 0, olderTo: null }));
    return turns;
  }
}
